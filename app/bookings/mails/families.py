"""Mails about talks to everybody in the household who has a mail address.

A promise about talks becomes one promise per recipient, so that one bad address blocks nobody
else. Each mail describes the talk as it is when it is sent: a booking that was cancelled before
is no longer confirmed. No subject names a child. One file holds the talks for the own calendar,
or takes them out of it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, func, select, true

from app.bookings.calling_off.queries import reasons
from app.bookings.entries import talk_file
from app.bookings.links import digest_of
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.i18n import known_language, local_day
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import Calendar, page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.age import is_open
from app.school.models import Guardian, Guardianship, HouseholdGuardian, Person, Student
from app.school.reading import load_reader


class News(StrEnum):
    """What a mail tells about talks; outbox rows hold these values."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    SWITCHED = "switched"
    CALLED_OFF = "called_off"
    LINK = "link"  # of an online talk, once there is one


TEMPLATES: Mapping[str, str] = {
    News.BOOKED: "talks_booked",
    News.MOVED: "talk_moved",
    News.CANCELLED: "talk_cancelled",
    News.SWITCHED: "talk_switched",
    News.CALLED_OFF: "talk_called_off",
    News.LINK: "talk_link",
}
GONE = {News.CANCELLED, News.CALLED_OFF}


def promise(
    what: News,
    booking_ids: Sequence[int],
    old: str = "",
    *,
    sequence: int | None = None,
    link: str = "",
    told: Collection[int] = (),
    now: datetime,
) -> None:
    """Promise one mail to each recipient. All talks belong to one form, so to one household.

    ``old`` is the time before a move (ISO 8601), ``link`` the digest of the link to be told; whoever
    is ``told`` by another mail (person ids) gets none. With the ``sequence`` of a talk its mail is
    for nobody once the talk has changed again, which another mail tells.
    """
    with transaction():
        for person_id in readers_of(min(booking_ids), now):
            if person_id in told:
                continue
            payload = {
                "what": what,
                "booking_ids": list(booking_ids),
                "person_id": person_id,
                "old": old,
                **({"sequence": sequence} if sequence is not None else {}),
            }
            if link:
                payload["link"] = link
            outbox.enqueue(Promise.FAMILY_MAIL, payload, now=now)


def readers_with_mail(booking_id: int, now: datetime) -> tuple[int, ...]:
    """Return the recipients for whom a mail about the talk has not left: it will say what is new.

    One about a link is not meant: it is not sent once the talk has another.
    """
    unsent = outbox.waiting(Promise.FAMILY_MAIL, "person_id", readers_of(booking_id, now))
    return tuple(
        mail.payload["person_id"]
        for mail in unsent
        if booking_id in mail.payload["booking_ids"]
        and mail.payload["what"] not in GONE | {News.LINK}
    )


def send_one(
    what: str,
    booking_ids: Sequence[int],
    person_id: int,
    old: str = "",
    *,
    sequence: int | None = None,
    link: str = "",
    now: datetime,
) -> None:
    """Send one recipient the mail, unless the talks are gone or no longer theirs."""
    about = Booking.id.in_(booking_ids)
    stands = Booking.cancelled_at.is_not(None) if what in GONE else Booking.cancelled_at.is_(None)
    same = Booking.sequence == sequence if sequence is not None else true()
    ids = db.session.scalars(select(Booking.id).where(about, stands, same)).all()
    if not ids or person_id not in readers_of(min(ids), now):
        return
    reader = load_reader(person_id)
    with force_locale(known_language(reader.language)):
        talks = talks_for_mail(ids, now=now, student_id=reader.student_id)
        reason = reasons(ids).get(min(ids), "") if what == News.CALLED_OFF else ""
        filename = _("talk") if len(talks) == 1 else _("talks")
        calendar = Calendar(talk_file(talks), f"{filename}.ics")
    if what == News.LINK and digest_of(talks[0].link) != link:
        return  # it has another one since, which has a mail of its own
    send_letter(
        TEMPLATES[what],
        reader.email,
        reader.language,
        now=now,
        is_student=reader.is_student,
        talks=talks,
        page=_page(what, ids),
        reason=reason,
        old=datetime.fromisoformat(old) if old else None,
        calendar=calendar,
    )


def _page(what: str, booking_ids: Sequence[int]) -> str:
    if what == News.CALLED_OFF:
        return page_url(endpoint_of(Page.ALTERNATIVES), booking_id=min(booking_ids))
    return page_url(endpoint_of(Page.OWN_TALKS))


def readers_of(booking_id: int, now: datetime) -> tuple[int, ...]:
    """Return the recipients: the guardians in the talk's household who may see the child.

    The student if they come alone; the booker (student) if nobody else can be reached.
    """
    booking = db.session.execute(
        select(Booking.household_id, Booking.student_id, Booking.booked_by_id).where(
            Booking.id == booking_id
        )
    ).one()
    return readers_in(booking.household_id, booking.student_id, booking.booked_by_id, now)


def readers_in(
    household_id: int | None, student_id: int, by_id: int | None, now: datetime
) -> tuple[int, ...]:
    """Return the recipients of what concerns a household's talks about a student; ``readers_of``."""
    student = (
        _people()
        .join(Student, Student.person_id == Person.id)
        .where(Student.id == student_id, Student.ended_on.is_(None))
    )
    guardians = (
        _people()
        .join(Guardian, Guardian.person_id == Person.id)
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Student, Student.id == Guardianship.student_id)
        .where(
            HouseholdGuardian.household_id == household_id,
            Guardianship.student_id == student_id,
            is_open(local_day(now)),
        )
    )
    rows = db.session.execute(student if household_id is None else guardians).all()
    if not rows:
        rows = db.session.execute(student.where(Person.id == by_id)).all()
    readers: dict[str, int] = {}
    for row in rows:  # guardians who share one mailbox get one mail
        readers.setdefault(row.email_key, row.id)
    return tuple(readers.values())


def count_mails(booking_ids: Collection[int], now: datetime) -> Mapping[int, int]:
    """Return how many recipients, as in ``readers_of``, each of these talks has.

    Leaves out talks that were never published, about which nobody is told.
    """
    told = select(Booking.id, func.count(Person.email_key.distinct())).where(
        Booking.id.in_(booking_ids),
        Booking.published_at.is_not(None),
        Person.ended_on.is_(None),
        Person.email != "",
    )
    guardians = (
        told.join(Student, Student.id == Booking.student_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == Booking.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .join(
            Guardianship,
            (Guardianship.guardian_id == Guardian.id) & (Guardianship.student_id == Student.id),
        )
        .where(is_open(local_day(now)))
    )
    student = (
        told.join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .where(
            Student.ended_on.is_(None),
            Booking.household_id.is_(None) | (Booking.booked_by_id == Person.id),
        )
    )
    # As there: the student who booked is told if nobody else can be.
    return {
        booking_id: number
        for query in (student, guardians)
        for booking_id, number in db.session.execute(query.group_by(Booking.id)).all()
    }


def _people() -> Select[int, str]:
    return (
        select(Person.id, Person.email_key)
        .where(Person.ended_on.is_(None), Person.email != "")
        .order_by(Person.id)
    )
