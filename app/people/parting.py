"""Undo that a teacher and a guardian are one person; show what goes with whom first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.service import end_access
from app.audit.actions import Action
from app.bookings import claims
from app.bookings.cells import Talk
from app.bookings.merging import hand_over, rename_booker, talks_of_guardian
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.outbox import service as outbox
from app.people.one_person import names_of_children, record
from app.rounds.models import OfferTeacher
from app.school import people
from app.school.models import Guardian, Person, Teacher


@dataclass(frozen=True)
class PartPage:
    """A teacher who is also a guardian, and what the guardian would take along."""

    teacher_id: int
    name: str
    former: str  # the guardian's former name; "" if no longer known
    children: tuple[str, ...]
    talks: tuple[Talk, ...]  # future talks as a parent
    teaching: int  # the number of future talks that stay with the teacher
    keeps_password: bool


def load_parting(teacher_id: int, *, now: datetime) -> PartPage:
    """Return what would go with whom. Raises NotFoundError if the teacher is no guardian."""
    teacher, guardian = _joined(teacher_id)
    person = db.session.get_one(Person, teacher.person_id)
    former = db.session.get(Person, guardian.former_person_id or 0)
    to_come = (Booking.cancelled_at.is_(None), Booking.starts_at > now)
    own = db.session.scalars(
        select(Booking.id).where(Booking.id.in_(talks_of_guardian(guardian.id)), *to_come)
    ).all()
    teaching = db.session.scalars(
        select(Booking.id)
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .where(OfferTeacher.teacher_id == teacher_id, *to_come)
    ).all()
    return PartPage(
        teacher_id,
        person.full_name,
        former.full_name if former else "",
        tuple(names_of_children([guardian.id]).get(guardian.id, ())),
        talks_for_mail(own, now=now),
        len(teaching),
        former is not None and _account(former.id) is not None,
    )


@retry_deadlock
def part_people(actor: Actor, teacher_id: int, *, reason: str, now: datetime) -> None:
    """Give the guardian a separate person again, with its children, talks and claims as a parent.

    The name and mail address are those from before the join, until the next import. What cannot
    be told apart stays with the teacher: office roles, forms, log entries. Both must sign in
    again. Raises NotFoundError if the actor is no administrator or the teacher is no guardian.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        teacher, guardian = _joined(teacher_id)
        former = {guardian.former_person_id} if guardian.former_person_id else set()
        claims.lock_all(set(), set(), {teacher.person_id, *former})
        db.session.expire_all()
        teacher, guardian = _joined(teacher_id)
        joined = teacher.person_id
        person_id = guardian.former_person_id or _new_person(joined)
        end_access([joined, person_id], now=now)
        hand_over(talks_of_guardian(guardian.id), joined, person_id)
        rename_booker(joined, person_id)
        outbox.share(joined, person_id)
        guardian.person_id, guardian.former_person_id = person_id, None
        _part_accounts(joined, person_id)
        db.session.flush()
        people.settle_people(local_day(now))
        db.session.expire_all()
        record(
            actor, Action.FAMILY_PARTED, guardian.id, (joined, person_id), reason=reason, now=now
        )


def _joined(teacher_id: int) -> tuple[Teacher, Guardian]:
    teacher, guardian = found(
        db.session.execute(
            select(Teacher, Guardian)
            .join(Guardian, Guardian.person_id == Teacher.person_id)
            .where(Teacher.id == teacher_id)
        ).one_or_none()
    )
    return teacher, guardian


def _new_person(joined: int) -> int:
    """Create a person for a guardian whose former person is no longer known.

    It has no mail address: the teacher's would let the teacher sign in as this guardian. The next
    import brings the address from the source.
    """
    known = db.session.get_one(Person, joined)
    person = Person(
        given_name=known.given_name,
        prefix=known.prefix,
        family_name=known.family_name,
        sort_key=known.sort_key,
        search_key=known.search_key,
        language=known.language,
        own_language=known.own_language,
    )
    db.session.add(person)
    db.session.flush()
    return person.id


def _account(person_id: int) -> Account | None:
    return db.session.scalar(select(Account).where(Account.person_id == person_id))


def _part_accounts(joined: int, person_id: int) -> None:
    """Reopen the guardian's account; clear a shared account's password, which nobody can assign."""
    former = _account(person_id)
    own = _account(joined)
    if former is not None:
        former.closed_at, former.administrator, former.scheduler = None, False, False
    elif own is not None:
        own.password_hash = ""
