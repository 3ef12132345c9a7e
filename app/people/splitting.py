"""Undo that two guardians are one person; show what goes with whom first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.accounts.service import end_access
from app.audit.actions import Action
from app.bookings import claims, requests
from app.bookings.cells import Talk
from app.bookings.merging import hand_over, rename_booker, swap_guardian, talks_of_guardian
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.people.one_person import record
from app.requests import following
from app.school import people
from app.school.households import rebuild_households
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.reading import NAME


@dataclass(frozen=True)
class SplitPage:
    """A source row merged into a guardian, and what it would take along."""

    guardian_id: int
    name: str
    same_as_id: int
    same_as: str
    children: tuple[str, ...]
    talks: tuple[Talk, ...]  # in the future
    requests: int  # talks without a time that are asked for


def load_split(guardian_id: int, *, now: datetime) -> SplitPage:
    """Return what would go with a guardian. Raises NotFoundError if the guardian is not merged."""
    goes, stays = _merged(guardian_id)
    names = db.session.scalars(
        select(NAME)
        .join(Student, Student.person_id == Person.id)
        .join(Guardianship, Guardianship.student_id == Student.id)
        .where(Guardianship.via_id == guardian_id, Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key)
    )
    to_come = db.session.scalars(
        select(Booking.id).where(
            Booking.id.in_(_talks(goes, stays)),
            Booking.cancelled_at.is_(None),
            Booking.starts_at > now,
        )
    ).all()
    return SplitPage(
        guardian_id,
        db.session.get_one(Person, goes.person_id).full_name,
        stays.id,
        db.session.get_one(Person, stays.person_id).full_name,
        tuple(name.full for name in names),
        talks_for_mail(to_come, now=now),
        requests.count_open(_students(guardian_id), stays.id),
    )


@retry_deadlock
def split_guardians(actor: Actor, guardian_id: int, *, reason: str, now: datetime) -> None:
    """Make a source row a separate guardian again, with its children, their talks and requests.

    When a family cannot come stays with the guardian it was merged into, and so do log entries.
    Both must sign in again. Raises NotFoundError if the actor is no administrator or the guardian
    is not merged.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        goes, stays = _merged(guardian_id)
        claims.lock_all(set(), set(), {goes.person_id, stays.person_id})
        db.session.expire_all()
        goes, stays = _merged(guardian_id)
        end_access([goes.person_id, stays.person_id], now=now)
        talks = _talks(goes, stays)
        hand_over(talks, stays.person_id, goes.person_id)
        students = _students(guardian_id)
        rename_booker(stays.person_id, goes.person_id, students)
        households = swap_guardian(stays.id, goes.id, students)
        following.swap_households(households, students)
        outbox.share(stays.person_id, goes.person_id)
        db.session.execute(
            update(Guardianship)
            .where(Guardianship.via_id == guardian_id)
            .values(guardian_id=guardian_id, via_id=None)
        )
        goes.same_as_id = None
        db.session.flush()
        for source in {goes.source, stays.source}:
            people.settle_guardians(source, local_day(now))
        people.settle_people(local_day(now))
        db.session.expire_all()
        rebuild_households(today=local_day(now))
        who = (stays.person_id, goes.person_id)
        record(actor, Action.FAMILY_SPLIT, guardian_id, who, reason=reason, now=now)


def _merged(guardian_id: int) -> tuple[Guardian, Guardian]:
    goes = found(db.session.get(Guardian, guardian_id))
    return goes, found(db.session.get(Guardian, goes.same_as_id or 0))


def _students(guardian_id: int) -> frozenset[int]:
    return frozenset(
        db.session.scalars(
            select(Guardianship.student_id).where(Guardianship.via_id == guardian_id)
        )
    )


def _talks(goes: Guardian, stays: Guardian) -> frozenset[int]:
    """Return talks about this row's children that the guardian it was merged into would attend."""
    return frozenset(
        db.session.scalars(
            select(Booking.id).where(
                Booking.id.in_(talks_of_guardian(stays.id)),
                Booking.student_id.in_(_students(goes.id)),
            )
        )
    )
