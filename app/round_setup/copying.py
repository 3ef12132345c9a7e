"""Copy a round to other dates. Pure functions."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.rounds.models import RoundState
from app.rounds.reference_week import week_of
from app.rounds.spec import RoundSpec

BY_ITSELF = ("check_at", "publish_at", "archive_at")


def moved(spec: RoundSpec, first_day: date, zone: ZoneInfo, *, now: datetime) -> RoundSpec:
    """Return a draft of the same round whose first evening is on ``first_day``.

    Everything moves by the same number of days and keeps its local time of day, even across a
    clock change. A scheduled step that would fall in the past loses its date, so that the office
    takes it by hand.
    """
    first = min(evening.day for evening in spec.evenings)
    by = first_day - first

    def shift(moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        local = moment.astimezone(zone)
        return (local.replace(tzinfo=None, fold=0) + by).replace(tzinfo=zone)

    names = ("opens_at", "closes_at", "cancel_until", "teachers_block_until", *BY_ITSELF)
    moments: dict[str, Any] = {name: shift(getattr(spec, name)) for name in names}
    for name in BY_ITSELF:
        if moments[name] is not None and moments[name] <= now:
            moments[name] = None
    return replace(
        spec,
        **moments,
        state=RoundState.DRAFT,
        evenings=tuple(replace(evening, day=evening.day + by) for evening in spec.evenings),
        reference_week=_shift_week(spec.reference_week, by),
    )


def _shift_week(week: str, by: timedelta) -> str:
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return week_of(monday + by)
