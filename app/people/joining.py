"""Make one person of a teacher and a guardian: a teacher who is also a parent at the school."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from app.accounts.models import Account
from app.accounts.service import end_access
from app.audit.actions import Action
from app.bookings import claims
from app.bookings.merging import take_place
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.people.one_person import (
    MOST_CANDIDATES,
    names_of_children,
    record,
    refuse_clash,
    rename,
)
from app.school.models import Guardian, Person, Teacher


@dataclass(frozen=True)
class JoinCandidate:
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
    candidates: tuple[JoinCandidate, ...]


def load_join(teacher_id: int) -> JoinPage:
    """Return guardians who may be this teacher. Raises NotFoundError if the teacher is joined."""
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
    children = names_of_children([guardian_id for _person, guardian_id in rows])
    return JoinPage(
        teacher_id,
        teacher.full_name,
        tuple(
            JoinCandidate(
                person.id,
                person.full_name,
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
    """Make one person of a guardian and a teacher; the teacher's name and mail address are kept.

    Talks, claims and everything else that referred to the guardian's person now refer to the
    teacher's; both must sign in again. Raises NotFoundError if the actor is no administrator, and
    NotJoinable if the two sit in talks at the same time.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        whose = select(Teacher.person_id).where(Teacher.id == teacher_id)
        kept = found(db.session.scalar(whose))
        claims.lock_all(set(), set(), {kept, person_id})
        allowed = {candidate.person_id for candidate in load_join(teacher_id).candidates}
        if person_id not in allowed:
            raise NotFoundError
        refuse_clash(kept, person_id, now=now)
        guardian = db.session.scalars(select(Guardian).where(Guardian.person_id == person_id)).one()
        end_access([kept, person_id], now=now)
        _hand_over_account(person_id, kept, now)
        take_place(person_id, kept)
        rename(person_id, kept)
        guardian.person_id, guardian.former_person_id = kept, person_id
        db.session.flush()
        db.session.execute(
            update(Person).where(Person.id == person_id).values(ended_on=local_day(now))
        )
        db.session.expire_all()
        record(actor, Action.FAMILY_JOINED, guardian.id, (kept, person_id), reason=reason, now=now)


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
