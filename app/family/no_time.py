"""Why a talk that was asked for has no time, and which times can be chosen at once instead.

Both are read from the times as they are now, not remembered from the plan: so they are true.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.bookings import attendees
from app.bookings.availability import evenings_with_times
from app.bookings.cells import Cell, CellState, Column, Talk
from app.bookings.models import BookingRequest
from app.bookings.requests import slots_of
from app.bookings.talks import own_talks
from app.core.access import Actor
from app.core.i18n import day_text, local_day
from app.core.ticks import ticks
from app.extensions import db
from app.family.alternatives import OtherTime, colleagues_for
from app.family.table import Card, read_table
from app.planner.left import last_published, left_without_time
from app.planner.plan import NotPlaced
from app.planner.settings import Planning, load_planning
from app.requests.asking import family_of
from app.requests.queries import AskingChild, AskingPage
from app.rounds.info import EveningInfo
from app.school.queries import children_of

MOST_TIMES = 3
_NOT_SEARCHED = {NotPlaced.NOT_GRANTED, NotPlaced.BY_HAND}
TAKEN = {CellState.OTHERS, CellState.MINE, CellState.SIBLING}


@dataclass(frozen=True)
class NoTime:
    """Why a request has no time, the school's own sentence, and free times with their teacher."""

    why: str
    sentence: str
    times: tuple[tuple[str, OtherTime], ...]


def load_no_time(actor: Actor, page: AskingPage, *, now: datetime) -> Mapping[int, NoTime]:
    """Return, by request id, why those without a time in the last published plan have none."""
    asked = {its.id: it for it in page.children for its in it.asked.values()}
    left = left_without_time(last_published(page.round.id), asked)
    if not left:
        return {}
    planning = load_planning(page.round.id)
    evenings = evenings_with_times(page.round)
    away = {
        tick
        for evening in page.evenings
        for part in evening.parts
        if part.starts_at in evening.away
        for tick in ticks(part.starts_at, part.ends_at)
    }
    talks = own_talks(children_of(actor, local_day(now)), now=now)
    rows = db.session.scalars(select(BookingRequest).where(BookingRequest.id.in_(left)))
    found = {}
    for row in rows:
        if left[row.id] in _NOT_SEARCHED:
            why = _not_searched(left[row.id], planning)
            found[row.id] = NoTime(why, planning.sentence, ())
            continue
        cards = _cards(page, asked[row.id], row, evenings, talks, now)
        own = [card for card in cards if card.key == row.teacher_key]
        others = [card for card in cards if card.key != row.teacher_key]
        free = _nearest(own, talks) or _nearest(others, talks)
        found[row.id] = NoTime(_why(own, away), planning.sentence, free)
    return found


def _not_searched(reason: NotPlaced, planning: Planning) -> str:
    if reason is NotPlaced.NOT_GRANTED and planning.most_per_child:
        return ngettext(
            "The school plans %(num)d talk for each child.",
            "The school plans at most %(num)d talks for each child.",
            planning.most_per_child,
        )
    return _("The school plans this talk by hand.")


def _cards(
    page: AskingPage,
    asking: AskingChild,
    row: BookingRequest,
    evenings: list[EveningInfo],
    talks: Sequence[Talk],
    now: datetime,
) -> Sequence[Card]:
    """Return the times of a request's teachers, and of colleagues for the same subjects."""
    household_id = family_of(page.round, asking.child)
    family = attendees.of_booking(asking.child, household_id).people
    columns: list[Column] = [it for it in asking.columns if it.key == row.teacher_key]
    columns += colleagues_for(row, page.round, evenings)
    columns = [replace(it, slots=slots_of(it.slots, is_long=row.is_long)) for it in columns]
    _tables, cards = read_table(page.round, asking.child, family, talks, now=now, columns=columns)
    return cards


def _why(cards: Sequence[Card], away: Collection[int]) -> str:
    if not cards:
        return _("This teacher is not offered any more.")
    (card,) = cards
    cells = [cell for evening in card.evenings for cell in evening.cells]
    there = [cell for cell in cells if cell.state is not CellState.UNAVAILABLE]
    free = [cell for cell in cells if cell.state is CellState.FREE]
    if not there:
        return _("%(teacher)s is never free.", teacher=card.teacher)
    if all(cell.state in TAKEN for cell in there):
        return ngettext(
            "The only time of %(teacher)s is taken.",
            "All %(num)d times of %(teacher)s are taken.",
            len(there),
            teacher=card.teacher,
        )
    if not free and any(cell.state is CellState.WORK for cell in cells):
        return _(
            "At the times that %(teacher)s has free, you work or have other talks.",
            teacher=card.teacher,
        )
    if not free:
        return _(
            "At the times that %(teacher)s has free, you have other talks.", teacher=card.teacher
        )
    if all(_is_away(cell, away) for cell in free):
        days = ", ".join(dict.fromkeys(day_text(cell.starts_at) for cell in free))
        return _(
            "%(teacher)s is free only when you cannot come: %(days)s.",
            teacher=card.teacher,
            days=days,
        )
    return _("There was no place beside the other talks. Now there is.")


def _is_away(cell: Cell, away: Collection[int]) -> bool:
    return not set(ticks(cell.starts_at, cell.ends_at)).isdisjoint(away)


def _nearest(cards: Iterable[Card], talks: Sequence[Talk]) -> tuple[tuple[str, OtherTime], ...]:
    """Return the free times that are nearest to the family's own talks, or else the first ones."""

    def distance(time: OtherTime) -> tuple[float, datetime]:
        gaps = (abs((time.starts_at - talk.starts_at).total_seconds()) for talk in talks)
        return min(gaps, default=0.0), time.starts_at

    free = [
        (card.teacher, OtherTime.of(card, cell))
        for card in cards
        for evening in card.evenings
        for cell in evening.cells
        if cell.state is CellState.FREE
    ]
    nearest = sorted(free, key=lambda it: distance(it[1]))[:MOST_TIMES]
    return tuple(sorted(nearest, key=lambda it: it[1].starts_at))
