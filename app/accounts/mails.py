"""Mails about signing in; none names a child, a teacher or a time."""

from datetime import datetime

from app.accounts.secrets import shown_code
from app.mail.letters import send_letter
from app.mail.message import page_url


def send_link(
    email: str, language: str, token: str, code: str, *, is_student: bool, now: datetime
) -> None:
    """Send a family the sign-in link, and the code for the browser that requested it."""
    send_letter(
        "sign_in",
        email,
        language,
        now=now,
        is_student=is_student,
        link=page_url("accounts.link", token=token),
        code=shown_code(code),
    )


def send_staff_link(email: str, language: str, token: str, *, now: datetime) -> None:
    """Tell a member of staff to use their password, with a link to choose a new one."""
    send_letter(
        "sign_in_staff",
        email,
        language,
        now=now,
        page=page_url("accounts.sign_in_by_password"),
        link=page_url("accounts.choose_password", token=token),
    )


def send_shared(email: str, language: str, *, is_student: bool, now: datetime) -> None:
    """Tell the readers of a mail address that the school must first say who is who.

    Who of them has a password can use it meanwhile, such as a teacher who is also a parent.
    """
    page = page_url("accounts.sign_in_by_password")
    send_letter("sign_in_shared", email, language, now=now, is_student=is_student, page=page)


def send_invitation(email: str, language: str, token: str, *, now: datetime) -> None:
    """Send an invitation to choose a password."""
    link = page_url("accounts.choose_password", token=token)
    send_letter("invitation", email, language, now=now, link=link)


def send_password_notice(email: str, language: str, *, is_student: bool, now: datetime) -> None:
    """Send a notice that the password was changed."""
    page = page_url("accounts.sign_in")
    send_letter("password_changed", email, language, now=now, is_student=is_student, page=page)
