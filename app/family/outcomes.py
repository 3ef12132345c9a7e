"""What came of the family's last action, as far as it is still true when it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select

from app.bookings import submissions
from app.bookings.availability import teachers_of
from app.bookings.cells import Cell, CellState, Talk
from app.bookings.rules import Choice
from app.bookings.service import Result
from app.bookings.talks import talks_of_ids
from app.core.access import Actor
from app.core.i18n import local_day
from app.family.queries import TablePage, load_talk
from app.family.reasons import OF_OTHERS, cells_at, why
from app.family.table import Card
from app.rounds.info import RoundInfo
from app.rounds.models import Offer
from app.rounds.queries import evenings_of

ALTERNATIVES = 3
"""How many other times to offer for a time that the family lost."""


@dataclass(frozen=True)
class Lost:
    """A chosen time that the family did not get, and the teacher's free times nearest to it."""

    teacher: str
    cell: Cell  # as it is now, which says why
    alternatives: tuple[Cell, ...]

    @property
    def why(self) -> str:
        """Why the family did not get it."""
        return why(self.cell)

    @property
    def days(self) -> list[tuple[date, list[Cell]]]:
        """The alternatives by evening."""
        by_day = groupby(self.alternatives, key=lambda cell: local_day(cell.starts_at))
        return [(day, list(cells)) for day, cells in by_day]


@dataclass(frozen=True)
class Gone:
    """A chosen time whose teacher can no longer be booked."""

    teacher: str  # "" if the school never offered this child such a teacher
    starts_at: datetime


@dataclass(frozen=True)
class Outcome:
    """The result of the family's last action, as far as it is still true."""

    booked: tuple[Talk, ...] = ()
    lost: tuple[Lost, ...] = ()
    gone: tuple[Gone, ...] = ()
    moved: Talk | None = None
    cancelled: tuple[Talk, ...] = ()

    @property
    def only_others(self) -> bool:
        """Whether all that was lost went to others."""
        return all(lost.cell.state in OF_OTHERS for lost in self.lost)


def outcome_of(page: TablePage, result: Result) -> Outcome:
    """Describe the result of a booking, with the free times nearest to lost ones from the page.

    What was cancelled since is said to be: the form may have been sent again, or its page reloaded.
    """
    booked = tuple(talk for talk in page.talks if talk.booking_id in result.booked)
    cancelled: tuple[Talk, ...] = ()
    if len(booked) < len(result.booked):
        talks = talks_of_ids(result.booked, page.children, now=page.now)
        booked = tuple(talk for talk in talks if not talk.cancelled)
        cancelled = _still_cancelled(page, [talk for talk in talks if talk.cancelled])
    return Outcome(
        booked,
        tuple(lost for choice in result.lost for lost in _lost(page, choice)),
        gone_of(page.round, page.child.student_id, result.gone),
        cancelled=cancelled,
    )


def outcome_of_move(page: TablePage, talk: Talk) -> Outcome:
    """Describe a move; the talk stands where it is now, or was cancelled since."""
    if talk.cancelled:
        return outcome_of_cancelling(page, talk)
    return Outcome(moved=talk)


def outcome_of_cancelling(page: TablePage, talk: Talk) -> Outcome:
    """Describe a cancellation; nothing of it if the talk stands again."""
    return Outcome(cancelled=_still_cancelled(page, [talk]))


def _still_cancelled(page: TablePage, talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """Leave out talks that the child has again with the same teacher, at any time."""
    standing = {(talk.child, talk.teacher_key) for talk in page.talks}
    return tuple(talk for talk in talks if (talk.child, talk.teacher_key) not in standing)


def gone_of(round_: RoundInfo, student_id: int, choices: Sequence[Choice]) -> tuple[Gone, ...]:
    """Describe choices whose teacher is gone; leave out those whose time is gone as well."""
    if not choices:
        return ()
    # Own offers only: another child's offer must look like one that never existed.
    names = teachers_of(
        select(Offer.id).where(
            Offer.id.in_([choice.offer_id for choice in choices]),
            Offer.round_id == round_.id,
            Offer.student_id == student_id,
        )
    )
    times = {slot.id: slot.starts_at for evening in evenings_of(round_) for slot in evening.slots}
    return tuple(
        Gone(names.get(choice.offer_id, ""), times[choice.slot_id])
        for choice in choices
        if choice.slot_id in times
    )


def load_outcome(
    actor: Actor,
    page: TablePage,
    *,
    submission: str | None,
    moved: int | None,
    cancelled: int | None,
) -> Outcome | None:
    """Return what the previous request did, for a table page reached by redirect."""
    if submission and submission.isprintable():
        answer = submissions.answer_of(submission, actor)
        if answer and "booked" in answer:
            return outcome_of(page, Result.from_json(answer))
    talk_id = cancelled if moved is None else moved
    if talk_id is None:
        return None
    talk = load_talk(actor, talk_id, now=page.now, cancelled=True)
    if talk.round_id != page.round.id:
        return None
    if moved is not None:
        return outcome_of_move(page, talk)
    return outcome_of_cancelling(page, talk) if talk.cancelled else None


def nearest_free(card: Card, wanted: datetime, count: int = ALTERNATIVES) -> tuple[Cell, ...]:
    """Return the ``count`` free times of a teacher nearest to ``wanted``, in order of time."""
    free = [
        cell for evening in card.evenings for cell in evening.cells if cell.state is CellState.FREE
    ]
    nearest = sorted(free, key=lambda cell: (abs(cell.starts_at - wanted), cell.starts_at))
    return tuple(sorted(nearest[:count], key=lambda cell: cell.starts_at))


def _lost(page: TablePage, choice: Choice) -> tuple[Lost, ...]:
    return tuple(
        Lost(card.teacher, cell, nearest_free(card, cell.starts_at))
        for card, cell in cells_at(page.cards, [choice])
        if not card.talk  # there is one since
    )
