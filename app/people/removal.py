"""Remove a person from the school by hand; show what goes along with it first."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from app.accounts.models import Account, SignInSession
from app.accounts.service import end_access
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy
from app.bookings.calling_off.service import call_off
from app.bookings.cells import Talk
from app.bookings.changes import ChangedBy
from app.bookings.guards import lock_talk
from app.bookings.models import Booking, Cause
from app.bookings.talks import talks_for_mail
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.following import regroup
from app.rounds.models import Offer, OfferTeacher
from app.rounds.service import refresh_coming_rounds
from app.school import people
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    Person,
    Student,
    Teacher,
)
from app.school.reading import NAME


class OwnSelf(DomainError):
    """Administrators cannot remove themselves."""


@dataclass(frozen=True)
class Roles:
    """A person's current roles at the school, as ids of the role rows."""

    person_id: int
    name: str
    student_id: int | None
    guardian_id: int | None
    teacher_id: int | None
    sources: tuple[str, ...]
    is_staff: bool  # has an office role


@dataclass(frozen=True)
class Removal:
    """What is removed along with a person."""

    who: Roles
    children: tuple[str, ...]  # a guardian's children; for a student, the guardians
    family_talks: tuple[Talk, ...]  # cancelled without a mail: no family member is left
    teaching_talks: tuple[Talk, ...]  # called off: the families get a mail and can rebook
    sessions: int


