"""Read what is to be planned in a round, in one look at the database."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from app.bookings.availability import evenings_with_times
from app.bookings.models import Booking, BookingRequest, Claim, ClaimKind
from app.bookings.requests import is_open
from app.core.ticks import ticks
from app.extensions import db
from app.planner.grid import Grid, grid_of
from app.planner.problem import Cell, Fixed, Party, Problem, Seat, Unplanned
from app.requests.models import AwayTime, Wishes
from app.rounds.info import EveningInfo
from app.rounds.models import Offer, teacher_ids_of
from app.rounds.offers import is_bookable
from app.rounds.queries import load_round
from app.school.models import Guardian, HouseholdGuardian, Student, Teacher

LONGEST, MOST_TEACHERS = 3, 2  # slots and teachers of one talk, in the format
Family = tuple[int, int]
"""A household, and 0; or 0, and a student who comes alone."""


class _Row(NamedTuple):
    """A talk that is booked or asked for."""

    id: int
    family: Family
    student_id: int
    teacher_ids: tuple[int, ...]
    length: int
    cell: Cell = ("", 0)
    priority: int = 1


def load_problem(round_id: int) -> Problem:
    """Return a round as it is to be planned. Raises NotFoundError.

    A request of three teachers or more is left out: the format has no such talk.
    """
    round_ = load_round(round_id)
    evenings = evenings_with_times(round_)
    grid = grid_of(evenings)
    talks = _fixed(round_id, grid)
    asked = _asked(round_id)
    away = _away(round_id, grid)
    families = {*(row.family for row in (*talks, *asked)), *away}
    parties, party_of = _parties(families)
    teachers = _teachers({id_ for row in (*talks, *asked) for id_ in row.teacher_ids})
    pinned = {row.id: row for row in talks}
    for row in (*talks, *asked):
        party_of[row.family].children.add(f"c{row.student_id}")
    busy = _busy(grid, pinned, teachers, party_of)
    for family, cells in away.items():
        party_of[family].away |= cells
    for family, party in party_of.items():
        party.away |= busy.families.get(family, set())
    minutes = grid.minutes
    return Problem(
        name=f"round-{round_id}",
        slot_minutes=minutes,
        walking_slots=ceil(round_.walking / timedelta(minutes=minutes)),
        days=grid.days,
        seats=[
            Seat(f"t{id_}", _room(evenings, id_), busy.teachers[id_]) for id_ in sorted(teachers)
        ],
        parties=[party for party in parties if party.children],
        fixed=[
            Fixed(
                f"b{row.id}",
                party_of[row.family].id,
                f"c{row.student_id}",
                tuple(f"t{id_}" for id_ in row.teacher_ids),
                row.length,
                row.cell,
            )
            for row in talks
        ],
        wanted=[
            Unplanned(
                f"q{row.id}",
                party_of[row.family].id,
                f"c{row.student_id}",
                tuple(f"t{id_}" for id_ in row.teacher_ids),
                row.length,
                row.priority,
            )
            for row in asked
        ],
    )


def _fixed(round_id: int, grid: Grid) -> list[_Row]:
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
        _Row(
            row.id,
            _family(row.household_id, row.student_id),
            row.student_id,
            teachers,
            grid.length(grid.starts[row.starts_at], row.starts_at, row.ends_at),
            grid.starts[row.starts_at],
        )
        for row in rows
        if row.starts_at in grid.starts
        and len(teachers := teacher_ids_of(row.teacher_key)) <= MOST_TEACHERS
    ]


def _asked(round_id: int) -> list[_Row]:
    rows = db.session.execute(
        select(
            BookingRequest.id,
            BookingRequest.household_id,
            BookingRequest.student_id,
            BookingRequest.teacher_key,
            BookingRequest.is_long,
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
        )
        .order_by(BookingRequest.id)
    )
    return [
        _Row(
            row.id,
            _family(row.household_id, row.student_id),
            row.student_id,
            teachers,
            min(LONGEST, row.slots * (2 if row.is_long else 1)),
            priority=min(max(row.priority, 1), 3),
        )
        for row in rows
        if len(teachers := teacher_ids_of(row.teacher_key)) <= MOST_TEACHERS
    ]


def _family(household_id: int | None, student_id: int) -> Family:
    return (household_id, 0) if household_id else (0, student_id)


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
    party_of: dict[Family, Party] = {}
    for family in sorted(families):
        household, student = family
        id_ = f"h{min(linked[household])}" if household else f"s{student}"
        known = next((it for it in party_of.values() if it.id == id_), None)
        party_of[family] = known or Party(id_)
    return list({party.id: party for party in party_of.values()}.values()), party_of


def _teachers(ids: Collection[int]) -> dict[int, int]:
    """Return the person ids of these teachers."""
    rows = db.session.execute(select(Teacher.id, Teacher.person_id).where(Teacher.id.in_(ids)))
    return {teacher_id: person_id for teacher_id, person_id in rows}  # noqa: C416  (mypy)


def _room(evenings: Sequence[EveningInfo], teacher_id: int) -> str:
    """Return where a teacher sits on the first evening on which that is known."""
    rooms = [evening.rooms[teacher_id] for evening in evenings if teacher_id in evening.rooms]
    return f"r{rooms[0].id}" if rooms else f"t{teacher_id}"


def _away(round_id: int, grid: Grid) -> Mapping[Family, set[Cell]]:
    """Return when families cannot come, but for what the office overruled."""
    away: defaultdict[Family, set[Cell]] = defaultdict(set)
    for household_id, student_id, starts_at, ends_at in db.session.execute(
        select(Wishes.household_id, Wishes.student_id, AwayTime.starts_at, AwayTime.ends_at)
        .join(AwayTime, AwayTime.wishes_id == Wishes.id)
        .where(Wishes.round_id == round_id, AwayTime.overruled.is_(False))
    ):
        family = _family(household_id, student_id or 0)
        away[family] |= grid.within(ticks(starts_at, ends_at))
    return away


class _Busy(NamedTuple):
    teachers: Mapping[int, set[Cell]]
    families: Mapping[Family, set[Cell]]


def _busy(
    grid: Grid,
    pinned: Mapping[int, _Row],
    teachers: Mapping[int, int],
    party_of: Mapping[Family, Party],
) -> _Busy:
    """Return when teachers and families are taken by anything but their own talks that stay.

    Somebody who teaches may sit in one of these as a parent.
    """
    people = _people(party_of)
    everybody = {*teachers.values(), *(id_ for ids in people.values() for id_ in ids)}
    used = [its for its in grid.cells.values() if its]
    teach: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    person: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    if used:
        rows = db.session.execute(
            select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
                or_(
                    and_(Claim.kind == ClaimKind.TEACH, Claim.resource_id.in_(teachers)),
                    and_(Claim.kind == ClaimKind.PERSON, Claim.resource_id.in_(everybody)),
                ),
                Claim.tick.between(min(it.start for it in used), max(it.stop for it in used)),
            )
        )
        for kind, resource, tick, booking_id in rows:
            (teach if kind == ClaimKind.TEACH else person)[resource][tick] = booking_id

    def of_teacher(teacher_id: int) -> set[int]:
        taken = [*teach[teacher_id].items(), *person[teachers[teacher_id]].items()]
        its = {id_ for id_, row in pinned.items() if teacher_id in row.teacher_ids}
        return {tick for tick, booking_id in taken if booking_id not in its}

    def of_family(family: Family) -> set[int]:
        taken = [it for id_ in people.get(family, ()) for it in person[id_].items()]
        party = party_of[family]
        its = {id_ for id_, row in pinned.items() if party_of[row.family] is party}
        return {tick for tick, booking_id in taken if booking_id not in its}

    return _Busy(
        {id_: grid.within(of_teacher(id_)) for id_ in teachers},
        {family: grid.within(of_family(family)) for family in party_of},
    )


def _people(families: Collection[Family]) -> Mapping[Family, set[int]]:
    """Return the person ids of who comes."""
    people: defaultdict[Family, set[int]] = defaultdict(set)
    for household_id, person_id in db.session.execute(
        select(HouseholdGuardian.household_id, Guardian.person_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(HouseholdGuardian.household_id.in_([it[0] for it in families]))
    ):
        people[household_id, 0].add(person_id)
    for student_id, person_id in db.session.execute(
        select(Student.id, Student.person_id).where(Student.id.in_([it[1] for it in families]))
    ):
        people[0, student_id].add(person_id)
    return people
