"""What a family sends: chosen cells and remarks. Whether they are free, the service decides."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.bookings.choices import Choice

MOST_CELLS = 24
REMARK_LENGTH = 500


def _choice(value: str | Choice) -> Choice:
    if isinstance(value, Choice):
        return value
    slot_id, offer_id = value.split("-")
    return Choice(int(slot_id), int(offer_id))


class BookForm(FlaskForm):
    """The cells ticked for one child."""

    submission = HiddenField(validators=[InputRequired(), Length(min=16, max=64)])
    together = BooleanField()
    cells = SelectMultipleField(
        coerce=_choice,
        validate_choice=False,
        validators=[
            InputRequired(_l("Choose at least one time.")),
            Length(max=MOST_CELLS, message=_l("Choose at most %(max)d times.")),
        ],
    )


class MoveForm(FlaskForm):
    """The one cell to which a talk goes."""

    submission = HiddenField(validators=[InputRequired(), Length(min=16, max=64)])
    cell = StringField(
        filters=[lambda value: value or None], validators=[InputRequired(_l("Choose a time."))]
    )

    def choice(self) -> Choice:
        """Return the chosen cell. Raises ValueError for anything that is not one."""
        return _choice(self.cell.data or "")


class RemarkForm(FlaskForm):
    """A short remark or topics for the teacher."""

    remark = TextAreaField(
        _l("Question or remark for the teacher"),
        validators=[
            Length(max=REMARK_LENGTH, message=_l("Use at most %(max)d characters.")),
        ],
    )


class EmptyForm(FlaskForm):
    """A button: nothing but the token against forgery."""
