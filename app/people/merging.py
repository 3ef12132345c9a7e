"""Make one person of two guardians that the source lists separately; splitting.py undoes it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.accounts.service import end_access
from app.audit.actions import Action
from app.bookings import claims
from app.bookings.cells import Talk
from app.bookings.merging import clashes, swap_guardian, take_place
from app.bookings.talks import talks_for_mail
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.people.one_person import MOST_CANDIDATES, record, refuse_clash, rename
from app.requests import following
from app.school.households import rebuild_households
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Teacher,
)
from app.school.reading import NAME, name_of


@dataclass(frozen=True)
class ChildLine:
    """A child, and the guardians who come for it together with this one."""

    name: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One guardian of the source; ``works``: is also a teacher or has an office role."""

    id: int
    person_id: int
    name: str
    email_key: str
    works: bool
    children: tuple[ChildLine, ...]


@dataclass(frozen=True)
class MergeCandidate:
    """A guardian who may be the same person."""

    entry: Entry
    same_mail: bool
    holds: bool  # keep this one's name and mail address, not the entry's
    clashes: tuple[Talk, ...]  # future talks of both at the same time


@dataclass(frozen=True)
class MergePage:
    """A guardian, others with the same name or mail address, and rows already merged into it."""

    entry: Entry
    candidates: tuple[MergeCandidate, ...]
    merged: tuple[tuple[int, str], ...]  # guardian and name


def load_merge(guardian_id: int, *, now: datetime) -> MergePage:
    """Return who may be the same person as a guardian. Raises NotFoundError if the guardian left.

    Never another guardian of the same child: that is a different person, or a row that the
    school's administration must remove.
    """
    entry = found(next(iter(_entries([guardian_id])), None))
    others = _entries(db.session.scalars(_alike(entry)).all())
    merged = db.session.execute(
        select(Guardian.id, NAME)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.same_as_id == guardian_id)
        .order_by(Person.sort_key, Guardian.id)
    )
    return MergePage(
        entry,
        tuple(
            MergeCandidate(
                other,
                bool(other.email_key) and other.email_key == entry.email_key,
                _holds(entry, other) is other,
                talks_for_mail(clashes(entry.person_id, other.person_id, now=now), now=now),
            )
            for other in others
            if not (entry.works and other.works)
        ),
        tuple((id_, name.full) for id_, name in merged),
    )


@retry_deadlock
def merge_guardians(
    actor: Actor, guardian_id: int, other_id: int, *, reason: str, now: datetime
) -> int:
    """Make one person of two guardians; return the id of the guardian who stays.

    That guardian gets the children, talks and requests of both. The other row stays, ended, for the source:
    what the source says about a child there applies to the guardian who stays. Both must sign in
    again. Raises NotFoundError if the actor is no administrator or ``other_id`` is no candidate,
    and NotJoinable if the two sit in talks at the same time.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        both = select(Guardian.person_id).where(Guardian.id.in_([guardian_id, other_id]))
        claims.lock_all(set(), set(), set(db.session.scalars(both)))
        page = load_merge(guardian_id, now=now)
        other = found(next((c.entry for c in page.candidates if c.entry.id == other_id), None))
        stays = _holds(page.entry, other)
        goes = page.entry if stays is other else other
        refuse_clash(stays.person_id, goes.person_id, now=now)
        end_access([stays.person_id, goes.person_id], now=now)
        take_place(goes.person_id, stays.person_id)
        rename(goes.person_id, stays.person_id)
        swap_guardian(goes.id, stays.id)
        db.session.execute(
            update(Guardianship)
            .where(Guardianship.guardian_id == goes.id)
            .values(guardian_id=stays.id, via_id=Guardianship.in_source())
        )
        today = local_day(now)
        db.session.execute(
            update(Guardian)
            .where(or_(Guardian.id == goes.id, Guardian.same_as_id == goes.id))
            .values(same_as_id=stays.id, ended_on=func.coalesce(Guardian.ended_on, today))
        )
        db.session.execute(update(Person).where(Person.id == goes.person_id).values(ended_on=today))
        db.session.expire_all()
        rebuild_households(today=today)
        following.follow(now=now)
        people = (stays.person_id, goes.person_id)
        record(actor, Action.FAMILY_MERGED, stays.id, people, reason=reason, now=now)
        return stays.id


def _holds(one: Entry, other: Entry) -> Entry:
    """Return whose name and mail address to keep: a staff member's, else one with an address."""
    return max((one, other), key=lambda entry: (entry.works, bool(entry.email_key)))


def _alike(entry: Entry) -> Select[int]:
    own, theirs, person = aliased(Guardianship), aliased(Guardianship), aliased(Person)
    return (
        select(Guardian.id)
        .join(Person, Person.id == Guardian.person_id)
        .join(person, person.id == entry.person_id)
        .where(
            Guardian.id != entry.id,
            Guardian.ended_on.is_(None),
            or_(
                Person.sort_key == person.sort_key,
                and_(Person.email_key != "", Person.email_key == person.email_key),
            ),
            ~exists().where(
                own.guardian_id == entry.id,
                theirs.guardian_id == Guardian.id,
                theirs.student_id == own.student_id,
            ),
        )
        .order_by(Person.sort_key, Guardian.id)
        .limit(MOST_CANDIDATES)
    )


def _entries(guardian_ids: Collection[int]) -> tuple[Entry, ...]:
    """Return these guardians in name order, without those who have left."""
    works = or_(Teacher.id.is_not(None), Account.administrator, Account.scheduler)
    rows = db.session.execute(
        select(Guardian.id, Person, works)
        .join(Person, Person.id == Guardian.person_id)
        .outerjoin(Teacher, Teacher.person_id == Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Guardian.id.in_(guardian_ids), Guardian.ended_on.is_(None))
        .order_by(Person.sort_key, Guardian.id)
    ).all()
    children = _children(guardian_ids)
    return tuple(
        Entry(
            id_, person.id, person.full_name, person.email_key, bool(works), children.get(id_, ())
        )
        for id_, person, works in rows
    )


def _children(guardian_ids: Collection[int]) -> dict[int, tuple[ChildLine, ...]]:
    """Return guardians' children; ``others`` is empty if the child is closed to the guardian."""
    own, beside, other, person = (
        aliased(HouseholdGuardian),
        aliased(HouseholdGuardian),
        aliased(Guardian),
        aliased(Person),
    )
    together = (
        select(HouseholdStudent.student_id, own.guardian_id, name_of(person))
        .join(own, own.household_id == HouseholdStudent.household_id)
        .join(
            beside,
            and_(beside.household_id == own.household_id, beside.guardian_id != own.guardian_id),
        )
        .join(other, other.id == beside.guardian_id)
        .join(person, person.id == other.person_id)
        .where(own.guardian_id.in_(guardian_ids))
        .order_by(person.sort_key, other.id)
    )
    others: dict[tuple[int, int], list[str]] = {}
    for student_id, guardian_id, name in db.session.execute(together):
        others.setdefault((guardian_id, student_id), []).append(name.full)
    lines: dict[int, tuple[ChildLine, ...]] = {}
    for guardian_id, student_id, name in db.session.execute(
        select(Guardianship.guardian_id, Student.id, NAME)
        .join(Student, Student.id == Guardianship.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(Guardianship.guardian_id.in_(guardian_ids), Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key, Student.id)
    ):
        line = ChildLine(name.full, tuple(others.get((guardian_id, student_id), ())))
        lines[guardian_id] = (*lines.get(guardian_id, ()), line)
    return lines
