"""The dates of the demo school's rounds, relative to today. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.demo.lessons import SchoolYear
from app.planner.runs import NIGHT
from app.rounds.grid import EveningSpec
from app.rounds.models import Mode, OpenTo, Participants, RoundState
from app.rounds.spec import RoomSpec, RoundSpec

TUESDAY, WEDNESDAY, THURSDAY = 1, 2, 3
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """The rounds of the demo school."""

    past: RoundSpec
    present: RoundSpec  # open to families
    students: RoundSpec  # open to students
    asking: RoundSpec  # open to requests alone
    coming: RoundSpec  # its teachers are asked to check their times
    night: datetime  # the only one since families see the open rounds: the site planned then


def plan_rounds(
    now: datetime,
    zone: ZoneInfo,
    year: SchoolYear,
    classes: Sequence[int],
    upper_classes: Sequence[int],
    rooms: Sequence[RoomSpec],
) -> Plan:
    """Return the rounds around ``now``; students of ``upper_classes`` (ids) book for themselves."""
    today = now.astimezone(zone).date()
    night = _last(NIGHT, now, zone)
    opened = _at(night.date() - DAY, 19, zone)
    last_day = today + timedelta(days=13)
    tuesday = _first(TUESDAY, last_day + 2 * DAY)
    wednesday = _first(WEDNESDAY, today + 8 * DAY)
    past_tuesday = _first(TUESDAY, today - timedelta(weeks=10))
    coming_tuesday = tuesday + timedelta(weeks=9)
    coming_opens = _at(coming_tuesday - timedelta(days=21), 19, zone)
    past = RoundSpec(
        name="Oudercontact 1",
        home_class_ids=tuple(classes),
        evenings=(_evening(past_tuesday), _evening(past_tuesday + 2 * DAY)),
        opens_at=_at(past_tuesday - timedelta(days=21), 19, zone),
        closes_at=_at(past_tuesday - 3 * DAY, 20, zone),
        reference_week=year.week(past_tuesday - timedelta(days=21)),
        state=RoundState.PUBLISHED,
        walking_minutes=5,
        rooms=tuple(rooms),
    )
    present = replace(
        past,
        name="Oudercontact 2",
        explanation=(
            "Welkom op onze oudercontacten. U kunt per kind drie gesprekken van tien minuten"
            " kiezen. Koffie en thee staan klaar in de aula."
        ),
        evenings=(_evening(tuesday), _evening(tuesday + 2 * DAY)),
        opens_at=opened,
        closes_at=_at(last_day, 20, zone),
        cancel_until=_at(tuesday - DAY, 12, zone),
        reference_week=year.week(today),
        teachers_may_block=True,
        teachers_block_until=_at(tuesday - DAY, 12, zone),
        mode=Mode.BOTH,
        office_remarks=True,
    )
    asked_tuesday = tuesday + timedelta(weeks=4)
    return Plan(
        past=past,
        present=present,
        students=replace(
            past,
            name="Leerlingcontact",
            explanation="Kies zelf met wie je over je rapport wilt praten.",
            evenings=(
                EveningSpec(wednesday, "14:00", "16:30", 10, 0, breaks=(("15:00", "15:15"),)),
            ),
            opens_at=opened,
            closes_at=_at(wednesday - DAY, 20, zone),
            reference_week=year.week(today),
            participants=Participants.STUDENT,
            open_to=OpenTo.STUDENTS,
            max_per_child=2,
            walking_minutes=0,
            home_class_ids=tuple(upper_classes),
        ),
        asking=replace(
            past,
            name="Voortgangsgesprekken",
            explanation="Vraag aan met wie u wilt praten. Wij plannen de tijden.",
            evenings=(_evening(asked_tuesday),),
            opens_at=opened,
            closes_at=_at(asked_tuesday - timedelta(days=10), 20, zone),
            reference_week=year.week(today),
            mode=Mode.REQUESTS,
            office_remarks=True,
            long_talks=True,
            max_per_child=2,
            home_class_ids=tuple(upper_classes),
        ),
        coming=replace(
            present,
            mode=Mode.TIMES,
            office_remarks=False,
            name="Oudercontact 3",
            evenings=(_evening(coming_tuesday), _evening(coming_tuesday + 2 * DAY)),
            state=RoundState.DRAFT,
            check_at=_at(today - 2 * DAY, 9, zone),
            publish_at=coming_opens - 2 * DAY,
            opens_at=coming_opens,
            closes_at=_at(coming_tuesday - 3 * DAY, 20, zone),
            cancel_until=_at(coming_tuesday - DAY, 12, zone),
            teachers_block_until=coming_opens - 2 * DAY,
        ),
        night=night,
    )


def _evening(day: date) -> EveningSpec:
    return EveningSpec(day, "18:30", "21:30", 10, 0, breaks=(("20:00", "20:15"),))


def _first(weekday: int, day: date) -> date:
    """Return the first day with this weekday on or after ``day``; Monday is 0."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _last(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the last moment by ``now`` at which clocks said ``at``."""
    today = now.astimezone(zone).date()
    moment = datetime.combine(today, at, tzinfo=zone)
    return moment if moment <= now else datetime.combine(today - DAY, at, tzinfo=zone)


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone)
