"""Fields of a round. What was typed stays in the input, also where it has no value."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, fields, validators, widgets  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.form import BaseForm

from app.core.clock import FIRST_YEAR, LAST_YEAR
from app.core.fields import clean
from app.core.i18n import zone
from app.rounds.grid import BadGrid, existing_moment

CHOOSE_ONE = _l("Choose one of these.")
CHOOSE_SOME = _l("Choose from these alone.")
CHOOSE_MOMENT = _l("Choose a date and a time.")
WRONG_YEAR = _l("The year of this date cannot be right.")
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
MOMENT_FORMATS = [
    f"%Y-%m-%d{between}%H:%M{seconds}" for between in "T " for seconds in ("", ":%S", ":%S.%f")
]
UNCHECKED = {"required": False, "min": False, "max": False, "maxlength": False}
"""Keeps the limits of validators from the browser, which cuts a text without saying so."""


class FieldFault(NamedTuple):
    """A fault: the id of its field, the field's label, and the message."""

    id: str
    label: str
    message: str


def faults_of(form: BaseForm, where: str = "") -> list[FieldFault]:
    """Return what is wrong with a form and the evenings in it; ``where`` comes before the labels."""
    found = []
    for field in form:
        label = f"{where}, {field.label.text}" if where else str(field.label.text)
        errors: Sequence[Any] = field.errors  # of a list also the dicts of its entries
        found += [FieldFault(field.id, label, str(it)) for it in errors if not isinstance(it, dict)]
        if isinstance(field, fields.FieldList):
            for number, entry in enumerate(field, 1):
                found += faults_of(entry.form, where or _("Evening %(number)s", number=number))
    return found


def fault(field: fields.Field, message: str) -> None:
    """Add an error to a field."""
    field.errors = [*field.errors, message]


def refuse_past(field: fields.Field, today: date) -> None:
    """Add an error if a day is over; planning it today is a slip, mostly in the year."""
    if field.data < today:
        fault(field, _("This day is over. Is the year right?"))


def one_of(label: LazyString, choices: Mapping[Any, LazyString]) -> fields.RadioField:
    """Return a field for one member of an enum, the first unless somebody chooses."""
    first = next(iter(choices))
    return fields.RadioField(  # type: ignore[call-arg]  # newer than the stubs
        label,
        coerce=type(first),
        choices=[SelectChoice(value, text) for value, text in choices.items()],
        default=first,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )


def some_of(label: LazyString, choices: Mapping[Any, LazyString]) -> fields.SelectMultipleField:
    """Return a field for any members of an enum, none unless somebody chooses."""
    return fields.SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        label,
        coerce=type(next(iter(choices))),
        choices=[SelectChoice(value, text) for value, text in choices.items()],
        invalid_value_message=CHOOSE_SOME,
        invalid_choice_message=CHOOSE_SOME,
        option_widget=widgets.CheckboxInput(),
    )


def day_field(label: LazyString) -> fields.DateField:
    """Return a field for a date."""
    return fields.DateField(
        label,
        validators=[
            validators.DataRequired(_l("Choose a date.")),
            validators.DateRange(FIRST_DAY, LAST_DAY, WRONG_YEAR),  # type: ignore[attr-defined]
        ],
        render_kw=UNCHECKED,
    )


def time_field(label: LazyString, **settings: Any) -> fields.StringField:
    """Return a field for a time of the day, which stays a text; some browsers add seconds."""
    return fields.StringField(
        label,
        filters=[clean, lambda clock: clock[:5] if clock[5:6] == ":" else clock],
        validators=[validators.DataRequired(_l("Fill in a time."))],
        render_kw=UNCHECKED | {"type": "time"},
        **settings,
    )


class NumberField(fields.IntegerField):
    """A whole number."""

    def __init__(self, label: LazyString, least: int, most: int, **settings: Any) -> None:
        """Refuse what is no number as one out of the range."""
        message = _l("Fill in a whole number from %(least)d to %(most)d.", least=least, most=most)
        super().__init__(label, [validators.NumberRange(least, most, message)], **settings)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number; what is none is left to the validator."""
        with suppress(ValueError):
            super().process_formdata(valuelist)


class MomentField(fields.DateTimeLocalField):
    """A moment in UTC, written in the school's local time.

    A local time that occurs twice means the first; one that does not exist is refused.
    """

    def __init__(self, label: LazyString, *, required: bool = False, **settings: Any) -> None:
        """Know whether there must be one."""
        settings |= {"tz": zone, "format": MOMENT_FORMATS, "invalid_value_message": CHOOSE_MOMENT}
        check = validators.InputRequired(CHOOSE_MOMENT) if required else validators.Optional()
        super().__init__(label, [check], render_kw=UNCHECKED, **settings)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the moment."""
        if not valuelist:
            return
        super().process_formdata(valuelist)
        local: Any = self.data
        if not FIRST_YEAR <= local.year <= LAST_YEAR:
            raise ValueError(CHOOSE_MOMENT)
        try:
            self.data = existing_moment(self.name, local.date(), f"{local:%H:%M}", zone())
        except BadGrid as error:
            raise ValueError(error.message) from error
