"""Save the school's settings."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from flask_babel import gettext as _

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor
from app.core.addresses import is_address
from app.core.errors import DomainError
from app.core.text import is_one_line, one_line
from app.core.transaction import transaction
from app.extensions import db
from app.settings.colours import ENOUGH_CONTRAST, contrast
from app.settings.models import School
from app.settings.queries import EMPTY

LARGEST_LOGO = 100 * 1024  # bytes; every page shows it
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_NO_PLACES = {"localtime", "Factory"}  # a machine's own time, and none: no calendar knows them
_TEXTS = ("name", "contact_name", "contact_mail", "contact_phone")
LONGEST_TEXT = 254  # characters, as a mail address
_PHONE = re.compile(r"\+?[0-9()][0-9 ()/.-]+")  # for people; ``dialled`` makes the number of it
_COLOUR = re.compile(r"#[0-9a-f]{6}")
# A scheme and a host, with a port or without; it stands in a header as it is.
_ORIGIN = re.compile(
    r"https://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:\d{1,5})?"
)


class BadSetting(DomainError):
    """An invalid setting; ``field`` is its name in SchoolSpec."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the field name and the message."""
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class SchoolSpec:
    """The school's settings; families may ask the contact for help."""

    name: str
    accent: str = EMPTY.accent
    time_zone: str = "Europe/Amsterdam"
    contact_name: str = ""
    contact_mail: str = ""
    contact_phone: str = ""
    students_read_je: bool = True
    invites_teachers: bool = False
    frame_origins: tuple[str, ...] = ()


def save_logo(image: bytes, actor: Actor | None, *, now: datetime) -> None:
    """Save the school's logo, a PNG, JPEG or WebP image. Raises BadSetting.

    No SVG: opened by itself it is a page of this site, and may contain scripts.
    """
    type_ = next((type_ for begin, type_ in PICTURES.items() if image.startswith(begin)), "")
    if type_ == "image/webp" and image[8:12] != b"WEBP":
        type_ = ""
    if not type_:
        raise BadSetting("logo", _("The logo is not a PNG, JPEG or WebP picture."))
    if len(image) > LARGEST_LOGO:
        raise BadSetting(
            "logo", _("The logo is larger than %(most)d kB.", most=LARGEST_LOGO // 1024)
        )
    with transaction():
        school = db.session.get(School, 1)
        if school is None:
            raise BadSetting("name", _("Give the school a name."))
        school.logo, school.logo_type = image, type_
        audit.record(actor, Action.SCHOOL_LOGO_SAVED, now=now, size=len(image))


def save_school(spec: SchoolSpec, actor: Actor | None, *, now: datetime) -> None:
    """Save the school's settings; no actor means the site itself. Raises BadSetting."""
    texts = {field: _line(field, getattr(spec, field)) for field in _TEXTS}
    name, accent = texts["name"], spec.accent.strip().lower()
    if not name:
        raise BadSetting("name", _("Give the school a name."))
    if not _COLOUR.fullmatch(accent):
        raise BadSetting(
            "accent", _('"%(colour)s" is not a colour. Write it as #0f5c5c.', colour=accent)
        )
    if contrast(accent, "#ffffff") < ENOUGH_CONTRAST:
        raise BadSetting(
            "accent", _("White letters cannot be read on this colour. Choose a darker one.")
        )
    if texts["contact_mail"] and not is_address(texts["contact_mail"]):
        raise BadSetting(
            "contact_mail",
            _(
                '"%(mail)s" is not a mail address. Write it as name@school.example.',
                mail=texts["contact_mail"],
            ),
        )
    if texts["contact_phone"] and not _PHONE.fullmatch(texts["contact_phone"]):
        raise BadSetting(
            "contact_phone",
            _(
                '"%(phone)s" is not a phone number. Write it as 030 123 45 67.',
                phone=texts["contact_phone"],
            ),
        )
    if spec.time_zone not in available_timezones() - _NO_PLACES:
        raise BadSetting("time_zone", _('"%(zone)s" is not a time zone.', zone=spec.time_zone))
    origins = [_origin(value) for value in spec.frame_origins]
    with transaction():
        school = db.session.get(School, 1)
        if school is None:
            school = School(id=1)
            db.session.add(school)
        for field, text in texts.items():
            setattr(school, field, text)
        school.accent = accent
        school.time_zone = spec.time_zone
        school.students_read_je = spec.students_read_je
        school.invites_teachers = spec.invites_teachers
        school.frame_origins = " ".join(dict.fromkeys(origins))
        audit.record(actor, Action.SCHOOL_SAVED, now=now, name=name)


def _line(field: str, value: str) -> str:
    text = value.strip()
    if not is_one_line(text):
        raise BadSetting(field, _("Write this on one line, without signs that nobody sees."))
    if len(text) > LONGEST_TEXT:
        raise BadSetting(field, _("Use at most %(max)d characters.", max=LONGEST_TEXT))
    return one_line(text).strip()


def _origin(value: str) -> str:
    origin = value.strip().lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise BadSetting(
            "frame_origin",
            _('"%(site)s" is not a site. Write it as https://school.smartschool.be.', site=value),
        )
    return origin
