"""The school in whose name this request is answered."""

from flask import g

from app.settings.queries import SchoolInfo, load_school


def current_school() -> SchoolInfo:
    """Return the school's settings, read once per request."""
    if "school" not in g:
        g.school = load_school()
    school: SchoolInfo = g.school
    return school


def remember_school(school: SchoolInfo) -> None:
    """Keep settings for this request that another statement has brought along."""
    g.school = school
