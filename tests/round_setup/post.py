"""What became of promises to tell somebody of a round."""

from sqlalchemy import select

from app.handlers import HANDLERS
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from tests.small_school import NOW


def deliver(now=NOW):
    deliver_due(HANDLERS, now=now)


def to(mails_):
    return [mail["To"] for mail in mails_]


def promised(db):
    return [
        (row.payload["letter"], row.payload["person_id"])
        for row in db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    ]


def text(mail, part="plain"):
    return mail.get_body((part,)).get_content()
