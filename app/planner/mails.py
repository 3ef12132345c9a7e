"""Mails about what a plan made of a family's requests: one to each person, only what changed.

Each describes the talks as they are when it is sent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.availability import teachers_of
from app.bookings.entries import talk_file
from app.bookings.mails.families import readers_in, readers_of
from app.bookings.models import Booking, BookingRequest
from app.bookings.requests import load_waiting
from app.bookings.talks import talks_for_mail
from app.core.i18n import known_language
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import Calendar, page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.models import Student
from app.school.reading import load_reader, names_of


class PlanNews(StrEnum):
    """What a plan did; outbox rows hold these values."""

    PLANNED = "planned"  # talks got a time, or another one
    WITHDRAWN = "withdrawn"  # the school took the plan back


TEMPLATES: Mapping[PlanNews, str] = {
    PlanNews.PLANNED: "talks_planned",
    PlanNews.WITHDRAWN: "talks_unplanned",
}


def promise(
    what: PlanNews,
    talks: Sequence[tuple[int, str]],
    left: Sequence[int] = (),
    *,
    now: datetime,
) -> None:
    """Promise a mail to each person who comes to some of these talks, or asked for one that is left.

    Talks are booking ids, each with the time before (ISO 8601) or "" for a new one; ``left`` are
    ids of requests without a time.
    """
    of_person: defaultdict[int, dict[str, list[Any]]] = defaultdict(
        lambda: {"talks": [], "left": []}
    )
    with transaction():
        for booking_id, old in talks:
            for person_id in readers_of(booking_id, now):
                of_person[person_id]["talks"].append((booking_id, old))
        for request in load_waiting(left):
            for person_id in _readers(request, now):
                of_person[person_id]["left"].append(request.id)
        payloads = [
            {"what": what, "person_id": person_id, **theirs}
            for person_id, theirs in sorted(of_person.items())
        ]
        outbox.enqueue_all(Promise.PLANNED_MAIL, payloads, now=now)


def send_one(
    what: PlanNews,
    talks: Sequence[tuple[int, str]],
    left: Sequence[int],
    person_id: int,
    *,
    now: datetime,
) -> None:
    """Send one person the mail, but for talks that are gone since or no longer theirs."""
    old = {booking_id: datetime.fromisoformat(time) for booking_id, time in talks if time}
    live = Booking.cancelled_at.is_(None)
    ids = db.session.scalars(
        select(Booking.id).where(
            Booking.id.in_([booking_id for booking_id, _old in talks]),
            live if what == PlanNews.PLANNED else ~live | Booking.id.in_(old),
        )
    ).all()
    ids = [id_ for id_ in ids if person_id in readers_of(id_, now)]
    without = [it for it in load_waiting(left) if person_id in _readers(it, now)]
    if not ids and not without:
        return
    reader = load_reader(person_id)
    with force_locale(known_language(reader.language)):
        theirs = talks_for_mail(ids, now=now, student_id=reader.student_id)
        calendar = Calendar(talk_file(theirs), f"{_('talks')}.ics") if theirs else None
    send_letter(
        TEMPLATES[PlanNews(what)],
        reader.email,
        reader.language,
        now=now,
        is_student=reader.is_student,
        new=[talk for talk in theirs if talk.booking_id not in old],
        moved=[talk for talk in theirs if talk.booking_id in old],
        old=old,
        left=_named(without, is_self=reader.student_id is not None),
        page=page_url(endpoint_of(Page.OWN_TALKS)),
        asked=page_url(endpoint_of(Page.ASKED), round_id=without[0].round_id) if without else "",
        calendar=calendar,
    )


def _readers(request: BookingRequest, now: datetime) -> tuple[int, ...]:
    return readers_in(request.household_id, request.student_id, request.asked_by_id, now)


def _named(left: Sequence[BookingRequest], *, is_self: bool) -> Sequence[tuple[str, str]]:
    """Return the teacher and the child of each of these requests; a student knows who it is."""
    teachers = teachers_of({it.offer_id for it in left})
    children = {} if is_self else names_of(Student, [it.student_id for it in left])
    return [(teachers.get(it.offer_id, ""), children.get(it.student_id, "")) for it in left]
