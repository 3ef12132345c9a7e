"""What the office sends: filters in the address, chosen times, words for families."""

import re
from collections.abc import Callable
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length

from app.core.addresses import id_of
from app.evenings.filters import Filter

LONGEST = 60
REASON_LENGTH = 500
MOST_CELLS = 6000  # all times of a large evening
CELL = re.compile(r"\d{1,9}-\d{1,9}")
ALTERNATIVE = re.compile(r"(\d{1,9})-(\d{1,9}(?:-\d{1,9})*)")


def read_filter(args: MultiDict[str, str]) -> Filter:
    """Return what an address chooses; what cannot be read chooses nothing."""
    return Filter(
        evening=args.get("evening", type=id_of),
        department=args.get("department", type=id_of),
        home_class=args.get("home_class", type=id_of),
        teacher=_text(args.get("teacher", "")),
        family=_text(args.get("family", "")),
        student=args.get("student", type=id_of),
        state=_text(args.get("state", "")),
    )


def _text(value: str) -> str:
    return value.replace("\0", "").strip()[:LONGEST]


def clean(value: str | None) -> str | None:
    """Take out what PostgreSQL cannot hold."""
    return value.replace("\0", "").strip() if value else value


class Cell(NamedTuple):
    """A teacher at a time."""

    teacher_id: int
    slot_id: int


def _cell(value: str | Cell) -> Cell:
    if isinstance(value, Cell):
        return value
    if not CELL.fullmatch(value):
        raise ValueError(value)
    return Cell(*map(int, value.split("-")))


def _ids(coerce: Callable[[str], object], most: int) -> SelectMultipleField:
    return SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        coerce=coerce,
        validate_choice=False,
        validators=[Length(max=most, message=_l("Choose at most %(max)d times."))],
        invalid_value_message=_l("Open this page again, and choose once more."),
        default=list,
    )


class TimesForm(FlaskForm):
    """Times to block or free: cells of the matrix, or a teacher with a range."""

    act = StringField()
    cells = _ids(_cell, MOST_CELLS)
    teacher = StringField()
    first = StringField()
    last = StringField()
    whole = BooleanField(_l("The whole evening"))
    reason = TextAreaField(
        _l("Why, for the families whose talk is called off"),
        filters=[clean],
        validators=[Length(max=REASON_LENGTH, message=_l("Use at most %(max)d characters."))],
    )
    talks = StringField()
    agreed = _ids(id_of, MOST_CELLS)


class OwnTimesForm(FlaskForm):
    """A teacher's own times: ticked ones, a range, or the whole evening."""

    act = StringField()
    slots = _ids(id_of, MOST_CELLS)
    first = StringField()
    last = StringField()
    whole = StringField()


class AbsentForm(FlaskForm):
    """A teacher who does not come, and what families read about it."""

    reason = TextAreaField(
        _l("Why, for the families"),
        filters=[clean],
        validators=[Length(max=REASON_LENGTH, message=_l("Use at most %(max)d characters."))],
    )
    agreed = _ids(id_of, MOST_CELLS)


class NoteForm(FlaskForm):
    """What came of a call to a family."""

    note = StringField(
        _l("Note"),
        filters=[clean],
        validators=[Length(max=REASON_LENGTH, message=_l("Use at most %(max)d characters."))],
    )


class AlternativeForm(FlaskForm):
    """One tapped time, "slot-teachers", or that no other talk is needed."""

    time = StringField()
    none = StringField()

    def choice(self) -> tuple[int, str] | None:
        """Return the slot and the teachers' key, or None for anything that is not a time."""
        match = ALTERNATIVE.fullmatch(self.time.data or "")
        return (int(match[1]), match[2]) if match else None
