"""Mails to guardians who were set apart or put together again, if their talks changed with it.

Each mail says what became of the recipient's own talks, and nothing of the other guardian: no
name, no time, no reason. It describes the state when it is sent, and is not sent if the guardians
were regrouped again in the meantime.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import select

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
from app.rounds.models import OpenTo, Participants
from app.rounds.phases import Phase
from app.rounds.queries import rounds_of_student
from app.school.age import is_open
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from app.school.queries import children_named


@dataclass(frozen=True)
class _Reader:
    """A guardian of the child, with the present household, mail address and language."""

    household_id: int
    apart: bool
    email: str
    language: str


def promise(student_id: int, lost: Mapping[int, Sequence[int]], *, now: datetime) -> None:
    """Promise each of these people a mail; ``lost`` holds the booking ids that each lost."""
    with transaction():
        for person_id, booking_ids in sorted(lost.items()):
            reader = _reader(student_id, person_id, now)
            if reader is not None:
                payload = {
                    "student_id": student_id,
                    "person_id": person_id,
                    "apart": reader.apart,
                    "lost": list(booking_ids),
                }
                outbox.enqueue(Promise.REGROUPED_MAIL, payload, now=now)


def send_one(
    student_id: int, person_id: int, lost: Sequence[int], *, apart: bool, now: datetime
) -> None:
    """Send one guardian the mail, unless it is no longer true."""
    reader = _reader(student_id, person_id, now)
    if reader is None or reader.apart != apart:
        return
    (child,) = children_named([student_id])
    with force_locale(known_language(reader.language)):
        talks = talks_for_mail(_own(student_id, reader.household_id, now), now=now)
        # Apart, a lost talk is now the other guardian's: say only that there was one.
        cancelled = () if apart else talks_for_mail(_cancelled(lost), now=now)
    send_letter(
        "talks_apart" if apart else "talks_together",
        reader.email,
        reader.language,
        now=now,
        child=child.full_name,
        talks=talks if apart else cancelled,
        has_lost=bool(lost),
        may_choose=_may_choose(student_id, now),
        page=page_url(endpoint_of(Page.OWN_TALKS)),
    )


def _reader(student_id: int, person_id: int, now: datetime) -> _Reader | None:
    row = db.session.execute(
        select(HouseholdStudent.household_id, Student.apart, Person.email, Person.reads())
        .join(Student, Student.id == HouseholdStudent.student_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == HouseholdStudent.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .join(
            Guardianship,
            (Guardianship.guardian_id == Guardian.id) & (Guardianship.student_id == Student.id),
        )
        .where(
            Student.id == student_id,
            Person.id == person_id,
            Person.ended_on.is_(None),
            Person.email != "",
            is_open(local_day(now)),
        )
    ).first()
    return _Reader(*row) if row else None


def _own(student_id: int, household_id: int, now: datetime) -> Sequence[int]:
    return db.session.scalars(
        select(Booking.id).where(
            Booking.student_id == student_id,
            Booking.household_id == household_id,
            Booking.published_at.is_not(None),
            Booking.cancelled_at.is_(None),
            Booking.starts_at > now,
        )
    ).all()


def _cancelled(booking_ids: Sequence[int]) -> Sequence[int]:
    return db.session.scalars(
        select(Booking.id).where(Booking.id.in_(booking_ids), Booking.cancelled_at.is_not(None))
    ).all()


def _may_choose(student_id: int, now: datetime) -> bool:
    return any(
        round_.phase(now) is Phase.OPEN
        and round_.participants is not Participants.STUDENT
        and round_.open_to is not OpenTo.STUDENTS
        for round_ in rounds_of_student(student_id)
    )
