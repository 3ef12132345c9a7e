"""Load the school's settings as plain values."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core.i18n import LANGUAGES, known_language
from app.extensions import db
from app.settings.models import School


@dataclass(frozen=True)
class SchoolInfo:
    """What pages and mails show of the school."""

    name: str
    accent: str
    has_logo: bool
    zone: ZoneInfo
    contact_name: str
    contact_mail: str
    contact_phone: str
    students_read_je: bool
    invites_teachers: bool = False
    frame_origins: tuple[str, ...] = ()

    def has_words_for_students(self, language: str) -> bool:
        """Whether students get texts of their own: in Dutch "je", if the school wants that."""
        return self.students_read_je or not LANGUAGES[known_language(language)].has_formal_you


EMPTY = SchoolInfo("Tienminuten", "#0f5c5c", False, ZoneInfo("Europe/Amsterdam"), "", "", "", True)


# Columns to add to another package's statement; without the logo, which is long.
SCHOOL = (
    School.name.label("school_name"),
    School.accent,
    School.logo.is_not(None).label("has_logo"),
    School.time_zone,
    School.contact_name,
    School.contact_mail,
    School.contact_phone,
    School.students_read_je,
    School.invites_teachers,
    School.frame_origins,
)


def load_school() -> SchoolInfo:
    """Return the school's settings, or defaults if nothing was set yet."""
    row = db.session.execute(_SCHOOL).one_or_none()
    return school_of(row) if row else EMPTY


_SCHOOL = select(*SCHOOL)


def school_of(row: Any) -> SchoolInfo:
    """Return the settings from the columns of ``SCHOOL``, which are NULL without a school."""
    if row.school_name is None:
        return EMPTY
    return SchoolInfo(
        row.school_name,
        row.accent,
        row.has_logo,
        ZoneInfo(row.time_zone),
        row.contact_name,
        row.contact_mail,
        row.contact_phone,
        row.students_read_je,
        row.invites_teachers,
        tuple(row.frame_origins.split()),
    )


def load_logo() -> tuple[bytes, str] | None:
    """Return the school's logo and its media type, or None."""
    school = db.session.get(School, 1)
    if school is None or school.logo is None:
        return None
    return school.logo, school.logo_type
