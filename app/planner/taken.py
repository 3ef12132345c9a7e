"""Who is taken when, by anything but the talks that are to be planned or stay."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from app.bookings import attendees
from app.bookings.models import Claim, ClaimKind, Unavailability
from app.core.ticks import ticks
from app.extensions import db
from app.planner.grid import Grid
from app.planner.problem import Cell, Party
from app.requests.models import AwayTime, Wishes
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Modality
from app.school.models import Student

Family = tuple[int, int]
"""A household, and 0; or 0, and a student who comes alone."""


def family_of(household_id: int | None, student_id: int) -> Family:
    """Return the family of a talk."""
    return (household_id, 0) if household_id else (0, student_id)


class PlanTalk(NamedTuple):
    """A talk that is booked or asked for; ``cell`` is where it is, or ("", 0)."""

    id: int
    family: Family
    student_id: int
    teacher_ids: tuple[int, ...]
    length: int
    cell: Cell = ("", 0)
    priority: int = 1
    booking_id: int = 0  # of a talk that an earlier plan made
    order: int = 0  # among what is asked for a child, the dearest first


class TakenCells(NamedTuple):
    """The cells in which teachers and families are taken."""

    teachers: Mapping[int, set[Cell]]
    families: Mapping[Family, set[Cell]]


def taken_of(
    grid: Grid,
    talks: Collection[PlanTalk],
    teachers: Mapping[int, int],
    party_of: Mapping[Family, Party],
    rooms: Mapping[int, Mapping[str, int]],
) -> TakenCells:
    """Return when teachers and families are taken by anything but their own of these talks.

    ``talks`` have a booking id, ``teachers`` are person ids by teacher. Somebody who teaches may sit
    in one of these talks as a parent. ``rooms`` are those of teachers that hold one talk at a time,
    by day: a colleague's talk there takes the time too.
    """
    people = _people(party_of)
    everybody = {*teachers.values(), *(id_ for ids in people.values() for id_ in ids)}
    its_rooms = {room for of_teacher in rooms.values() for room in of_teacher.values()}
    teach, person, held = _claims(grid, teachers, everybody, its_rooms)
    of_teacher: defaultdict[int, set[int]] = defaultdict(set)
    of_party: defaultdict[str, set[int]] = defaultdict(set)
    for talk in talks:
        for teacher_id in talk.teacher_ids:
            of_teacher[teacher_id].add(talk.booking_id)
        of_party[party_of[talk.family].id].add(talk.booking_id)

    def taken_by_others(claims: Iterable[tuple[int, int | None]], own: Set[int]) -> set[Cell]:
        return grid.within({tick for tick, booking_id in claims if booking_id not in own})

    return TakenCells(
        {
            id_: taken_by_others(chain(teach[id_], person[person_id]), of_teacher[id_])
            | {
                cell
                for day, room in rooms.get(id_, {}).items()
                for cell in taken_by_others(held[room], of_teacher[id_])
                if cell[0] == day
            }
            for id_, person_id in teachers.items()
        },
        {
            family: taken_by_others(
                chain.from_iterable(person[id_] for id_ in people.get(family, ())),
                of_party[party.id],
            )
            for family, party in party_of.items()
        },
    )


_Claims = Mapping[int, Sequence[tuple[int, int | None]]]
"""Ticks and the talk in them, or None for an absence, by teacher, person or room."""


def _claims(
    grid: Grid, teachers: Collection[int], people: Collection[int], rooms: Collection[int]
) -> tuple[_Claims, _Claims, _Claims]:
    found: dict[str, defaultdict[int, list[tuple[int, int | None]]]] = {
        kind: defaultdict(list) for kind in ClaimKind
    }
    # A talk that was left in an absence has the claims there, and the absence has none.
    for teacher_id, starts_at, ends_at in db.session.execute(
        select(Unavailability.teacher_id, Unavailability.starts_at, Unavailability.ends_at).where(
            Unavailability.teacher_id.in_(teachers)
        )
    ):
        found[ClaimKind.TEACH][teacher_id] += [(it, None) for it in ticks(starts_at, ends_at)]
    used = [its for its in grid.cells.values() if its]
    if used:
        during = Claim.tick.between(min(it.start for it in used), max(it.stop for it in used))
        rows = db.session.execute(
            select(Claim.kind, Claim.resource_id, Claim.tick, Claim.booking_id).where(
                or_(
                    and_(Claim.kind == ClaimKind.TEACH, Claim.resource_id.in_(teachers)),
                    and_(Claim.kind == ClaimKind.PERSON, Claim.resource_id.in_(people)),
                    and_(Claim.kind == ClaimKind.ROOM, Claim.resource_id.in_(rooms)),
                ),
                during,
            )
        )
        for kind, resource, tick, booking_id in rows:
            found[kind][resource].append((tick, booking_id))
    return found[ClaimKind.TEACH], found[ClaimKind.PERSON], found[ClaimKind.ROOM]


def _people(families: Collection[Family]) -> Mapping[Family, Set[int]]:
    """Return the person ids of who comes."""
    students = db.session.execute(
        select(Student.id, Student.person_id).where(Student.id.in_([it[1] for it in families]))
    )
    households = attendees.of_households([it[0] for it in families])
    return {
        **{(0, student_id): {person_id} for student_id, person_id in students},
        **{(household_id, 0): ids for household_id, ids in households.items()},
    }


def held_rooms(
    round_: RoundInfo, evenings: Sequence[EveningInfo]
) -> Mapping[int, Mapping[str, int]]:
    """Return the rooms that hold one talk at a time, by teacher and day; none if talks are elsewhere."""
    rooms: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for evening in evenings if round_.modality is Modality.SITE else ():
        for teacher_id, room in evening.rooms.items():
            if room.exclusive:
                rooms[teacher_id][f"e{evening.id}"] = room.id
    return rooms


def away_of(round_id: int, grid: Grid) -> Mapping[Family, set[Cell]]:
    """Return when families cannot come, but for what the office overruled."""
    away: defaultdict[Family, set[Cell]] = defaultdict(set)
    for household_id, student_id, starts_at, ends_at in db.session.execute(
        select(Wishes.household_id, Wishes.student_id, AwayTime.starts_at, AwayTime.ends_at)
        .join(AwayTime, AwayTime.wishes_id == Wishes.id)
        .where(Wishes.round_id == round_id, AwayTime.overruled.is_(False))
    ):
        family = family_of(household_id, student_id or 0)
        away[family] |= grid.within(ticks(starts_at, ends_at))
    return away
