"""Turn the form's chosen cells into possible talks, and refuse what the rules forbid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings.attendees import Attendees
from app.bookings.availability import columns_of, evenings_with_times
from app.bookings.cells import Column
from app.bookings.claims import Wanted
from app.bookings.times import span
from app.core.errors import DomainError
from app.core.i18n import moment_text, time_text
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Modality
from app.rounds.phases import accepts_cancelling
from app.school.queries import Child


class TooManyTalks(DomainError):
    """The child would have more talks than the round allows."""


class TimesClash(DomainError):
    """The chosen times contradict each other or existing talks."""


class TimesChanged(DomainError):
    """A chosen time is not, or no longer, a time of the round."""


class TeacherGone(DomainError):
    """A chosen teacher is not, or no longer, in the child's table."""


class Choice(NamedTuple):
    """A chosen cell: a time, and the offer whose column it is in."""

    slot_id: int
    offer_id: int


class PossibleTalk(NamedTuple):
    """A choice, resolved to its column, evening and times (UTC)."""

    choice: Choice
    column: Column
    evening: EveningInfo
    starts_at: datetime
    ends_at: datetime


def columns_for(round_: RoundInfo, child: Child) -> Mapping[int, Column]:
    """Return the columns of the child's table, by offer id."""
    return by_offer(columns_of(round_, child, evenings_with_times(round_)))


def by_offer(columns: Sequence[Column]) -> Mapping[int, Column]:
    """Return columns by offer id."""
    return {column.offer_id: column for column in columns}


def candidates_in(
    columns: Mapping[int, Column], round_: RoundInfo, choices: Sequence[Choice], *, now: datetime
) -> tuple[PossibleTalk, ...]:
    """Resolve the choices against the child's table.

    Choices whose column is missing are left out: the page may predate the withdrawal of a teacher,
    or somebody forged the id of another child's offer, and both must look the same. Raises
    TimesChanged if a time is unknown or no longer fits the talk, and TimesClash if choices
    contradict each other, have begun or are empty.
    """
    evenings = evenings_with_times(round_)
    places = {slot.id: (e, i) for e in evenings for i, slot in enumerate(e.slots)}
    candidates = []
    for choice in dict.fromkeys(choices):
        if choice.slot_id not in places:  # from a page loaded before the times changed
            raise _changed()
        if choice.offer_id not in columns:
            continue
        column = columns[choice.offer_id]
        evening, index = places[choice.slot_id]
        fitting = span(evening, index, column.slots)
        if fitting is None:  # talks are longer now, or there is a break
            raise _changed()
        candidates.append(PossibleTalk(choice, column, evening, *fitting))
    if not choices:
        raise TimesClash(_("Choose at least one time."))
    _refuse_clash(candidates)
    if any(candidate.starts_at <= now for candidate in candidates):
        raise TimesClash(_("This time has begun. Choose a later one."))
    return tuple(candidates)


def _changed() -> TimesChanged:
    return TimesChanged(_("The times of this round have changed. Choose again."))


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
    """Whether this exact talk exists already: a retry or second tap is not a conflict."""
    live = candidate.column.live
    return live is not None and live.starts_at == candidate.starts_at


def refuse_second_talk(new: Sequence[PossibleTalk]) -> None:
    """Raise TimesClash if the child already meets one of these teachers at another time."""
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


def refuse_too_many(round_: RoundInfo, booked: int, asked: int, new: int, *, now: datetime) -> None:
    """Raise TooManyTalks if the child would have more talks than the round allows.

    ``asked`` are the talks that are asked for with other teachers than those of the new talks.
    """
    if booked + asked + new > round_.max_per_child:
        left = max(round_.max_per_child - booked - asked, 0)
        if asked and not left:
            raise TooManyTalks(
                _(
                    "You have chosen or asked for all talks for this child: %(max)d. Withdraw what "
                    "you asked for, or choose a time with a teacher you asked for.",
                    max=round_.max_per_child,
                )
            )
        if left:
            raise TooManyTalks(
                ngettext(
                    "You can choose %(num)d more talk for this child. Untick the others.",
                    "You can choose %(num)d more talks for this child. Untick the others.",
                    left,
                )
            )
        words = _("You have chosen all talks for this child: %(max)d.", max=round_.max_per_child)
        if accepts_cancelling(round_, now):
            words += " " + _("To choose another talk, cancel one first.")
        raise TooManyTalks(words)


def wanted(candidate: PossibleTalk, family: Attendees, modality: str) -> Wanted:
    """Return the times and resources to claim for the talk; a room only if it is at school."""
    column = candidate.column
    room = candidate.evening.rooms.get(column.teacher_ids[0]) if modality == Modality.SITE else None
    return Wanted(
        candidate.starts_at,
        candidate.ends_at,
        column.teacher_ids,
        frozenset(column.person_ids) | family.people,
        room.id if room and room.exclusive else None,
        family.people.difference(column.person_ids),
    )