def load_removal(person_id: int, *, now: datetime) -> Removal:
    """Return what is removed along with a person. Raises NotFoundError if the person has left."""
    who = _roles(person_id)
    sessions = db.session.scalar(
        select(func.count())
        .select_from(SignInSession)
        .join(Account, Account.id == SignInSession.account_id)
        .where(
            Account.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
    )
    return Removal(
        who,
        _linked(who),
        talks_for_mail(_ids(_of_family(who), now), now=now),
        talks_for_mail(_ids(_of_teacher(who), now), now=now),
        sessions or 0,
    )


@retry_deadlock
def remove_person(actor: Actor, person_id: int, *, reason: str, now: datetime) -> None:
    """End a person in all roles: nothing is deleted, but nothing of theirs can be used any more.

    Future talks are cancelled and sessions end. If the source still lists the person, the next
    import brings them back. Raises NotFoundError if the actor is no administrator, and OwnSelf.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    if actor.person_id == person_id:
        raise OwnSelf(_("You cannot remove yourself. Ask another administrator."))
    today = local_day(now)
    with transaction():
        _lock(_roles(person_id), now)
        who = _roles(person_id)
        call_off(actor, _ids(_of_teacher(who), now), Cause.LEFT, reason="", now=now)
        by = ChangedBy.office(actor, reason.strip())
        for booking_id in _ids(_of_family(who), now):
            changes.cancel(by, [lock_talk(booking_id)], now=now)
        _record(actor, who, reason.strip(), now)
        end_access([person_id], now=now)
        db.session.execute(
            update(Account)
            .where(Account.person_id == person_id)
            .values(administrator=False, scheduler=False)
        )
        for role in people.ROLES:
            db.session.execute(
                update(role).where(role.person_id == person_id).values(ended_on=today)
            )
        db.session.execute(update(Person).where(Person.id == person_id).values(ended_on=today))
        db.session.execute(
            update(Guardianship)
            .where(_links_of(who), Guardianship.ended_at.is_(None))
            .values(ended_at=now)
        )
        _withdraw_offers(who, now)
        db.session.flush()
        db.session.expire_all()
        for source in who.sources:
            people.settle_guardians(source, today)
        people.settle_people(today)
        regroup(now=now)


def _lock(who: Roles, now: datetime) -> None:
    """Lock the person and everybody who shares a talk that goes, all at once in lock order."""
    talks = {*_ids(_of_teacher(who), now), *_ids(_of_family(who), now)}
    students = set(db.session.scalars(select(Booking.student_id).where(Booking.id.in_(talks))))
    teachers, coming = attendees.of_claims(talks)
    claims.lock_all(students, teachers, coming | {who.person_id})


def _roles(person_id: int) -> Roles:
    row = found(
        db.session.execute(
            select(
                NAME,
                Student.id,
                Guardian.id,
                Teacher.id,
                Student.source,
                Guardian.source,
                Teacher.source,
                or_(Account.administrator, Account.scheduler),
            )
            .outerjoin(Student, (Student.person_id == Person.id) & Student.ended_on.is_(None))
            .outerjoin(Guardian, (Guardian.person_id == Person.id) & Guardian.ended_on.is_(None))
            .outerjoin(Teacher, (Teacher.person_id == Person.id) & Teacher.ended_on.is_(None))
            .outerjoin(Account, Account.person_id == Person.id)
            .where(Person.id == person_id, Person.ended_on.is_(None))
        ).one_or_none()
    )
    name, student_id, guardian_id, teacher_id, *sources, is_staff = row
    known = tuple(dict.fromkeys(source for source in sources if source))
    return Roles(person_id, name.full, student_id, guardian_id, teacher_id, known, bool(is_staff))


def _links_of(who: Roles) -> ColumnElement[bool]:
    return or_(
        Guardianship.student_id == (who.student_id or 0),
        Guardianship.guardian_id == (who.guardian_id or 0),
    )


def _linked(who: Roles) -> tuple[str, ...]:
    other = select(NAME).order_by(Person.sort_key)
    children = (
        other.join(Student, Student.person_id == Person.id)
        .join(Guardianship, Guardianship.student_id == Student.id)
        .where(Guardianship.guardian_id == (who.guardian_id or 0))
    )
    guardians = (
        other.join(Guardian, Guardian.person_id == Person.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.student_id == (who.student_id or 0))
    )
    names = db.session.scalars(
        (children if who.guardian_id else guardians).where(Guardianship.ended_at.is_(None))
    ).all()
    return tuple(name.full for name in names)


def _of_family(who: Roles) -> ColumnElement[bool]:
    """Return the condition for talks of the student, or that only this guardian would attend."""
    others = aliased(HouseholdGuardian)
    alone = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id == (who.guardian_id or 0),
        ~exists().where(
            others.household_id == HouseholdGuardian.household_id,
            others.guardian_id != HouseholdGuardian.guardian_id,
            others.guardian_id.in_(select(Guardian.id).where(Guardian.ended_on.is_(None))),
        ),
    )
    return or_(Booking.student_id == (who.student_id or 0), Booking.household_id.in_(alone))


def _of_teacher(who: Roles) -> ColumnElement[bool]:
    return Booking.offer_id.in_(
        select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id == (who.teacher_id or 0))
    )


def _ids(which: ColumnElement[bool], now: datetime) -> list[int]:
    return list(
        db.session.scalars(
            select(Booking.id)
            .where(which, Booking.cancelled_at.is_(None), Booking.starts_at > now)
            .order_by(Booking.id)
        )
    )


def _withdraw_offers(who: Roles, now: datetime) -> None:
    """Withdraw a student's or teacher's offers as an import without the person would.

    Not as a manual withdrawal, which no import undoes. A teacher who taught together with this
    one, or whom this one substituted, is offered instead.
    """
    taught = select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id == (who.teacher_id or 0))
    db.session.execute(
        update(Offer)
        .where(Offer.offered, or_(Offer.student_id == (who.student_id or 0), Offer.id.in_(taught)))
        .values(offered=False, in_package=False)
    )
    if who.teacher_id is not None:
        refresh_coming_rounds(now=now)


def _record(actor: Actor, who: Roles, reason: str, now: datetime) -> None:
    """Log the removal for each student whose page shows it: the person or a guardian's children."""
    students: list[int | None] = [who.student_id] if who.student_id else []
    if who.guardian_id:
        students.extend(
            db.session.scalars(
                select(Guardianship.student_id).where(
                    Guardianship.guardian_id == who.guardian_id, Guardianship.ended_at.is_(None)
                )
            )
        )
    for student_id in students or [None]:
        audit.record(
            actor,
            Action.FAMILY_REMOVED,
            now=now,
            role=policy.office_role(actor),
            student_id=student_id,
            person_id=who.person_id,
            reason=reason,
        )
