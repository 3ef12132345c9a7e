"""When a family can be planned in a round, as the office sets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bookings.availability import evenings_with_times
from app.bookings.office import coming_child
from app.core.errors import NotFoundError
from app.requests.models import AwayTime
from app.requests.wishes import PartOfEvening, away_times, parts_of
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.queries import load_round, rounds_of_student
from app.school.homes import homes_of
from app.school.queries import Child


@dataclass(frozen=True)
class PartLine:
    """A part of an evening, and what family and office said of it, each beside the other."""

    part: PartOfEvening
    family_cannot: bool
    overruled: bool  # the office plans it all the same
    forbidden: bool  # by the office


@dataclass(frozen=True)
class TimesPage:
    """A family's times in a round."""

    round: RoundInfo
    child: Child
    family: tuple[str, ...]
    evenings: tuple[tuple[EveningInfo, tuple[PartLine, ...]], ...]


def who_comes(
    round_: RoundInfo, student_id: int, household_id: int | None
) -> tuple[Child, tuple[str, ...]]:
    """Return a child of a round, and the names of the guardians who come for it.

    The only household of a child need not be named. Raises NotFoundError.
    """
    if round_.id not in {its.id for its in rounds_of_student(student_id)}:
        raise NotFoundError
    homes = {home.household_id: home.guardians for home in homes_of(student_id)}
    if household_id is None and len(homes) == 1:
        household_id = next(iter(homes))
    child = coming_child(round_, student_id, household_id)
    return child, homes.get(child.household_id or 0, ())


def load_times(round_id: int, student_id: int, household_id: int | None) -> TimesPage:
    """Return what was said of a family; the only one of a child need not be named.

    Raises NotFoundError.
    """
    round_ = load_round(round_id)
    if not round_.takes_requests:
        raise NotFoundError
    child, family = who_comes(round_, student_id, household_id)
    said = away_times(round_id, child.household_id, student_id)
    by_family = {(it.evening_id, it.starts_at): it for it in said if not it.by_office}
    by_office = {(it.evening_id, it.starts_at) for it in said if it.by_office}

    def line(part: PartOfEvening) -> PartLine:
        start: tuple[int, datetime] = (part.evening_id, part.starts_at)
        own = by_family.get(start)
        return PartLine(
            part, own is not None, own is not None and own.overruled, start in by_office
        )

    return TimesPage(
        round_,
        child,
        family,
        tuple(
            (evening, tuple(line(part) for part in _parts(evening, said)))
            for evening in evenings_with_times(round_)
        ),
    )


def _parts(evening: EveningInfo, said: Sequence[AwayTime]) -> Sequence[PartOfEvening]:
    """Return the parts of an evening, and those of which something was said when it had others."""
    parts = {part.starts_at: part for part in parts_of(evening)}
    for it in said:
        if it.evening_id == evening.id:
            known = PartOfEvening(evening.id, it.starts_at, it.ends_at)
            parts.setdefault(it.starts_at, known)
    return sorted(parts.values(), key=lambda part: part.starts_at)
