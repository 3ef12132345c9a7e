"""The school of the current request."""

from flask import g

from app.settings.queries import SchoolInfo, load_school


def current_school() -> SchoolInfo:
    """Return the school's settings, read once per request."""
    if "school" not in g:
        g.school = load_school()
    school: SchoolInfo = g.school
    return school


def remember_school(school: SchoolInfo) -> None:
    """Store settings for this request that another statement has loaded."""
    g.school = school
