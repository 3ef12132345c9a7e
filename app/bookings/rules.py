"""What was chosen: from the form's cells to talks that could be, and what the rules refuse."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings.attendees import Attendees
from app.bookings.availability import columns_of
from app.bookings.cells import Column, span
from app.bookings.claims import Wanted
from app.core.errors import DomainError
from app.core.i18n import moment_text, time_text
from app.rounds.queries import EveningInfo, RoundInfo, evenings_of
from app.school.queries import Child


class TooManyTalks(DomainError):
    """More than the maximum per child."""


class TimesClash(DomainError):
    """The choice contradicts itself."""


class TimesChanged(DomainError):
    """A chosen time is none of the round, or no longer."""


class TeacherGone(DomainError):
    """A chosen teacher is none of the child's table, or no longer."""


class Choice(NamedTuple):
    """A cell that was chosen: a time, and the offer in whose column it stands."""

    slot_id: int
    offer_id: int


class PossibleTalk(NamedTuple):
    """A choice with all that it means."""

    choice: Choice
    column: Column
    evening: EveningInfo
    starts_at: datetime
    ends_at: datetime


def columns_for(round_: RoundInfo, child: Child) -> Mapping[int, Column]:
    """Return the columns of the child's table by the offer that names them."""
    return {column.offer_id: column for column in columns_of(round_, child, _with_times(round_))}


def candidates_in(
    columns: Mapping[int, Column], round_: RoundInfo, choices: Sequence[Choice], *, now: datetime
) -> tuple[PossibleTalk, ...]:
    """Return what the choices mean in the child's table.

    A choice whose column is not in it is left out: by a table from before the school withdrew
    the teacher, or made by hand with another child's offer, which must look the same. Raises
    TimesChanged for a time that is not in it or too short, and TimesClash for choices that
    contradict each other.
    """
    evenings = _with_times(round_)
    places = {slot.id: (e, i) for e in evenings for i, slot in enumerate(e.slots)}
    candidates = []
    changed = TimesChanged(_("The times of this round have changed. Choose again."))
    for choice in dict.fromkeys(choices):
        if choice.slot_id not in places:  # by the table of a page from before a change
            raise changed
        if choice.offer_id not in columns:
            continue
        column = columns[choice.offer_id]
        evening, index = places[choice.slot_id]
        fitting = span(evening, index, column.slots)
        if fitting is None:  # talks are longer now, or there is a break
            raise changed
        candidates.append(PossibleTalk(choice, column, evening, *fitting))
    if not choices:
        raise TimesClash(_("Choose at least one time."))
    _refuse_clash(candidates)
    if any(candidate.starts_at <= now for candidate in candidates):
        raise TimesClash(_("This time has begun. Choose a later one."))
    return tuple(candidates)


def _with_times(round_: RoundInfo) -> list[EveningInfo]:
    return [evening for evening in evenings_of(round_) if evening.slots]


def _refuse_clash(candidates: Sequence[PossibleTalk]) -> None:
    in_order = sorted(candidates, key=lambda c: c.starts_at)
    for before, after in pairwise(in_order):
        if after.starts_at < before.ends_at:
            raise TimesClash(
                _(
                    "You chose two talks at the same time: %(first)s and %(second)s at %(time)s. "
                    "Choose another time for one of them.",
                    first=before.column.teacher,
                    second=after.column.teacher,
                    time=time_text(after.starts_at),
                )
            )
    teachers = [c.column for c in candidates]
    for column in teachers:
        if teachers.count(column) > 1:
            raise TimesClash(
                _("Choose one time for %(teacher)s, not more.", teacher=column.teacher)
            )


def is_booked(candidate: PossibleTalk) -> bool:
    """Whether this very talk is there already: a lost answer or a second tap is no conflict."""
    live = candidate.column.live
    return live is not None and live.starts_at == candidate.starts_at


def refuse_second_talk(new: Sequence[PossibleTalk]) -> None:
    """Raise TimesClash when the child already meets one of these teachers at another time."""
    for candidate in new:
        live = candidate.column.live
        if live is not None:
            raise TimesClash(
                _(
                    "You already have a talk with %(teacher)s, at %(time)s. Use Change to move it.",
                    teacher=candidate.column.teacher,
                    time=moment_text(live.starts_at),
                )
            )


def refuse_too_many(round_: RoundInfo, present: int, new: int) -> None:
    """Raise TooManyTalks when there would be more talks than the round allows for a child."""
    if present + new > round_.max_per_child:
        left = max(round_.max_per_child - present, 0)
        raise TooManyTalks(
            ngettext(
                "You can choose %(num)d more talk for this child. Untick the others.",
                "You can choose %(num)d more talks for this child. Untick the others.",
                left,
            )
            if left
            else _("You have chosen all talks for this child: %(max)d.", max=round_.max_per_child)
        )


def wanted(candidate: PossibleTalk, family: Attendees) -> Wanted:
    """Return what the talk would take."""
    return Wanted(
        candidate.starts_at,
        candidate.ends_at,
        candidate.column.teacher_ids,
        frozenset(candidate.column.person_ids) | family.people,
        candidate.column.exclusive_rooms.get(candidate.evening.id),
    )
