"""Mails when a student of 18 has talks alone from now on: to the student, and to who no longer comes.

A guardian who had written the evening down would otherwise come, and find the talk not theirs. The
mail to a guardian names no talk: what the student does with them is no longer theirs to know.
"""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import exists, select

from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.i18n import known_language, local_day
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.age import is_closed_by_age, opened_on
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.queries import children_named


def promise(student_id: int, people: Iterable[int], *, now: datetime) -> None:
    """Promise the student and these people, who came along until now, a mail each."""
    with transaction():
        for person_id in sorted(people):
            payload = {"student_id": student_id, "person_id": person_id}
            outbox.enqueue(Promise.GROWN_MAIL, payload, now=now)


def send_one(student_id: int, person_id: int, *, now: datetime) -> None:
    """Send the student or one guardian the mail, unless the student has let a guardian in since."""
    reader = db.session.execute(
        select(Person.email, Person.reads().label("reads"), Student.id.label("student_id"))
        .outerjoin(Student, Student.person_id == Person.id)
        .where(Person.id == person_id, Person.ended_on.is_(None), Person.email != "")
    ).first()
    if reader is None:
        return
    is_student = reader.student_id == student_id
    if not _is_closed(student_id, None if is_student else person_id, now):
        return
    (child,) = children_named([student_id])
    with force_locale(known_language(reader.reads)):
        talks = talks_for_mail(_own(student_id, now), now=now, student_id=student_id)
    if is_student and not talks:
        return
    send_letter(
        "talks_own" if is_student else "talks_of_grown",
        reader.email,
        reader.reads,
        now=now,
        is_student=is_student,
        page=page_url(endpoint_of(Page.OWN_TALKS)),
        **({"talks": talks} if is_student else {"child": child.full_name}),
    )


def _is_closed(student_id: int, person_id: int | None, now: datetime) -> bool:
    """Whether the student's age alone keeps this person, or any guardian, from the talks."""
    whose = () if person_id is None else (Guardian.person_id == person_id,)
    closed = exists(
        select(Guardianship.guardian_id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Student, Student.id == Guardianship.student_id)
        .where(Student.id == student_id, is_closed_by_age(Student, Guardianship), *whose)
    )
    return bool(db.session.scalar(select(closed), opened_on(local_day(now))))


def _own(student_id: int, now: datetime) -> list[int]:
    return list(
        db.session.scalars(
            select(Booking.id).where(
                Booking.student_id == student_id,
                Booking.household_id.is_(None),
                Booking.published_at.is_not(None),
                Booking.cancelled_at.is_(None),
                Booking.starts_at > now,
            )
        )
    )
