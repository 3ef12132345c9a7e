"""Clean text from browsers, and fields that several packages have; ids are in ``ids.py``."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import Length

TOO_LONG = _l("Use at most %(max)d characters.")


def clean(value: str | None) -> str:
    """Return a text as ``as_typed`` does, and without surrounding space."""
    return (as_typed(value) or "").strip()


def as_typed(value: str | None) -> str | None:
    """Return a text without NUL, which PostgreSQL cannot store, and with line breaks of one sign.

    Forms send two (HTML, "normalize newlines"); the browser's ``maxlength`` counts one.
    """
    return value.replace("\0", "").replace("\r\n", "\n") if value else value


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
