"""A student of 18 lets the own guardians in, or no longer; talks follow, on birthdays too."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.service import end_shared_access
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import claims
from app.core.access import Actor, Role
from app.core.errors import DomainError
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.following import regroup
from app.school.age import is_grown, is_open_by_rule
from app.school.models import Guardianship


class NotOfAge(DomainError):
    """Parents see what a younger student has."""


@retry_deadlock
def decide(actor: Actor, *, lets_in: bool, now: datetime) -> None:
    """Open the actor to all own guardians, or to none; future talks follow the households.

    Those who were closed for another reason than age stay closed. Raises NotOfAge if the
    actor is no student of 18.
    """
    if actor.student_id is None or not is_grown(actor.born, local_day(now)):
        raise NotOfAge(_("You decide about this from 18 on."))
    with transaction():
        claims.lock_child(actor.student_id)
        links = db.session.scalars(
            select(Guardianship)
            .where(
                Guardianship.student_id == actor.student_id,
                Guardianship.ended_at.is_(None),
                is_open_by_rule(),
                Guardianship.opened_of_age.is_not(lets_in),
            )
            .with_for_update()
        ).all()
        if links and lets_in:
            regroup(
                now=now
            )  # else who says yes before the nightly job reads what parents wrote before
        action = Action.FAMILY_OPENED if lets_in else Action.FAMILY_CLOSED
        for link in links:
            link.opened_of_age = lets_in
            audit.record(
                actor,
                action,
                now=now,
                role=Role.STUDENT,
                student_id=actor.student_id,
                guardian_id=link.guardian_id,
                reason="",
            )
        if links:
            db.session.flush()
            end_shared_access([actor.student_id], now=now)
            regroup(now=now)


@retry_deadlock
def follow_birthdays(*, now: datetime) -> None:
    """Take students who are 18 since today out of their households, unless they said yes.

    What guardians see ends at midnight without it; this gives the talks to the student.
    """
    regroup(now=now)
