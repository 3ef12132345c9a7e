"""What stands in the calendar of a guardian or a student."""

from collections.abc import Sequence
from datetime import datetime

from app.accounts.feeds import Subscriber
from app.bookings import policy
from app.bookings.entries import entries_of
from app.bookings.talks import own_talks_since
from app.core.i18n import local_day
from app.core.ical import IcalEntry
from app.feeds.days import entries_of_days, kept_since
from app.rounds.models import RoundState
from app.rounds.queries import rounds_of_students
from app.school.queries import children_of


def family_entries(of: Subscriber, *, now: datetime) -> Sequence[IcalEntry]:
    """Return the talks of all children that the subscriber may see today, as the overview does."""
    children = children_of(of.actor, local_day(now))
    by_student = rounds_of_students([child.student_id for child in children])
    rounds = {r.id: r for of_student in by_student.values() for r in of_student}
    talks = [
        talk
        for talk in own_talks_since(children, kept_since(now), now=now)
        if talk.round_id in rounds
    ]
    shown = [
        round_
        for round_ in rounds.values()
        if round_.state is RoundState.PUBLISHED and policy.may_see(of.actor, round_.open_to, now)
    ]
    return [*entries_of(talks, of.school.name), *entries_of_days(of, shown)]
