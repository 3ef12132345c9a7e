"""A family's own talks as entries of its calendar: in files, mails and feeds alike.

An entry has no remark, and no names but the teacher's, the child's, and of who comes if not all of
the family do. It is the same one wherever it comes from, by its UID, so a calendar that gets it
twice shows it once.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.core.i18n import zone
from app.core.ical import IcalEntry, file_of, whole_uid
from app.extensions import db
from app.rounds.models import Modality
from app.settings.queries import load_school

_DATES = select(
    Booking.id, Booking.uid, Booking.sequence, Booking.booked_at, Booking.changed_at
).order_by(Booking.id)


def talk_file(talks: Sequence[Talk]) -> bytes:
    """Return own talks as one .ics file; those that were cancelled as such."""
    return file_of(entries_of(talks, load_school().name), zone())


def entries_of(talks: Sequence[Talk], school: str) -> list[IcalEntry]:
    """Return the entries of own talks, live and cancelled, in their order."""
    ids = [talk.booking_id for talk in talks]
    dates = {row.id: row for row in db.session.execute(_DATES.where(Booking.id.in_(ids)))}
    return [
        IcalEntry(
            uid=whole_uid(dates[talk.booking_id].uid),
            starts_at=talk.starts_at,
            ends_at=talk.ends_at,
            summary=_summary(talk),
            created_at=dates[talk.booking_id].booked_at,
            changed_at=dates[talk.booking_id].changed_at,
            sequence=dates[talk.booking_id].sequence,
            location=", ".join(filter(None, _where(talk, school))),
            description=" ".join(filter(None, (f"{talk.round_name}.", talk.subjects, _who(talk)))),
            link=talk.link,
            is_cancelled=talk.cancelled,
        )
        for talk in talks
    ]


def _summary(talk: Talk) -> str:
    if talk.child.is_self:
        return _("Talk with %(teacher)s", teacher=talk.teacher)
    return _("Talk about %(child)s: %(teacher)s", child=talk.child.given_name, teacher=talk.teacher)


def _who(talk: Talk) -> str:
    return f"({talk.who})" if talk.who else ""


def _where(talk: Talk, school: str) -> tuple[str, ...]:
    return (talk.room, school) if talk.modality is Modality.SITE else (talk.link or talk.place,)
