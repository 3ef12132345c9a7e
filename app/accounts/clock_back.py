"""What is done once when the machine's clock was put back: see ``policy.time_ahead``."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import InternalError, OperationalError

from app.accounts.models import SignInSession, SignInToken
from app.accounts.policy import LIVES
from app.core import clock
from app.core.transaction import transaction
from app.extensions import db


def note(session_id: int, *, now: datetime, ahead: timedelta) -> None:
    """Record that the clock was put back, for this session and all others that come from ahead.

    Also those end in time that nobody uses any more. Mailed secrets live as long as ever from now
    on: they work, but not until the clock has caught up. Whoever is here first does it for all.
    """
    later = now + clock.STEP
    ahead_too = (SignInSession.seen_at > later) & (SignInSession.ahead == 0)
    with suppress(OperationalError, InternalError), transaction():  # busy, full or read-only
        db.session.execute(
            update(SignInSession)
            .where(or_(SignInSession.id == session_id, ahead_too))
            .values(ahead=round(ahead.total_seconds()))
        )
        for kind, life in LIVES.items():
            db.session.execute(
                update(SignInToken)
                .where(SignInToken.kind == kind, SignInToken.created_at > later)
                .values(created_at=now, expires_at=now + life)
            )
