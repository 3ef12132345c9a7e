"""Mails about talks, to everybody of the household who has an address.

Each is sent by the outbox, with the talk as it is at that moment: a booking that was
cancelled before its mail left is not confirmed any more. No subject names a child.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import select

from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.extensions import db
from app.mail.message import address_of, compose
from app.mail.sender import send
from app.school.models import Guardian, Guardianship, HouseholdGuardian, Person, Student
from app.school.queries import is_open
from app.settings.queries import load_school


@dataclass(frozen=True)
class Reader:
    """Somebody who gets the mail."""

    email: str
    language: str


def send_booked(booking_ids: Sequence[int], *, now: datetime) -> None:
    """Confirm the talks of one form in one mail."""
    live = db.session.scalars(
        select(Booking.id).where(Booking.id.in_(booking_ids), Booking.cancelled_at.is_(None))
    ).all()
    _send("talks_booked", live, now)


def send_moved(booking_id: int, old: datetime, *, now: datetime) -> None:
    """Tell the new time of a talk, and the old one that is over."""
    live = db.session.scalars(
        select(Booking.id).where(Booking.id == booking_id, Booking.cancelled_at.is_(None))
    ).all()
    _send("talk_moved", live, now, old=old)


def send_cancelled(booking_id: int, *, now: datetime) -> None:
    """Tell that a talk is cancelled."""
    _send("talk_cancelled", [booking_id], now)


def _send(
    template: str, booking_ids: Collection[int], now: datetime, old: datetime | None = None
) -> None:
    if not booking_ids:
        return
    readers = _readers(min(booking_ids), now)
    school = load_school()
    mails = []
    for reader in readers:
        with force_locale(reader.language):
            talks = talks_for_mail(booking_ids, now=now)
        mails.append(
            compose(
                template,
                reader.email,
                language=reader.language,
                sender_name=school.name,
                now=now,
                school=school,
                talks=talks,
                page=address_of("bookings.overview"),
                old=old,
            )
        )
    db.session.rollback()  # nothing stays open while a mail server takes its time
    for mail in mails:
        send(mail)


def _readers(booking_id: int, now: datetime) -> tuple[Reader, ...]:
    """Return the guardians of the talk's household, or the student where it comes alone."""
    household_id, student_id = db.session.execute(
        select(Booking.household_id, Booking.student_id).where(Booking.id == booking_id)
    ).one()
    people = select(Person.email, Person.email_key, Person.language).where(
        Person.ended_on.is_(None), Person.email != ""
    )
    if household_id is None:
        people = people.join(Student, Student.person_id == Person.id).where(
            Student.id == student_id
        )
    else:
        people = (
            people.join(Guardian, Guardian.person_id == Person.id)
            .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
            .join(Guardianship, Guardianship.guardian_id == Guardian.id)
            .join(Student, Student.id == Guardianship.student_id)
            .where(
                HouseholdGuardian.household_id == household_id,
                Guardianship.student_id == student_id,
                is_open(now.date()),
            )
        )
    rows = db.session.execute(people.order_by(Person.id)).all()
    # Guardians who share one mailbox get one mail.
    return tuple({row.email_key: Reader(row.email, row.language) for row in rows}.values())
