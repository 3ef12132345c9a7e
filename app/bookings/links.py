"""The link of an online talk, which comes after the booking."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from app.bookings.guards import lock_talk
from app.core.transaction import transaction
from app.outbox import service as outbox
from app.outbox.kinds import Promise


def set_link(
    booking_id: int, link: str, *, was: str, told: Collection[int] = (), now: datetime
) -> None:
    """Store the link under which a talk is held; "" if it lost the one that it had (``was``).

    Everybody's tables see it, and the family gets one mail about each new link, but those who are
    ``told`` by another one (person ids). A talk that was cancelled meanwhile only loses its link.
    """
    with transaction():
        talk = lock_talk(booking_id)
        new = link if talk.cancelled_at is None else ""
        if talk.link == new or (not link and talk.link != was):
            return
        talk.link = new
        talk.changed_at = now  # for calendars, in which the link stands
        if new:
            payload = {"booking_id": booking_id, "link": digest_of(new), "told": sorted(told)}
            outbox.enqueue(Promise.LINK_CAME, payload, now=now)


def digest_of(link: str) -> str:
    """Return what tells one link from another, and lets nobody in."""
    return hashlib.sha256(link.encode()).hexdigest()[:16]
