"""What users see of their own account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Account, SignInSession
from app.accounts.queries import PEOPLE
from app.core.i18n import known_language, local_day
from app.extensions import db
from app.school.age import is_grown
from app.school.models import Guardianship


@dataclass(frozen=True)
class Device:
    """One of the user's own sessions, for the list."""

    session_id: int
    name: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class AccountPage:
    """What users see of their own account."""

    email: str
    has_password: bool
    language: str  # of the person's mails
    lets_in: bool | None  # whether a student of 18 lets the parents in; None for others
    devices: tuple[Device, ...]


def load_account_page(account_id: int, now: datetime) -> AccountPage:
    """Return the user's own account with its open sessions, last used first."""
    row = db.session.execute(PEOPLE.where(Account.id == account_id)).one()
    sessions = db.session.scalars(
        select(SignInSession)
        .where(
            SignInSession.account_id == account_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    )
    devices = tuple(Device(one.id, one.device, one.created_at, one.seen_at) for one in sessions)
    language = known_language(row.language)
    lets_in = None
    if is_grown(row.birth_date, local_day(now)):
        lets_in = bool(
            db.session.scalar(
                select(Guardianship.id)
                .where(
                    Guardianship.student_id == row.student_id,
                    Guardianship.opened_of_age,
                    Guardianship.ended_at.is_(None),
                )
                .limit(1)
            )
        )
    return AccountPage(row.email, bool(row.password_hash), language, lets_in, devices)
