"""The school's settings, as plain values."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.extensions import db
from app.settings.models import School


@dataclass(frozen=True)
class SchoolInfo:
    """What pages and mails say of the school."""

    name: str
    accent: str
    has_logo: bool
    zone: ZoneInfo
    contact_name: str
    contact_mail: str
    contact_phone: str
    students_read_je: bool


EMPTY = SchoolInfo("Tienminuten", "#0f5c5c", False, ZoneInfo("Europe/Amsterdam"), "", "", "", True)


def load_school() -> SchoolInfo:
    """Return the school's settings, or plain defaults before anything was set."""
    school = db.session.get(School, 1)
    if school is None:
        return EMPTY
    return SchoolInfo(
        school.name,
        school.accent,
        school.logo is not None,
        ZoneInfo(school.time_zone),
        school.contact_name,
        school.contact_mail,
        school.contact_phone,
        school.students_read_je,
    )


def load_logo() -> tuple[bytes, str] | None:
    """Return the school's logo and its media type, or None."""
    school = db.session.get(School, 1)
    if school is None or school.logo is None:
        return None
    return school.logo, school.logo_type
