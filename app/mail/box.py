"""The demo's mailbox, used instead of a mail server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from sqlalchemy import delete, select

from app.core.errors import found
from app.core.purging import counted
from app.core.transaction import transaction
from app.extensions import db
from app.mail.models import BoxedMail

SHOWN = 100
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class BoxedLetter:
    """A mail in the mailbox."""

    id: int
    at: datetime
    recipient: str
    subject: str
    text: str


def put(message: EmailMessage) -> None:
    """Store a mail instead of sending it."""
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    with transaction():
        db.session.add(
            BoxedMail(
                at=parsedate_to_datetime(message["Date"]),
                recipient=message["To"].addresses[0].addr_spec,
                subject=message["Subject"],
                text=text.get_content() if text else "",
                html=html.get_content() if html else "",
            )
        )


def load_letters() -> list[BoxedLetter]:
    """Return the last 100 mails, newest first."""
    rows = db.session.scalars(select(BoxedMail).order_by(BoxedMail.id.desc()).limit(SHOWN))
    return [BoxedLetter(row.id, row.at, row.recipient, row.subject, row.text) for row in rows]


def load_letter(letter_id: int) -> BoxedLetter:
    """Return one mail. Raises NotFoundError."""
    row = found(db.session.get(BoxedMail, letter_id))
    return BoxedLetter(row.id, row.at, row.recipient, row.subject, row.text)


def purge(*, now: datetime) -> dict[str, int]:
    """Delete mails older than 30 days; return the count."""
    with transaction():
        return {"letters": counted(delete(BoxedMail).where(BoxedMail.at < now - KEPT))}
