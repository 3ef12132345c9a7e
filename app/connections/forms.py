"""The office's forms about calendars."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.calendars.words import AS_USUAL, KINDS
from app.core.fields import TOO_LONG, clean

ACCOUNT_LENGTH = 200
_CHOOSE = _l("Choose one of these.")


def _kind_field(
    label: LazyString, kinds: Mapping[str, LazyString], *validators: InputRequired
) -> RadioField:
    return RadioField(  # type: ignore[call-arg]  # newer than the stubs
        label,
        choices=[SelectChoice(value, text) for value, text in kinds.items()],
        validators=validators,
        invalid_choice_message=_CHOOSE,
    )


class UsualForm(FlaskForm):
    """Which calendar teachers have."""

    kind = _kind_field(_l("Which calendar do teachers have?"), KINDS, InputRequired(_CHOOSE))


class CalendarForm(FlaskForm):
    """Which calendar one teacher has."""

    kind = _kind_field(_l("Calendar"), {**AS_USUAL, **KINDS})
    account = StringField(
        _l("Address of the account"),
        filters=[clean],
        validators=[
            Optional(),
            Length(max=ACCOUNT_LENGTH, message=TOO_LONG),
            Regexp(
                r"[^\s@/]+@[^\s@/]+\Z|[0-9a-fA-F-]{36}\Z",
                message=_l("This is not a mail address. Write it as naam@school.nl."),
            ),
        ],
        render_kw={"autocomplete": "off", "inputmode": "email", "maxlength": ACCOUNT_LENGTH},
    )
