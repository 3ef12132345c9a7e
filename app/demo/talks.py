"""Let the demo's families book talks, through the same service as real ones."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import select

from app.bookings import service as bookings
from app.bookings.rules import Choice
from app.core.access import Actor, Role
from app.core.i18n import local_day
from app.extensions import db
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Offer, teacher_ids_of
from app.rounds.queries import load_evenings, load_round
from app.school.age import is_open
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)


@dataclass(frozen=True)
class BookingFamily:
    """A person who books, and the children to book for."""

    actor: Actor
    student_ids: tuple[int, ...]


@dataclass
class _Hall:
    """What is still free in a round, as far as it was booked here."""

    round_: RoundInfo
    evenings: Sequence[EveningInfo]
    offers: Mapping[int, Mapping[str, int]]  # student -> teacher key -> offer
    taken: set[tuple[int, int]] = field(default_factory=set)  # (teacher key, slot)


def fill(
    round_id: int,
    families: Iterable[BookingFamily],
    *,
    share: float,
    since: datetime,
    until: datetime,
    random: Random,
    at_most: int = 3,
) -> int:
    """Let a ``share`` of families (0 to 1) book talks between two moments; return how many.

    At most ``at_most`` per child, and never more than the round allows.
    """
    round_ = load_round(round_id)
    hall = _Hall(round_, load_evenings(round_id), _offers(round_id))
    coming = [family for family in families if random.random() < share]
    booked = 0
    for number, family in enumerate(coming):
        now = since + (until - since) * (number / len(coming))
        booked += _choose(hall, family, now, random, min(at_most, round_.max_per_child))
    return booked


def _choose(hall: _Hall, family: BookingFamily, now: datetime, random: Random, at_most: int) -> int:
    """Book talks for all children, close together on one evening."""
    evening = random.choice(hall.evenings)
    # Early times are the most popular.
    cursor = int(len(evening.slots) * random.random() ** 1.5)
    own: set[int] = set()
    booked = 0
    for student_id in family.student_ids:
        offers = hall.offers.get(student_id, {})
        wanted = min(random.choices((1, 2, 3), (3, 4, 3))[0], at_most, len(offers))
        choices = []
        for key in random.sample(sorted(offers), wanted):
            index = _nearest(evening, cursor, own, key, hall)
            if index is not None:
                slot = evening.slots[index]
                own.add(index)
                hall.taken.update((teacher, slot.id) for teacher in teacher_ids_of(key))
                choices.append(Choice(slot.id, offers[key]))
                cursor = index + 2  # time to walk
        if choices:
            result = bookings.book(
                family.actor,
                hall.round_.id,
                student_id,
                choices,
                together=False,
                submission=f"demo-{hall.round_.id}-{family.actor.person_id}-{student_id}",
                now=now,
            )
            booked += len(result.booked)
    return booked


def _nearest(evening: EveningInfo, cursor: int, own: set[int], key: str, hall: _Hall) -> int | None:
    """Return the index of the free slot nearest to the cursor that leaves time to walk."""
    for index in sorted(range(len(evening.slots)), key=lambda index: abs(index - cursor)):
        slot_id = evening.slots[index].id
        if own.isdisjoint((index - 1, index, index + 1)) and all(
            (teacher, slot_id) not in hall.taken for teacher in teacher_ids_of(key)
        ):
            return index
    return None


def _offers(round_id: int) -> Mapping[int, Mapping[str, int]]:
    offers: dict[int, dict[str, int]] = defaultdict(dict)
    for offer in db.session.scalars(
        select(Offer).where(Offer.round_id == round_id, Offer.offered).order_by(Offer.id.desc())
    ):
        offers[offer.student_id][offer.teacher_key] = offer.id
    return offers


def families(now: datetime) -> list[BookingFamily]:
    """Return one guardian per household, with the children that guardian may book for."""
    households: dict[int, dict[int, tuple[Actor, list[int]]]] = defaultdict(dict)
    for household_id, student_id, guardian, person in db.session.execute(
        select(HouseholdGuardian.household_id, Student.id, Guardian, Person)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
        .join(Student, Student.id == HouseholdStudent.student_id)
        .join(
            Guardianship,
            (Guardianship.student_id == Student.id) & (Guardianship.guardian_id == Guardian.id),
        )
        .where(is_open(local_day(now)))
        .order_by(HouseholdGuardian.household_id, Guardian.id, Student.id)
    ):
        roles = frozenset({Role.GUARDIAN})
        actor = Actor(None, person.id, _name(person), roles, guardian_id=guardian.id)
        households[household_id].setdefault(guardian.id, (actor, []))[1].append(student_id)
    return [
        BookingFamily(actor, tuple(student_ids))
        for guardians in households.values()
        for actor, student_ids in list(guardians.values())[:1]
    ]


def students(home_class_ids: Sequence[int]) -> list[BookingFamily]:
    """Return all students of these classes, each booking for themselves."""
    roles = frozenset({Role.STUDENT})
    return [
        BookingFamily(
            Actor(None, person.id, _name(person), roles, student_id=student.id), (student.id,)
        )
        for student, person in db.session.execute(
            select(Student, Person)
            .join(Person, Person.id == Student.person_id)
            .where(Student.home_class_id.in_(home_class_ids))
            .order_by(Student.id)
        )
    ]


def _name(person: Person) -> str:
    return person.full_name
