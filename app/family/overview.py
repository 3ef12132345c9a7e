"""The family's overview: the talks of all its children, and the rounds they can book in."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from app.bookings import policy
from app.bookings.calling_off.queries import own_unanswered
from app.bookings.cells import Talk
from app.bookings.talks import own_talks
from app.core.access import Actor
from app.core.i18n import local_day, zone
from app.requests.queries import count_asked, may_ask
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase
from app.rounds.queries import rounds_of_students
from app.school.queries import Child, children_and_grown


@dataclass(frozen=True)
class OverviewEvening:
    """The family's talks of one evening."""

    round: RoundInfo
    day: date
    talks: tuple[Talk, ...]


@dataclass(frozen=True)
class RoundCard:
    """A round in which the family's children take part."""

    round: RoundInfo
    phase: Phase
    children: tuple[tuple[Child, int], ...]  # each with the number of talks booked
    may_book: bool
    may_ask: bool  # for talks without a time, for any of its children
    asked: int  # talks asked for without a time


@dataclass(frozen=True)
class Overview:
    """Everything a family has, across all children and evenings."""

    rounds: tuple[RoundCard, ...]
    evenings: tuple[OverviewEvening, ...]
    past: tuple[OverviewEvening, ...]
    called_off: tuple[Talk, ...]  # by the school, and not yet answered by the family
    has_grown: bool  # a child decided, by turning 18, that this guardian sees nothing


def load_overview(actor: Actor, *, now: datetime) -> Overview:
    """Return the talks of all the family's children, and the rounds in which they can book more."""
    children, has_grown = children_and_grown(actor, local_day(now))
    talks = own_talks(children, now=now)
    by_student = rounds_of_students([child.student_id for child in children])
    rounds = {r.id: r for of_student in by_student.values() for r in of_student}
    evenings = tuple(
        OverviewEvening(rounds[round_id], day, tuple(of_evening))
        for (_evening, round_id, day), of_evening in groupby(
            (talk for talk in talks if talk.round_id in rounds),
            key=lambda t: (t.evening_id, t.round_id, t.starts_at.astimezone(zone()).date()),
        )
    )
    asked = count_asked(children, [round_ for round_ in rounds.values() if round_.takes_requests])
    cards = tuple(
        RoundCard(
            round_,
            round_.phase(now),
            tuple(
                (child, sum(t.child == child and t.round_id == round_.id for t in talks))
                for child in children
                if round_ in by_student[child.student_id]
            ),
            policy.may_book_in(actor, round_.open_to, now),
            round_.takes_requests
            and may_ask(round_, [it for it in children if round_ in by_student[it.student_id]]),
            asked.get(round_.id, 0),
        )
        for round_ in sorted(rounds.values(), key=lambda r: (r.days, r.id))
        if round_.phase(now) in {Phase.ANNOUNCED, Phase.OPEN, Phase.CLOSED}
        and local_day(now) <= max(round_.days, default=local_day(now))
        and policy.may_see(actor, round_.open_to, now)
    )
    return Overview(
        cards,
        tuple(e for e in evenings if e.day >= local_day(now)),
        tuple(e for e in reversed(evenings) if e.day < local_day(now)),
        own_unanswered(children, now=now),
        has_grown,
    )
