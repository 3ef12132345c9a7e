"""Forms to sign in; the services decide whether the input is valid."""

from collections import Counter
from collections.abc import Sequence

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from app.accounts.passwords import LONGEST
from app.accounts.policy import Resident
from app.core.fields import TOO_LONG, clean
from app.school.names import fold

_EMAIL_LENGTH = 254


def _email_field(autocomplete: str) -> StringField:
    return StringField(
        _l("Mail address"),
        filters=[clean],
        validators=[
            InputRequired(_l("Fill in your mail address.")),
            Length(max=_EMAIL_LENGTH, message=_l("This is too long for a mail address.")),
            # No stricter: only the mail server knows which mail addresses exist.
            Regexp(
                r"^[^@\s]+@[^@\s]+$",
                message=_l("This is not a whole mail address. An example: name@school.example"),
            ),
        ],
        render_kw={
            "type": "email",
            "autocomplete": autocomplete,
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )


def _no_longer_than_any() -> Length:
    return Length(max=LONGEST, message=_l("No password here is that long."))


def _remember_field() -> BooleanField:
    return BooleanField(_l("Remember this device for 30 days"))


class MailForm(FlaskForm):
    """The sign-in page's only field."""

    email = _email_field("email")


class PasswordForm(FlaskForm):
    """Mail address and password."""

    email = _email_field("username")
    password = PasswordField(
        _l("Password"),
        validators=[InputRequired(_l("Fill in your password.")), _no_longer_than_any()],
        render_kw={"autocomplete": "current-password"},
    )
    remember = _remember_field()


class EnterForm(FlaskForm):
    """The button behind a link, with a choice if several people share a mail address."""

    person = RadioField(  # type: ignore[call-arg]  # newer than the stubs
        _l("Who are you?"),
        coerce=int,
        choices=[],
        validate_choice=False,
        invalid_value_message=_l("Choose who you are."),
    )
    remember = _remember_field()

    def offer(self, people: Sequence[Resident]) -> None:
        """Ask which of these people signs in, so that each choice reads differently.

        Rows with one name are told apart by their children; a number is left for those who have
        children of the same name.
        """
        named = Counter(fold(one.name) for one in people)
        labels = [_label(one) if named[fold(one.name)] > 1 else one.name for one in people]
        self.person.choices = [
            (
                one.person_id,
                f"{label} ({labels[: place + 1].count(label)})"
                if labels.count(label) > 1
                else label,
            )
            for place, (one, label) in enumerate(zip(people, labels, strict=True))
        ]

    @property
    def person_id(self) -> int | None:
        """The chosen person's id; None if nobody was offered or chosen."""
        chosen: int | None = self.person.data
        return chosen


def _label(one: Resident) -> str:
    children = ", ".join(one.child_names)
    return _("%(name)s, parent of %(children)s", name=one.name, children=children)


def _code_field(label: LazyString, missing: LazyString) -> StringField:
    return StringField(
        label,
        validators=[
            InputRequired(missing),
            Length(max=40, message=_l("The code has 8 characters.")),
        ],
        render_kw={
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "code",
        },
    )


class CodeForm(EnterForm):
    """The code from the mail, typed by the user."""

    code = _code_field(_l("Code from the mail"), _l("Fill in the code from the mail."))


class OfficeCodeForm(FlaskForm):
    """Mail address, and the code that the office handed out."""

    email = _email_field("username")
    code = _code_field(_l("Code from the school"), _l("Fill in the code from the school."))
    remember = _remember_field()


class NewPasswordForm(FlaskForm):
    """A new password, and the present one if it is required."""

    current = PasswordField(
        _l("Your present password"),
        validators=[_no_longer_than_any()],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("New password"),
        validators=[
            InputRequired(_l("Fill in a new password.")),
            Length(max=LONGEST, message=TOO_LONG),
        ],
        render_kw={"autocomplete": "new-password"},
    )
