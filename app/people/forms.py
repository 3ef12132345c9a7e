"""The office's forms about families. The services check permission."""

from typing import Any, cast

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Regexp

from app.core.fields import TOO_LONG, clean, times_field
from app.core.ids import id_of
from app.family.forms import MOST_CELLS, CellForm, SwitchForm, choice_of

REASON_LENGTH = 200
NUMBER_LENGTH = 40
_CHOOSE_WHO = _l("Choose who it is.")
_ANEW = _l("Open this page again, and choose once more.")


def _id_or_none(value: str | None) -> int | None:
    try:
        return id_of(value or "")
    except ValueError:
        return None


def _reason_field(*validators: DataRequired) -> StringField:
    return StringField(
        _l("Reason"),
        filters=[clean],
        validators=[*validators, Length(max=REASON_LENGTH, message=TOO_LONG)],
        render_kw={"autocomplete": "off", "maxlength": REASON_LENGTH},
    )


def _person_field(label: LazyString) -> RadioField:
    return RadioField(  # type: ignore[call-arg]  # newer than the stubs
        label,
        coerce=int,
        choices=[],
        validators=[InputRequired(_CHOOSE_WHO)],
        invalid_value_message=_CHOOSE_WHO,
        invalid_choice_message=_CHOOSE_WHO,
    )


class ReasonForm(FlaskForm):
    """The reason for a change, which the log records."""

    reason = _reason_field(DataRequired(_l("Give a reason. Your colleagues find it in the log.")))


class DecisionForm(ReasonForm):
    """The wanted state and the reason; a mere toggle would undo itself when sent twice."""

    shall = HiddenField(validators=[AnyOf(("be", "not be"), message=_ANEW)])

    @property
    def shall_be(self) -> bool:
        """Whether the state shall hold."""
        return bool(self.shall.data == "be")


class NumberForm(ReasonForm):
    """A student's new number."""

    number = StringField(
        _l("New student number"),
        filters=[clean],
        validators=[
            DataRequired(_l("Fill in the new number.")),
            Length(max=NUMBER_LENGTH, message=TOO_LONG),
            Regexp(
                r"^[\w./-]+$",
                message=_l(
                    "A student number has letters and digits, and no spaces or other signs."
                ),
            ),
        ],
        render_kw={"autocomplete": "off", "maxlength": NUMBER_LENGTH, "spellcheck": "false"},
    )


class JoinForm(ReasonForm):
    """The guardian who is the same person as a teacher."""

    person = _person_field(_l("Which parent is this teacher?"))


class MergeForm(ReasonForm):
    """The other guardian who is the same person."""

    guardian = _person_field(_l("Who is the same person?"))


class _ForFamily(FlaskForm):
    household = HiddenField(filters=[_id_or_none])

    @property
    def household_id(self) -> int | None:
        """The household that comes; None if the form names none."""
        chosen: Any = self.household.data
        return cast("int | None", chosen)


class BookForForm(_ForFamily):
    """The cells ticked for a family, and the fields for an exception."""

    cells = times_field(
        choice_of,
        most=MOST_CELLS,
        validators=[InputRequired(_l("Choose at least one time."))],
    )
    reason = _reason_field()
    beyond = BooleanField(_l("More than the maximum"))


class AskForForm(FlaskForm):
    """Why the office asks for a family; the ticks are read by ``read_asked``."""

    reason = _reason_field()


class MoveForForm(_ForFamily, ReasonForm, CellForm):
    """The cell to which a talk moves, for whom and why."""


class SwitchForForm(ReasonForm, SwitchForm):
    """Where a talk is, and why it changes."""
