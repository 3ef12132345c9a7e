"""Read what is to be planned in a round, in one look at the database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import exists, select

from app.bookings.availability import evenings_with_times
from app.bookings.models import Booking, BookingRequest, Origin, Unavailability
from app.bookings.requests import is_open, slots_of
from app.extensions import db
from app.planner.grid import Grid, grid_of
from app.planner.plan import NotPlaced
from app.planner.problem import Fixed, Party, Problem, Seat, Unplanned
from app.planner.settings import Planning, load_planning
from app.planner.taken import Family, PlanTalk, away_of, family_of, held_rooms, taken_of
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Offer, OfferTeacher, teacher_ids_of
from app.rounds.offers import is_bookable
from app.rounds.queries import load_round
from app.school.models import HouseholdGuardian, Student, Teacher

MOST_TEACHERS = 2  # of one talk, in the format
SETTLED = timedelta(days=2)
"""So long before a talk a plan moves it no more: the family has arranged its evening by then."""


@dataclass(frozen=True)
class Snapshot:
    """A round to be planned, and what its ids and cells stand for."""

    round: RoundInfo
    problem: Problem
    grid: Grid
    parties: Mapping[Family, str]  # who comes together with a household, or a student alone
    left_out: Mapping[int, NotPlaced]  # requests that take no part

    def party_of(self, talk: Booking | BookingRequest) -> str:
        """Return who comes together to a talk: one mail tells them."""
        family = family_of(talk.household_id, talk.student_id)
        return self.parties.get(family, f"{family}")  # of nobody else's talks, if it is not there


def load_snapshot(round_id: int, *, now: datetime) -> Snapshot:
    """Return a round as it is to be planned. Raises NotFoundError.

    What has begun is no time any more. A talk that an earlier plan made, and that nobody has moved
    since, may move again; every other one stays, and so does one that was left in an absence of its
    teacher. A request of three teachers or more takes no part: the format has no such talk.
    """
    round_ = load_round(round_id)
    planning = load_planning(round_id)
    evenings = evenings_with_times(round_)
    grid = grid_of(evenings)
    booked = _booked(round_id, grid)
    announced = _announced(round_id, booked, now)
    fixed = [talk for talk in booked if talk.booking_id not in announced]
    waiting, by_hand = _asked(round_id)
    granted, beyond = _granted(planning, waiting, booked)
    asked = sorted([*announced.values(), *granted])
    away = away_of(round_id, grid)
    parties, party_of = _parties({*(it.family for it in (*booked, *asked)), *away})
    teachers = _teachers({id_ for it in (*booked, *asked) for id_ in it.teacher_ids})
    for talk in (*booked, *asked):
        party_of[talk.family].children.add(f"c{talk.student_id}")
    busy = taken_of(grid, booked, teachers, party_of, held_rooms(round_, evenings))
    for family, party in party_of.items():
        party.away |= busy.families[family] | away.get(family, set())
    begun = grid.begun(now)
    return Snapshot(
        round_,
        Problem(
            name=f"round-{round_id}",
            slot_minutes=grid.minutes,
            walking_slots=ceil(round_.walking / timedelta(minutes=grid.minutes)),
            days=grid.days,
            seats=[
                Seat(f"t{id_}", _room(evenings, id_), busy.teachers[id_] | begun)
                for id_ in sorted(teachers)
            ],
            parties=[party for party in parties if party.children],
            fixed=[_as_fixed(it, party_of[it.family]) for it in fixed],
            wanted=[_as_unplanned(it, party_of[it.family]) for it in asked],
            busy_slots_before_break=planning.run,
            weights=planning.weights,
        ),
        grid,
        {family: party.id for family, party in party_of.items()},
        {
            **dict.fromkeys(beyond, NotPlaced.NOT_GRANTED),
            **dict.fromkeys(by_hand, NotPlaced.BY_HAND),
        },
    )


def _as_fixed(it: PlanTalk, party: Party) -> Fixed:
    return Fixed(
        f"b{it.id}", party.id, f"c{it.student_id}", _seats(it.teacher_ids), it.length, it.cell
    )


def _as_unplanned(it: PlanTalk, party: Party) -> Unplanned:
    return Unplanned(
        f"q{it.id}",
        party.id,
        f"c{it.student_id}",
        _seats(it.teacher_ids),
        it.length,
        it.priority,
        it.cell if it.booking_id else None,
        it.order,
    )


def _seats(teacher_ids: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"t{id_}" for id_ in teacher_ids)


def _booked(round_id: int, grid: Grid) -> list[PlanTalk]:
    """Return the booked talks that begin at a time of the grid."""
    rows = db.session.execute(
        select(
            Booking.id,
            Booking.household_id,
            Booking.student_id,
            Booking.teacher_key,
            Booking.starts_at,
            Booking.ends_at,
        )
        .where(Booking.round_id == round_id, Booking.cancelled_at.is_(None))
        .order_by(Booking.id)
    )
    return [
        PlanTalk(
            row.id,
            family_of(row.household_id, row.student_id),
            row.student_id,
            teachers,
            grid.length(grid.starts[row.starts_at], row.starts_at, row.ends_at),
            grid.starts[row.starts_at],
            booking_id=row.id,
        )
        for row in rows
        if row.starts_at in grid.starts
        and len(teachers := teacher_ids_of(row.teacher_key)) <= MOST_TEACHERS
    ]


def _announced(
    round_id: int, booked: Collection[PlanTalk], now: datetime
) -> Mapping[int, PlanTalk]:
    """Return requests that an earlier plan has placed and that may move, by booking id."""
    by_id = {talk.booking_id: talk for talk in booked}
    rows = db.session.execute(
        select(BookingRequest.id, BookingRequest.booking_id, Offer.priority)
        .join(Booking, Booking.id == BookingRequest.booking_id)
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .where(
            BookingRequest.round_id == round_id,
            Booking.origin == Origin.PLAN,
            Booking.starts_at > now + SETTLED,
            ~exists().where(
                OfferTeacher.offer_id == Booking.offer_id,
                Unavailability.teacher_id == OfferTeacher.teacher_id,
                Unavailability.starts_at < Booking.ends_at,
                Unavailability.ends_at > Booking.starts_at,
            ),
        )
        .order_by(BookingRequest.id)
    )
    return {
        row.booking_id: by_id[row.booking_id]._replace(id=row.id, priority=_priority(row.priority))
        for row in rows
        if row.booking_id in by_id
    }


def _asked(round_id: int) -> tuple[list[PlanTalk], list[int]]:
    """Return the requests that wait for a time, and ids of those with too many teachers to be planned.

    Those that are dearest to their family come first. What the family has booked all the same is
    asked for no more.
    """
    booked = exists().where(
        Booking.round_id == BookingRequest.round_id,
        Booking.student_id == BookingRequest.student_id,
        Booking.teacher_key == BookingRequest.teacher_key,
        Booking.household_id.is_not_distinct_from(BookingRequest.household_id),
        Booking.cancelled_at.is_(None),
    )
    rows = db.session.execute(
        select(
            BookingRequest.id,
            BookingRequest.household_id,
            BookingRequest.student_id,
            BookingRequest.teacher_key,
            BookingRequest.is_long,
            BookingRequest.position,
            Offer.slots,
            Offer.priority,
        )
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .join(Student, Student.id == BookingRequest.student_id)
        .where(
            BookingRequest.round_id == round_id,
            is_open(),
            is_bookable(),
            Student.ended_on.is_(None),
            ~booked,
        )
        .order_by(BookingRequest.position, BookingRequest.id)
    ).all()
    planned = [
        PlanTalk(
            row.id,
            family_of(row.household_id, row.student_id),
            row.student_id,
            teachers,
            slots_of(row.slots, is_long=row.is_long),
            priority=_priority(row.priority),
            order=row.position,
        )
        for row in rows
        if len(teachers := teacher_ids_of(row.teacher_key)) <= MOST_TEACHERS
    ]
    known = {it.id for it in planned}
    return planned, [row.id for row in rows if row.id not in known]


def _granted(
    planning: Planning, asked: Sequence[PlanTalk], booked: Collection[PlanTalk]
) -> tuple[list[PlanTalk], list[int]]:
    """Return the requests that take part, of each child so many as are granted; ids of the others."""
    counted = Counter((talk.family, talk.student_id) for talk in booked)
    taking_part, beyond = [], []
    for talk in asked:
        child = (talk.family, talk.student_id)
        if planning.most_per_child is None or counted[child] < planning.most_per_child:
            counted[child] += 1
            taking_part.append(talk)
        else:
            beyond.append(talk.id)
    return taking_part, beyond


def _priority(of_offer: int) -> int:
    return min(max(of_offer, 1), 3)


def _parties(families: Collection[Family]) -> tuple[list[Party], dict[Family, Party]]:
    """Return who comes together: households that share a guardian are one."""
    guardians: defaultdict[int, list[int]] = defaultdict(list)
    for household_id, guardian_id in db.session.execute(
        select(HouseholdGuardian.household_id, HouseholdGuardian.guardian_id).where(
            HouseholdGuardian.household_id.in_([household for household, _student in families])
        )
    ):
        guardians[guardian_id].append(household_id)
    linked: dict[int, set[int]] = {household: {household} for household, _student in families}
    for households in guardians.values():
        together = set().union(*(linked[it] for it in households))
        linked.update(dict.fromkeys(together, together))
    parties: dict[str, Party] = {}
    party_of: dict[Family, Party] = {}
    for family in sorted(families):
        household, student = family
        id_ = f"h{min(linked[household])}" if household else f"s{student}"
        party_of[family] = parties.setdefault(id_, Party(id_))
    return list(parties.values()), party_of


def _teachers(ids: Collection[int]) -> dict[int, int]:
    """Return the person ids of these teachers."""
    rows = db.session.execute(select(Teacher.id, Teacher.person_id).where(Teacher.id.in_(ids)))
    return {teacher_id: person_id for teacher_id, person_id in rows}  # noqa: C416  (mypy)


def _room(evenings: Sequence[EveningInfo], teacher_id: int) -> str:
    """Return where a teacher sits on the first evening on which that is known."""
    rooms = [evening.rooms[teacher_id] for evening in evenings if teacher_id in evening.rooms]
    return f"r{rooms[0].id}" if rooms else f"t{teacher_id}"
