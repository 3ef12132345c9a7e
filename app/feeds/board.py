"""A teacher's own list as a page within another site: the talks of the next evening."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.accounts.feeds import Subscriber
from app.core.i18n import local_day
from app.feeds.taught import TaughtTalk, rounds_of_teacher, taught_talks
from app.rounds.queries import evenings_of


@dataclass(frozen=True)
class Board:
    """The talks of one day; no day if no evening is to come."""

    day: date | None
    talks: Sequence[TaughtTalk] = ()


def load_board(of: Subscriber, *, now: datetime) -> Board:
    """Return the talks of today, or of the first evening to come."""
    teacher_id = of.actor.teacher_id or 0
    talks = [talk for talk in taught_talks(teacher_id, now) if not talk.is_cancelled]
    days = {local_day(talk.starts_at) for talk in talks} | {
        evening.day
        for round_ in rounds_of_teacher(teacher_id)
        for evening in evenings_of(round_)
        if evening.slots
    }
    day = min((it for it in days if it >= local_day(now)), default=None)
    return Board(day, [talk for talk in talks if local_day(talk.starts_at) == day])
