"""Those who would come for a family, but give talks as teachers then: the others come alone."""

from collections.abc import Collection, Mapping, Set

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, Claim, ClaimKind
from app.core import compiled
from app.extensions import db
from app.school.models import Guardian, HouseholdGuardian, Person, Teacher
from app.school.reading import NAME

_TAUGHT = aliased(Claim)
_AT_WORK = (
    select(Claim.resource_id, Claim.tick)
    .join(Teacher, Teacher.person_id == Claim.resource_id)
    .join(
        _TAUGHT,
        (_TAUGHT.kind == ClaimKind.TEACH)
        & (_TAUGHT.resource_id == Teacher.id)
        & (_TAUGHT.tick == Claim.tick)
        & (_TAUGHT.booking_id == Claim.booking_id),
    )
    .where(
        Claim.kind == ClaimKind.PERSON,
        Claim.resource_id.in_(bindparam("people", expanding=True)),
        Claim.tick.in_(bindparam("ticks", expanding=True)),
    )
)


def all_at_work(family: Set[int], missed: Collection[tuple[str, int, int]]) -> set[int]:
    """Return the people without whom a talk can be, of the claims (kind, id, tick) that it missed.

    They are some of the family, and work at each of these ticks; empty if any claim is needed.
    """
    people = {resource for _kind, resource, _tick in missed}
    if (
        not people
        or not people < family
        or any(kind != ClaimKind.PERSON for kind, *_rest in missed)
    ):
        return set()
    ticks = sorted({tick for *_whose, tick in missed})
    working = set(map(tuple, compiled.read(_AT_WORK, people=sorted(people), ticks=ticks)))
    return people if working.issuperset(row[1:] for row in missed) else set()


_HERE = exists().where(
    Claim.booking_id == Booking.id,
    Claim.kind == ClaimKind.PERSON,
    Claim.resource_id == Guardian.person_id,
)
_OF_HOUSEHOLD = and_(
    HouseholdGuardian.household_id == Booking.household_id,
    Guardian.id == HouseholdGuardian.guardian_id,
)


def is_partly() -> ColumnElement[bool]:
    """Return the condition for bookings to which some of the household come, but not all."""
    comes = exists().where(_OF_HOUSEHOLD, _HERE.correlate(Booking, Guardian))
    misses = exists().where(_OF_HOUSEHOLD, ~_HERE.correlate(Booking, Guardian))
    return and_(comes.correlate(Booking), misses.correlate(Booking))


def who_comes(booking_ids: Collection[int] | Select[int]) -> Mapping[int, tuple[str, ...]]:
    """Return the names of the guardians who come, of those talks to which not all of them do."""
    rows = db.session.execute(
        select(Booking.id, NAME)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == Booking.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(Booking.id.in_(booking_ids), is_partly(), _HERE.correlate(Booking, Guardian))
        .order_by(Person.sort_key, Person.id)
    )
    names: dict[int, tuple[str, ...]] = {}
    for booking_id, name in rows:
        names[booking_id] = (*names.get(booking_id, ()), name.full)
    return names
