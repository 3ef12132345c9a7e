"""The mails about signing in. None names a child, a teacher or a time.

Each takes plain values and is called with no transaction open: a mail server is slow.
"""

from datetime import datetime
from typing import Any

from app.accounts.secrets import shown_code
from app.mail.message import compose, page_url
from app.mail.sender import send
from app.settings.queries import SchoolInfo


def send_link(
    email: str,
    language: str,
    token: str,
    code: str,
    *,
    je: bool,
    school: SchoolInfo,
    now: datetime,
) -> None:
    """Send the link that signs a family in, and the code for the browser that asked."""
    link = page_url("accounts.link", token=token)
    _send("sign_in", email, language, school, now, je=je, link=link, code=shown_code(code))


def send_staff_link(
    email: str, language: str, token: str, *, school: SchoolInfo, now: datetime
) -> None:
    """Tell somebody of the staff to use the password, with a link to choose a new one."""
    _send(
        "sign_in_staff",
        email,
        language,
        school,
        now,
        page=page_url("accounts.sign_in_by_password"),
        link=page_url("accounts.choose_password", token=token),
    )


def send_shared(email: str, language: str, *, je: bool, school: SchoolInfo, now: datetime) -> None:
    """Tell the owner of an address that more people have it, and that the school must mend it."""
    _send("sign_in_shared", email, language, school, now, je=je)


def send_invitation(
    email: str, language: str, token: str, *, school: SchoolInfo, now: datetime
) -> None:
    """Invite somebody to choose a password."""
    _send(
        "invitation",
        email,
        language,
        school,
        now,
        link=page_url("accounts.choose_password", token=token),
    )


def send_password_notice(
    email: str, language: str, *, je: bool, school: SchoolInfo, now: datetime
) -> None:
    """Tell somebody that the password was changed."""
    page = page_url("accounts.sign_in")
    _send("password_changed", email, language, school, now, je=je, page=page)


def _send(
    template: str, email: str, language: str, school: SchoolInfo, now: datetime, **context: Any
) -> None:
    send(
        compose(
            template,
            email,
            language=language,
            sender_name=school.name,
            now=now,
            school=school,
            **context,
        )
    )
