"""Clean text from browsers, and fields that several packages have; ids are in ``ids.py``."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import Length

from app.core.text import lines, one_line

TOO_LONG = _l("Use at most %(max)d characters.")


def clean(value: str | None) -> str:
    """Return a name as it is stored: one line, without surrounding space."""
    return one_line(value or "").strip()


def clean_text(value: str | None) -> str:
    """Return a text of several lines as it is stored, without surrounding space."""
    return lines(value or "").strip()


def as_typed(value: str | None) -> str | None:
    """Return a text of several lines, which may be nothing."""
    return lines(value) if value else value


def times_field(
    coerce: Callable[[str], object], *, most: int, **settings: Any
) -> SelectMultipleField:
    """Return a field for at most ``most`` ticked times, each parsed by ``coerce``."""
    return SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        coerce=coerce,
        validate_choice=False,
        validators=[
            *settings.pop("validators", ()),
            Length(max=most, message=_l("Choose at most %(max)d times.")),
        ],
        invalid_value_message=_l("Open this page again, and choose once more."),
        **settings,
    )
