"""The office's input: filters in the URL, chosen times, and messages to families."""

import re
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length

from app.core.fields import TOO_LONG, clean, clean_text, times_field
from app.core.ids import id_of
from app.evenings.filters import Filter

LONGEST = 60
REASON_LENGTH = 500
MOST_CELLS = 6000  # all times of a large evening
MEANWHILE = _l("Call off what families reserve until I press the button, too")
CELL = re.compile(r"\d{1,9}-\d{1,9}")


def read_filter(args: MultiDict[str, str]) -> Filter:
    """Return the filter that a query string chooses; unreadable values choose nothing."""
    return Filter(
        evening=args.get("evening", type=id_of),
        branch=args.get("branch", type=id_of),
        department=args.get("department", type=id_of),
        home_class=args.get("home_class", type=id_of),
        teacher=clean(args.get("teacher"))[:LONGEST],
        family=clean(args.get("family"))[:LONGEST],
        student=args.get("student", type=id_of),
        state=clean(args.get("state"))[:LONGEST],
    )


class ChosenCell(NamedTuple):
    """A teacher at a time."""

    teacher_id: int
    slot_id: int


def _cell(value: str | ChosenCell) -> ChosenCell:
    if isinstance(value, ChosenCell):
        return value
    if not CELL.fullmatch(value):
        raise ValueError(value)
    return ChosenCell(*map(int, value.split("-")))


_LENGTH = Length(max=REASON_LENGTH, message=TOO_LONG)
_WORDS: dict[str, Any] = {"filters": [clean_text], "validators": [_LENGTH]}


class TimesForm(FlaskForm):
    """Times to block or free: cells of the matrix, or a teacher with a range."""

    cells = times_field(_cell, most=MOST_CELLS, default=list)
    teacher = StringField()
    first = StringField()
    last = StringField()
    whole = BooleanField(_l("The whole evening"))
    reason = TextAreaField(_l("Why, for the families whose talk is called off"), **_WORDS)
    talks = StringField()
    meanwhile = BooleanField(MEANWHILE)
    agreed = times_field(id_of, most=MOST_CELLS, default=list)


class AbsentForm(FlaskForm):
    """An absent teacher's talks, and the reason that families read."""

    reason = TextAreaField(_l("Why, for the families"), **_WORDS)
    meanwhile = BooleanField(MEANWHILE, default=True)
    agreed = times_field(id_of, most=MOST_CELLS, default=list)


class NoteForm(FlaskForm):
    """The result of a call to a family."""

    note = StringField(_l("Note"), filters=[clean], validators=[_LENGTH])
