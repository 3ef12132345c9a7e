"""Give a student the new number from the school's administration."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import claims, policy
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError, found
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import Student


class NumberTaken(DomainError):
    """Another student has, or had, this number."""


def change_number(
    actor: Actor, student_id: int, number: str, *, reason: str, now: datetime
) -> None:
    """Change the number by which imports identify a student; everything else stays.

    An import proposes this if name, birth date and a guardian match, and holds both rows back
    until it is done. Raises NotFoundError if the actor is no administrator, and NumberTaken.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        claims.lock_child(student_id)  # an import compares numbers before it writes
        student = found(db.session.get(Student, student_id, with_for_update=True))
        taken = db.session.scalar(
            select(
                exists().where(
                    Student.source == student.source,
                    Student.source_id == number,
                    Student.id != student_id,
                )
            )
        )
        if student.ended_on is not None:
            raise NotFoundError
        if student.number == student.source_id == number:
            return  # sent twice
        if taken:
            raise NumberTaken(
                _(
                    "Another student has this number, or had it. Numbers of two students "
                    "cannot be joined here."
                )
            )
        before, student.source_id, student.number = student.number, number, number
        audit.record(
            actor,
            Action.FAMILY_RENUMBERED,
            now=now,
            role=policy.office_role(actor),
            student_id=student_id,
            before=before,
            after=number,
            reason=reason.strip(),
        )
