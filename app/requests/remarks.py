"""Put the talks that a family asks for in order, and keep a remark for the teacher with each."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select

from app.audit.actions import Action
from app.bookings import requests
from app.bookings.attendees import GuardiansApart
from app.bookings.changes import ChangedBy
from app.bookings.models import BookingRequest
from app.bookings.remarks import refuse_long
from app.core.access import Actor
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.asking import NoRequests, asking_round, family_of
from app.requests.changes import record
from app.requests.wishes import children_asking, lock_own


@retry_deadlock
def save(
    actor: Actor,
    round_id: int,
    remarks: Mapping[int, str],
    *,
    shown: Mapping[int, str] = MappingProxyType({}),
    up: int | None = None,
    now: datetime,
) -> None:
    """Keep these remarks, by request id, and move the request ``up`` one place up.

    Remarks that are as the page had ``shown`` them stay as they are by now: the other parent may
    have changed them meanwhile.
    Requests that are not the family's, or not open any more, are left out. Raises NotFoundError,
    RoundClosed and RemarkTooLong.
    """
    for text in remarks.values():
        refuse_long(text)
    by = ChangedBy.family(actor)
    with transaction():
        lock_own(actor, now)
        round_ = asking_round(actor, round_id, now)
        for child in children_asking(actor, round_, now):
            try:
                household_id = family_of(round_, child)
            except (GuardiansApart, NoRequests):
                continue  # another child may be asked for all the same
            own = db.session.scalars(
                select(BookingRequest)
                .where(
                    BookingRequest.round_id == round_.id,
                    BookingRequest.student_id == child.student_id,
                    BookingRequest.household_id.is_not_distinct_from(household_id),
                    requests.is_open(),
                )
                .order_by(BookingRequest.position, BookingRequest.id)
            ).all()
            for row in own:
                text = remarks.get(row.id, row.remark) if round_.teacher_remarks else row.remark
                if text not in {row.remark, shown.get(row.id)}:
                    row.remark, row.changed_at = text, now
                    record(by, Action.REQUEST_REMARKED, row, now=now)
            if any(row.id == up for row in own):
                _move_up(by, list(own), up, now)


def _move_up(by: ChangedBy, own: list[BookingRequest], up: int | None, now: datetime) -> None:
    index = [row.id for row in own].index(up or 0)
    if index:
        own[index - 1], own[index] = own[index], own[index - 1]
        record(by, Action.REQUEST_ORDERED, own[index - 1], now=now)
    for position, row in enumerate(own):
        if row.position != position:
            row.position, row.changed_at = position, now
