"""Fields as the browser sends them, text until it is read: what was typed is never lost."""

import re
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from wtforms import Field, StringField

from app.core.clock import FIRST_YEAR, LAST_YEAR
from app.core.fields import clean
from app.rounds.grid import BadGrid, existing_moment

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(\.\d+)?)?")


class FieldFault(NamedTuple):
    """Something that is wrong: the id of its field, which one that is, and the sentence."""

    id: str
    label: str
    message: str


def faults_of(field: Field, where: str = "") -> list[FieldFault]:
    """Return what is wrong with a field itself; ``where`` comes before its label."""
    label = str(field.label.text)
    return [
        FieldFault(field.id, f"{where}, {label}" if where else label, str(message))
        for message in field.errors
    ]


def text_field(label: Any, kind: str = "text", **attributes: Any) -> StringField:
    """Return a field of one line; ``kind`` is the type of the input."""
    return StringField(label, filters=[clean], render_kw={"type": kind, **attributes})


def time_field(label: Any) -> StringField:
    """Return a field for a time of the day."""
    return StringField(label, filters=[clean, _without_seconds], render_kw={"type": "time"})


def _without_seconds(clock: str) -> str:
    return clock[:5] if clock[5:6] == ":" else clock  # some browsers add them


def fault(field: Field, message: str) -> None:
    """Note what is wrong with a field."""
    field.errors = [*field.errors, message]


def read_number(field: StringField, *, least: int, most: int) -> int | None:
    """Return a whole number, or note why there is none."""
    text = field.data or ""
    if re.fullmatch(r"-?\d{1,6}", text) and least <= int(text) <= most:
        return int(text)
    fault(
        field,
        _("Fill in a whole number from %(least)d to %(most)d.", least=least, most=most),
    )
    return None


def day_of(field: StringField) -> date | None:
    """Return the date that stands in a field, None when none does."""
    try:
        return date.fromisoformat(field.data or "")
    except ValueError:
        return None


def read_day(field: StringField) -> date | None:
    """Return a date, or note why there is none."""
    day = day_of(field)
    if day is None:
        fault(field, _("Choose a date."))
        return None
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    fault(field, _("The year of this date cannot be right."))
    return None


def refuse_past(field: StringField, day: date, today: date) -> None:
    """Note that a day is over; planned today it is a slip of the hand, mostly in the year."""
    if day < today:
        fault(field, _("This day is over. Is the year right?"))


def read_moment(field: StringField, zone: ZoneInfo, *, required: bool = False) -> datetime | None:
    """Return a moment in UTC from the school's local time, or note why there is none.

    Of a time that comes twice the first is meant; one that never comes is refused.
    """
    if not field.data:
        if required:
            fault(field, _("Choose a date and a time."))
        return None
    parts = _MOMENT.fullmatch(field.data)
    try:
        day = date.fromisoformat(parts[1]) if parts else None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(field.data)
        return existing_moment(field.short_name, day, parts[2] if parts else "", zone)
    except BadGrid as error:
        fault(field, error.message)
    except ValueError:
        fault(field, _("Choose a date and a time."))
    return None


def write_moment(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as the input wants it, in the school's local time."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""
