"""Mails about what a plan made of a family's requests: one to each person, only what changed.

Each describes the talks as they are when it is sent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.entries import talk_file
from app.bookings.mails.families import readers_of
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.i18n import known_language
from app.core.links import Page, endpoint_of
from app.core.transaction import transaction
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import Calendar, page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.school.queries import load_reader


class PlanNews(StrEnum):
    """What a plan did; outbox rows hold these values."""

    PLANNED = "planned"  # talks got a time, or another one
    WITHDRAWN = "withdrawn"  # the school took the plan back


TEMPLATES: Mapping[PlanNews, str] = {
    PlanNews.PLANNED: "talks_planned",
    PlanNews.WITHDRAWN: "talks_unplanned",
}


def promise(what: PlanNews, talks: Sequence[tuple[int, str]], *, now: datetime) -> None:
    """Promise a mail to each person who comes to some of these talks.

    They are booking ids, each with the time before (ISO 8601) or "" for a new one.
    """
    of_person: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    with transaction():
        for booking_id, old in talks:
            for person_id in readers_of(booking_id, now):
                of_person[person_id].append((booking_id, old))
        payloads = [
            {"what": what, "talks": theirs, "person_id": person_id}
            for person_id, theirs in sorted(of_person.items())
        ]
        outbox.enqueue_all(Promise.PLANNED_MAIL, payloads, now=now)


def send_one(
    what: PlanNews, talks: Sequence[tuple[int, str]], person_id: int, *, now: datetime
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
    if not ids:
        return
    reader = load_reader(person_id)
    with force_locale(known_language(reader.language)):
        theirs = talks_for_mail(ids, now=now, student_id=reader.student_id)
        calendar = Calendar(talk_file(theirs), f"{_('talks')}.ics")
    send_letter(
        TEMPLATES[PlanNews(what)],
        reader.email,
        reader.language,
        now=now,
        is_student=reader.is_student,
        new=[talk for talk in theirs if talk.booking_id not in old],
        moved=[talk for talk in theirs if talk.booking_id in old],
        old=old,
        page=page_url(endpoint_of(Page.OWN_TALKS)),
        calendar=calendar,
    )
