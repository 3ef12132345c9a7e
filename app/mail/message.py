"""Compose one mail, as text and HTML, in the language of its recipient."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import current_app, g

from app.config import Settings
from app.core.i18n import speak_to_student
from app.core.text import one_line
from app.mail.headers import POLICY, message_id
from app.outbox.errors import Permanent
from app.settings.colours import mail_colours
from app.settings.queries import SchoolInfo

_GAPS = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Calendar:
    """A calendar object to attach to a mail, with its METHOD if it has one."""

    content: bytes
    filename: str
    method: str = ""


@dataclass(frozen=True)
class Logo:
    """The school's logo, which travels within the mail: opening a mail fetches nothing."""

    content: bytes
    type: str


def page_url(endpoint: str, **values: object) -> str:
    """Return the absolute URL of a page.

    The host is the operator's setting, never the browser's Host header, with which an attacker
    could put another site into our mails.
    """
    site = urlsplit(_settings().site_url)
    adapter = current_app.url_map.bind(site.netloc, url_scheme=site.scheme)
    return adapter.build(endpoint, values, force_external=True)


def sender_address() -> str:
    """Return the mail address from which the site writes."""
    return _settings().mail_from


def compose(
    template: str,
    recipient: str,
    *,
    language: str,
    school: SchoolInfo,
    now: datetime,
    je: bool = False,
    logo: Logo | None = None,
    calendar: Calendar | None = None,
    **context: object,
) -> EmailMessage:
    """Build a mail from ``mail/<template>.txt`` and ``.html``.

    The first line of the text template is the subject. ``je`` uses the texts for students.
    ``context`` holds plain values, because templates cause no SQL. Raises Permanent if nobody can
    be reached at the address.
    """
    settings = _settings()
    domain = settings.mail_from.rpartition("@")[2]
    logo_id = f"logo@{domain}" if logo else ""
    of_school = {
        "school": school,
        "colours": mail_colours(school.accent),
        "logo_id": logo_id,
    }
    subject, text, html = _render(template, language, {**context, **of_school}, je=je)
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(one_line(school.name), addr_spec=settings.mail_from)
    message["To"] = _address(recipient)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(domain, template, recipient)
    # Suppress out-of-office replies (RFC 3834; the second header is for Outlook).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    if calendar is not None and calendar.method:
        _invite(message, calendar)
    if logo is not None:
        _relate(message, logo, logo_id)
    if calendar is not None:
        message.add_attachment(
            calendar.content, maintype="application", subtype="ics", filename=calendar.filename
        )
    message["Content-Language"] = language  # last: setting the content drops Content-* headers
    return message


def _address(recipient: str) -> Address:
    try:
        return Address(addr_spec=recipient)
    # The parser fails in many ways on what people type.
    except (ValueError, LookupError, MessageError):
        raise Permanent("not a mail address") from None


def _invite(message: EmailMessage, calendar: Calendar) -> None:
    """Add an invitation as last alternative, where programs for mail look for it."""
    message.add_alternative(
        calendar.content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": calendar.method, "charset": "utf-8"},
    )


def _relate(message: EmailMessage, logo: Logo, logo_id: str) -> None:
    """Put the logo beside the alternatives (RFC 2387), for the HTML to show by its Content-ID."""
    message.make_mixed()  # the library makes no multipart/related of alternatives by itself
    message.set_type("multipart/related")
    message.set_param("type", "multipart/alternative")
    maintype, _, subtype = logo.type.partition("/")
    message.add_related(logo.content, maintype=maintype, subtype=subtype, cid=f"<{logo_id}>")


def _render(
    template: str, language: str, context: dict[str, object], *, je: bool
) -> tuple[str, str, str]:
    # A separate app context, because Babel remembers the language for the life of one.
    with current_app.app_context():
        g.language = language
        if je:
            speak_to_student()
        render = _renderer(context)
        subject, _, text = render(f"mail/{template}.txt").lstrip().partition("\n")
        text = _GAPS.sub("\n\n", text).strip() + "\n"
        subject = subject.strip()
        return subject, text, render(f"mail/{template}.html", subject=subject)


def _renderer(context: dict[str, object]) -> Callable[..., str]:
    # Not Flask's render_template: the context processors of pages need a request.
    environment = current_app.jinja_env
    return lambda name, **more: environment.get_template(name).render(context, **more)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
