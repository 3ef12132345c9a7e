"""The status of mails to people: sent, waiting or failed. Never their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CompoundSelect, and_, or_, select, union

from app.accounts.models import Account, SignInToken
from app.bookings.mails.families import News
from app.extensions import db
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.planner.mails import PlanNews
from app.school.models import Person
from app.school.reading import NAME

MOST_LINES = 20

# An outbox message names a person, an account, or a request to sign in from a mail address.
_PERSON = OutboxMessage.payload["person_id"].as_integer()
_ACCOUNT = OutboxMessage.payload["account_id"].as_integer()
_REQUEST = OutboxMessage.payload["request_id"].as_integer()


class MailState(StrEnum):
    """Where a mail is."""

    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class MailLine:
    """A mail, where it is, and since when."""

    at: datetime
    to: str
    what: str
    state: MailState
    fault: str  # the kind of the last fault, in our words


def people_with_failed_mail() -> CompoundSelect[int]:
    """Return a query for the ids of people to whom a mail was given up in the last 30 days."""
    failed = and_(OutboxMessage.delivered_at.is_(None), OutboxMessage.failed_at.is_not(None))
    return union(
        select(_PERSON).where(failed, _PERSON.is_not(None)),
        select(Account.person_id).join(OutboxMessage, Account.id == _ACCOUNT).where(failed),
        select(Person.id)
        .join(SignInToken, SignInToken.email_key == Person.email_key)
        .join(OutboxMessage, SignInToken.id == _REQUEST)
        .where(failed, Person.email_key != ""),
    )


def load_mails(person_ids: list[int]) -> tuple[MailLine, ...]:
    """Return the last mails to these people, the latest first."""
    people = {
        id_: (name.full, key)
        for id_, name, key in db.session.execute(
            select(Person.id, NAME, Person.email_key).where(Person.id.in_(person_ids))
        )
    }
    keys = {key for _name, key in people.values() if key}
    rows = db.session.execute(
        select(OutboxMessage, _PERSON, Account.person_id, SignInToken.email_key)
        .outerjoin(Account, Account.id == _ACCOUNT)
        .outerjoin(SignInToken, SignInToken.id == _REQUEST)
        .where(
            or_(
                _PERSON.in_(person_ids),
                Account.person_id.in_(person_ids),
                SignInToken.email_key.in_(keys),
            )
        )
        .order_by(OutboxMessage.id.desc())
        .limit(MOST_LINES)
    ).all()
    lines = []
    for message, person_id, owner_id, address in rows:
        if address:
            to = ", ".join(name for name, key in people.values() if key == address)
        else:
            to = people[person_id or owner_id][0]
        lines.append(_line(message, to))
    return tuple(lines)


def _line(message: OutboxMessage, to: str) -> MailLine:
    what = _what(message.kind, message.payload)
    if message.delivered_at is not None:
        return MailLine(message.delivered_at, to, what, MailState.SENT, "")
    if message.failed_at is not None:
        return MailLine(message.failed_at, to, what, MailState.FAILED, message.last_error)
    return MailLine(message.created_at, to, what, MailState.WAITING, message.last_error)


def _what(kind: str, payload: Mapping[str, Any]) -> str:
    match kind, payload.get("what") or payload.get("letter"):
        case Promise.FAMILY_MAIL, News.BOOKED:
            return _("talks reserved")
        case Promise.FAMILY_MAIL, News.MOVED:
            return _("talk moved")
        case Promise.FAMILY_MAIL, News.CANCELLED:
            return _("talk cancelled")
        case Promise.FAMILY_MAIL, News.SWITCHED:
            return _("place of a talk changed")
        case Promise.FAMILY_MAIL, News.CALLED_OFF:
            return _("talk called off by the school")
        case Promise.FAMILY_MAIL, News.LINK:
            return _("link of an online talk")
        case Promise.INVITATION, _other:
            return _("talk for the own calendar")
        case Promise.REGROUPED_MAIL, _other:
            return _("talks apart, or together again")
        case Promise.GROWN_MAIL, _other:
            return _("talks of a student of 18")
        case Promise.PLANNED_MAIL, PlanNews.PLANNED:
            return _("times of talks that were asked for")
        case Promise.PLANNED_MAIL, _other:
            return _("times of talks taken back")
        case Promise.ROUND_MAIL, "invitation":
            return _("invitation to a round")
        case Promise.ROUND_MAIL, "nudge":
            return _("reminder of a round")
        case Promise.ROUND_MAIL, _other:
            return _("check of the own times")
        case Promise.SEND_LINK, _other:
            return _("to sign in")
        case Promise.SEND_INVITATION, _other:
            return _("invitation to choose a password")
        case Promise.SEND_PASSWORD_NOTICE, _other:
            return _("password changed")
        case _others:
            return _("message of the school")
