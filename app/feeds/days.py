"""What stands in a feed besides talks, so that it is never empty.

Programs drop a talk that a feed has no longer, but some take a feed without anything for a fault
and change nothing: so the last talk would stay. That is also why cancelled talks remain a while.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _

from app.accounts.feeds import Subscriber
from app.core.i18n import local_day, zone
from app.core.ical import IcalEntry, whole_uid
from app.rounds.info import RoundInfo
from app.rounds.queries import evenings_of

CANCELLED_KEPT = timedelta(days=14)


def kept_since(now: datetime) -> datetime:
    """Return the moment since which cancelled talks are shown; the same one all day."""
    return datetime.combine(local_day(now) - CANCELLED_KEPT, time(), zone())


def entries_of_days(of: Subscriber, rounds: Iterable[RoundInfo]) -> list[IcalEntry]:
    """Return the evenings of rounds, which take nobody's time; or the day of the address."""
    days = [
        _day(of, f"evening-{evening.id}", evening.day, round_.name)
        for round_ in rounds
        for evening in evenings_of(round_)
        if evening.slots  # else the office removed it
    ]
    title = _("Talks at %(school)s", school=of.school.name)
    return days or [_day(of, f"address-{of.address_id}", local_day(of.made_at), title)]


def _day(of: Subscriber, uid: str, day: date, summary: str) -> IcalEntry:
    return IcalEntry(
        uid=whole_uid(uid),
        starts_at=day,
        ends_at=day + timedelta(days=1),
        summary=summary,
        created_at=of.made_at,
        changed_at=of.made_at,
        is_busy=False,
    )
