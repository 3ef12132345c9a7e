"""Shared steps to make one person of two: a teacher and a guardian, or two guardians."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.accounts.models import Account
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import policy
from app.bookings.merging import clashes
from app.core.access import Actor
from app.core.database import Base
from app.core.errors import DomainError
from app.extensions import db
from app.outbox import service as outbox
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.reading import NAME, grouped_names

MOST_CANDIDATES = 20
"""How many people to show at most who may be the same person."""

OWN_WAY = (Account.__tablename__, Guardian.__tablename__)
"""Tables whose rows each change handles itself."""


class NotJoinable(DomainError):
    """The two cannot be one person, or not yet."""


def refuse_clash(one: int, other: int, *, now: datetime) -> None:
    """Raise NotJoinable if the person would have to sit in two talks at the same time."""
    if clashes(one, other, now=now):
        raise NotJoinable(
            _("The two sit in talks at the same time. Move one of these talks first.")
        )


def rename(of: int, to: int) -> None:
    """Replace a person's id in every column of every table that refers to it.

    Mails that still have to go are readdressed as well.
    """
    for table in Base.metadata.sorted_tables:
        if table.name in OWN_WAY:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == Person.__tablename__:
                db.session.execute(
                    update(table).where(key.parent == of).values({key.parent.name: to})
                )
    outbox.readdress(of, to)


def names_of_children(guardian_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the guardians' children, by guardian."""
    return grouped_names(
        select(Guardianship.guardian_id, NAME)
        .join(Student, Student.id == Guardianship.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(Guardianship.guardian_id.in_(guardian_ids), Guardianship.ended_at.is_(None))
        .order_by(Person.sort_key)
    )


def record(
    actor: Actor,
    action: Action,
    guardian_id: int,
    people: tuple[int, int],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Log a change once per child of a guardian, or once if there is none."""
    students: Sequence[int | None] = db.session.scalars(
        select(Guardianship.student_id).where(
            Guardianship.guardian_id == guardian_id, Guardianship.ended_at.is_(None)
        )
    ).all()
    for student_id in students or [None]:
        audit.record(
            actor,
            action,
            now=now,
            role=policy.office_role(actor),
            student_id=student_id,
            guardian_id=guardian_id,
            people=people,
            reason=reason.strip(),
        )
