"""Forms for chosen cells and remarks. The service decides whether a cell is free."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from app.bookings.cells import Talk
from app.bookings.remarks import REMARK_LENGTH
from app.bookings.rules import Choice
from app.core.errors import DomainError
from app.core.fields import TOO_LONG, as_typed
from app.rounds.models import Modality
from app.rounds.places import WORDS

MOST_CELLS = 24
CELL = re.compile(r"\d{1,9}-\d{1,9}")  # ids that fit both databases
TOKEN = re.compile(r"[\w-]{16,64}\Z")


def choice_of(value: str | Choice) -> Choice:
    """Parse a cell that a form sends as "slot-offer". Raises ValueError for anything else."""
    if isinstance(value, Choice):
        return value
    if not CELL.fullmatch(value):
        raise ValueError("not a cell")
    slot_id, offer_id = value.split("-")
    return Choice(int(slot_id), int(offer_id))


class Unreadable(DomainError):
    """What was sent names no times to book."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class BookForm:
    """The cells ticked for one child. Read without WTForms, whose fields take longer to make."""

    choices: Sequence[Choice]
    together: bool
    submission: str

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> "BookForm":
        """Return what was sent. Raises Unreadable, with what to do instead."""
        cells, submission = sent.getlist("cells"), sent.get("submission", "")
        if not TOKEN.match(submission) or not all(CELL.fullmatch(cell) for cell in cells):
            raise Unreadable(_("Open this page again, and choose once more."))
        if not cells:
            raise Unreadable(_("Choose at least one time."))
        if len(cells) > MOST_CELLS:
            raise Unreadable(_("Choose at most %(max)d times.", max=MOST_CELLS))
        return cls([choice_of(cell) for cell in cells], bool(sent.get("together")), submission)


class CellForm(FlaskForm):
    """The cell to which a talk moves."""

    cell = StringField(
        filters=[lambda value: value or None], validators=[InputRequired(_l("Choose a time."))]
    )

    def choice(self) -> Choice | None:
        """Return the chosen cell, or None if the value is not a cell."""
        try:
            return choice_of(self.cell.data or "")
        except ValueError:
            return None


class MoveForm(CellForm):
    """The cell, and what makes sending it twice move the talk once."""

    submission = HiddenField(validators=[InputRequired(), Regexp(TOKEN)])


class RemarkForm(FlaskForm):
    """A short remark or topics for the teacher."""

    remark = TextAreaField(
        _l("Question or remark for the teacher"),
        filters=[as_typed],
        validators=[Length(max=REMARK_LENGTH, message=TOO_LONG)],
    )


class EmptyForm(FlaskForm):
    """A lone button: nothing but the CSRF token."""


_CHOOSE = _l("Choose one of these.")


class SwitchForm(FlaskForm):
    """How a talk is held: one of what can be chosen for it."""

    modality = RadioField(  # type: ignore[call-arg]  # newer than the stubs
        _l("Where is the talk?"),
        coerce=Modality,
        invalid_value_message=_CHOOSE,
        invalid_choice_message=_CHOOSE,
    )

    @classmethod
    def about(cls, talk: Talk) -> Self:
        """Return the form for a talk."""
        form = cls(modality=talk.modality)
        labels = ((it, str(WORDS[it])) for it in talk.choosable)
        form.modality.choices = [(it, label[:1].upper() + label[1:]) for it, label in labels]
        return form
