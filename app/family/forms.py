"""Forms for chosen cells and remarks. The service decides whether a cell is free."""

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from app.bookings.rules import Choice
from app.core.fields import TOO_LONG, times_field, without_nul

MOST_CELLS = 24
REMARK_LENGTH = 500
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


class BookForm(FlaskForm):
    """The cells ticked for one child."""

    class Meta(FlaskForm.Meta):
        """The token was checked before the view was called, as that of every form."""

        csrf = False

    submission = HiddenField(validators=[InputRequired(), Regexp(TOKEN)])
    together = BooleanField()
    cells = times_field(
        choice_of,
        most=MOST_CELLS,
        validators=[InputRequired(_l("Choose at least one time."))],
    )


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
        filters=[without_nul],
        validators=[Length(max=REMARK_LENGTH, message=TOO_LONG)],
    )


class EmptyForm(FlaskForm):
    """A lone button: nothing but the CSRF token."""
