"""Children and households as the office sees them: each household of a child separately."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import NotFoundError
from app.extensions import db
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent, Person
from app.school.queries import Child, children_named
from app.school.reading import NAME, grouped_names

_former = func.coalesce(Guardian.former_person_id, Guardian.person_id)


def _is_or_was(guardian: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition for a guardian's own row and those that were merged into it.

    Each half has an index, which a COALESCE of the two columns would not use.
    """
    return or_(
        Guardian.same_as_id == guardian,
        and_(Guardian.id == guardian, Guardian.same_as_id.is_(None)),
    )


@dataclass(frozen=True)
class Home:
    """A child's household: guardians who come together."""

    household_id: int
    guardians: tuple[str, ...]


def homes_of(student_id: int) -> tuple[Home, ...]:
    """Return the households of a child; empty if no guardian may see it."""
    households = select(HouseholdStudent.household_id).where(
        HouseholdStudent.student_id == student_id
    )
    return _homes(HouseholdGuardian.household_id.in_(households))


def homes_named(
    household_ids: Collection[int | None] | Select[int | None],
) -> dict[int | None, Home]:
    """Return households by id, including those without a child."""
    of_these = HouseholdGuardian.household_id.in_(household_ids)
    return {home.household_id: home for home in _homes(of_these)}


def homes_apart(
    pairs: Iterable[tuple[int, int | None]],
) -> Mapping[tuple[int, int | None], tuple[str, ...]]:
    """Return the guardians of households by (student, household), where it must be said whose
    something is: the child has others too.
    """
    pairs = set(pairs)
    households: defaultdict[int, set[int | None]] = defaultdict(set)
    for student_id, household_id in db.session.execute(
        select(HouseholdStudent.student_id, HouseholdStudent.household_id).where(
            HouseholdStudent.student_id.in_({student_id for student_id, _household in pairs})
        )
    ):
        households[student_id].add(household_id)
    named = homes_named({household_id for _student, household_id in pairs})
    return {
        (student_id, household_id): named[household_id].guardians
        for student_id, household_id in pairs
        if household_id in named and households[student_id] != {household_id}
    }


def _homes(which: ColumnElement[bool]) -> tuple[Home, ...]:
    names = grouped_names(
        select(HouseholdGuardian.household_id, NAME)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(which)
        .order_by(HouseholdGuardian.household_id, Person.sort_key, Person.id)
    )
    return tuple(Home(id_, tuple(of_household)) for id_, of_household in names.items())


def households_of(guardian_id: int) -> list[int]:
    """Return the ids of households, also past ones, in which this guardian is or was."""
    return list(
        db.session.scalars(
            select(HouseholdGuardian.household_id)
            .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
            .where(_is_or_was(guardian_id))
        )
    )


def people_of(household_ids: Collection[int | None]) -> Mapping[int | None, Mapping[int, int]]:
    """Return guardian ids by household and person id, including former people and merged rows."""
    rows = db.session.execute(
        select(
            HouseholdGuardian.household_id,
            HouseholdGuardian.guardian_id,
            Guardian.person_id,
            _former,
        )
        .join(Guardian, _is_or_was(HouseholdGuardian.guardian_id))
        .where(HouseholdGuardian.household_id.in_(household_ids))
    )
    people: dict[int | None, dict[int, int]] = {}
    for household_id, guardian_id, *of_guardian in rows:
        of_household = people.setdefault(household_id, {})
        of_household |= dict.fromkeys(of_guardian, guardian_id)
    return people


def child_at(student_id: int, household_id: int | None) -> Child:
    """Return a child with one of its households, or without one.

    Raises NotFoundError if the household is not the child's, or is None although the child has one.
    """
    households = db.session.scalars(
        select(HouseholdStudent.household_id).where(HouseholdStudent.student_id == student_id)
    ).all()
    if household_id not in households if households else household_id is not None:
        raise NotFoundError
    return children_at([student_id], household_id)[0]


def children_at(student_ids: Collection[int], household_id: int | None) -> tuple[Child, ...]:
    """Return children with this household, eldest first. Raises NotFoundError if there are none."""
    children = children_named(student_ids)
    if not children:
        raise NotFoundError
    return tuple(replace(child, household_id=household_id) for child in children)


def siblings_at(household_id: int | None, student_id: int) -> tuple[Child, ...]:
    """Return all children of a household; without a household, the student alone."""
    if household_id is None:
        return children_at([student_id], None)
    students = db.session.scalars(
        select(HouseholdStudent.student_id).where(HouseholdStudent.household_id == household_id)
    ).all()
    return children_at([*students, student_id], household_id)
