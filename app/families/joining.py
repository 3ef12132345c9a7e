"""Saying that two people are one: a teacher who is also a parent of the school."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Table, and_, or_, select, update
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.accounts.service import end_access
from app.audit import service as audit
from app.bookings import claims, policy
from app.bookings.models import Claim
from app.core.access import Actor, Role
from app.core.database import Base
from app.core.errors import DomainError, NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.names import full_name

MOST_CANDIDATES = 20


class NotJoinable(DomainError):
    """The two cannot be one person, or not yet."""


@dataclass(frozen=True)
class Candidate:
    """A guardian who could be this teacher."""

    person_id: int
    name: str
    same_mail: bool
    children: tuple[str, ...]


@dataclass(frozen=True)
class JoinPage:
    """A teacher, and the guardians with the same name or mail address."""

    teacher_id: int
    name: str
    candidates: tuple[Candidate, ...]


def load_join(teacher_id: int) -> JoinPage:
    """Return who could be the same person as a teacher. Raises NotFoundError where one is joined."""
    teacher = found(
        db.session.scalars(
            select(Person)
            .join(Teacher, Teacher.person_id == Person.id)
            .outerjoin(Guardian, Guardian.person_id == Person.id)
            .where(Teacher.id == teacher_id, Teacher.ended_on.is_(None), Guardian.id.is_(None))
        ).one_or_none()
    )
    rows = db.session.execute(
        select(Person, Guardian.id)
        .join(Guardian, Guardian.person_id == Person.id)
        .outerjoin(Teacher, Teacher.person_id == Person.id)
        .where(
            Guardian.ended_on.is_(None),
            Teacher.id.is_(None),
            or_(
                Person.sort_key == teacher.sort_key,
                and_(Person.email_key != "", Person.email_key == teacher.email_key),
            ),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_CANDIDATES)
    ).all()
    children = _children([guardian_id for _person, guardian_id in rows])
    return JoinPage(
        teacher_id,
        _name(teacher),
        tuple(
            Candidate(
                person.id,
                _name(person),
                bool(person.email_key) and person.email_key == teacher.email_key,
                tuple(children.get(guardian_id, ())),
            )
            for person, guardian_id in rows
        ),
    )


@retry_deadlock
def join_people(
    actor: Actor, teacher_id: int, person_id: int, *, reason: str, now: datetime
) -> None:
    """Make a guardian and a teacher one person, who keeps the teacher's name and mail address.

    Talks, claims and all else that named the guardian's person names the teacher's from now on;
    both sign in anew. Raises NotFoundError for anybody but an administrator, and NotJoinable
    where the two sit in talks at the same time.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        allowed = {candidate.person_id for candidate in load_join(teacher_id).candidates}
        if person_id not in allowed:
            raise NotFoundError
        kept = db.session.scalars(select(Teacher.person_id).where(Teacher.id == teacher_id)).one()
        claims.lock_all(set(), set(), {kept, person_id})
        _refuse_clash(kept, person_id)
        guardian_id = db.session.scalars(
            select(Guardian.id).where(Guardian.person_id == person_id)
        ).one()
        end_access([kept, person_id], now=now)
        _hand_over_account(person_id, kept, now)
        db.session.execute(
            update(Claim)
            .where(Claim.kind == "person", Claim.resource_id == person_id)
            .values(resource_id=kept)
        )
        for table, column in _references():
            db.session.execute(
                update(table).where(table.c[column] == person_id).values({column: kept})
            )
        db.session.execute(
            update(Person).where(Person.id == person_id).values(ended_on=local_day(now))
        )
        db.session.expire_all()
        _record(actor, guardian_id, (kept, person_id), reason.strip(), now)


def _references() -> list[tuple[Table, str]]:
    """Return every column that names a person, whichever tables there are; accounts go their own way."""
    return [
        (table, key.parent.name)
        for table in Base.metadata.sorted_tables
        if table.name != Account.__tablename__
        for key in table.foreign_keys
        if key.column.table.name == Person.__tablename__
    ]


def _refuse_clash(kept: int, joined: int) -> None:
    other = aliased(Claim)
    clash = db.session.scalar(
        select(Claim.id)
        .join(other, and_(other.kind == Claim.kind, other.tick == Claim.tick))
        .where(Claim.kind == "person", Claim.resource_id == kept, other.resource_id == joined)
        .limit(1)
    )
    if clash is not None:
        raise NotJoinable(
            _("The teacher and the parent sit in talks at the same time. Move one of them first.")
        )


def _hand_over_account(joined: int, kept: int, now: datetime) -> None:
    account = db.session.scalar(select(Account).where(Account.person_id == joined))
    if account is None:
        return
    own = db.session.scalar(select(Account).where(Account.person_id == kept))
    if own is None:
        account.person_id = kept
    else:
        own.administrator = own.administrator or account.administrator
        own.scheduler = own.scheduler or account.scheduler
        account.closed_at = now
    db.session.flush()


def _children(guardian_ids: list[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for guardian_id, *name in db.session.execute(
        select(Guardianship.guardian_id, Person.given_name, Person.prefix, Person.family_name)
        .join(Student, Student.id == Guardianship.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(Guardianship.guardian_id.in_(guardian_ids), Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key)
    ):
        names.setdefault(guardian_id, []).append(full_name(*name))
    return names


def _name(person: Person) -> str:
    return full_name(person.given_name, person.prefix, person.family_name)


def _record(
    actor: Actor, guardian_id: int, people: tuple[int, int], reason: str, now: datetime
) -> None:
    students = db.session.scalars(
        select(Guardianship.student_id).where(
            Guardianship.guardian_id == guardian_id, Guardianship.ended_at.is_(None)
        )
    ).all()
    for student_id in students:  # a guardian without a child has ended, and is no candidate
        audit.record(
            actor,
            "family.joined",
            now=now,
            role=policy.office_role(actor),
            student_id=student_id,
            guardian_id=guardian_id,
            people=people,
            reason=reason,
        )
