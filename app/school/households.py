"""Derive households, whose guardians come to talks together, from guardianships."""

from collections import defaultdict
from datetime import date

from sqlalchemy import insert, select, text

from app.core.statements import dialect
from app.core.transaction import transaction
from app.extensions import db
from app.school.age import is_of_age, is_open_by_rule
from app.school.models import (
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Student,
)
from app.school.structure import write_pairs


def guardian_key(guardian_ids: frozenset[int]) -> str:
    """Return the key of a household with these guardians: "12-40"."""
    return "-".join(map(str, sorted(guardian_ids)))


def rebuild_households(*, today: date) -> None:
    """Update the children of all households from the guardianships.

    A student of 18 is the child of guardians whom the student has let in, and of no others.

    A household is a set of guardians. It never changes, and stays after its last child leaves,
    because past talks refer to it. Only its children change.
    """
    with transaction():
        _one_at_a_time()
        wanted = {
            (guardians, student_id)
            for student_id, sets in _sets_of_students(today).items()
            for guardians in sets
        }
        household_ids = households_of({guardians for guardians, _ in wanted})
        links = {(household_ids[guardian_key(guardians)], child) for guardians, child in wanted}
        household_id, student_id = HouseholdStudent.household_id, HouseholdStudent.student_id
        present = {
            (home, child) for home, child in db.session.execute(select(household_id, student_id))
        }
        write_pairs(household_id, student_id, sorted(links - present), sorted(present - links))
        db.session.expire_all()


def _one_at_a_time() -> None:
    """Serialise rebuilds, reading included; on SQLite the write lock does that.

    Otherwise a rebuild with stale data could put together a family that was just set apart.
    """
    if dialect() == "postgresql":
        db.session.execute(text("LOCK TABLE household_students IN SHARE ROW EXCLUSIVE MODE"))


def _sets_of_students(today: date) -> dict[int, set[frozenset[int]]]:
    rows = db.session.execute(
        select(
            Guardianship.student_id,
            Guardianship.guardian_id,
            Student.apart,
            Guardianship.opened_of_age,
            is_of_age(today),
        )
        .join(Student, Student.id == Guardianship.student_id)
        .where(
            Guardianship.ended_at.is_(None),
            is_open_by_rule(),
        )
    ).all()
    together: dict[int, set[int]] = defaultdict(set)
    sets: dict[int, set[frozenset[int]]] = defaultdict(set)
    # A student of 18 chose some guardians, or none; the others do not attend talks either.
    said = {row.student_id for row in rows if row.opened_of_age}
    for student_id, guardian_id, apart, chosen, of_age in rows:
        if (of_age or student_id in said) and not chosen:
            continue
        if apart:
            sets[student_id].add(frozenset({guardian_id}))
        else:
            together[student_id].add(guardian_id)
    for student_id, guardians in together.items():
        sets[student_id].add(frozenset(guardians))
    return sets


def households_of(sets: set[frozenset[int]]) -> dict[str, int]:
    """Return the ids of all households by key; create those missing for these sets of guardians."""
    ids = _ids()
    missing = {key: guardians for guardians in sets if (key := guardian_key(guardians)) not in ids}
    if missing:
        db.session.execute(insert(Household), [{"guardian_key": key} for key in missing])
        ids = _ids()
        db.session.execute(
            insert(HouseholdGuardian),
            [
                {"household_id": ids[key], "guardian_id": guardian_id}
                for key, guardians in missing.items()
                for guardian_id in sorted(guardians)
            ],
        )
    return ids


def _ids() -> dict[str, int]:
    return dict(db.session.execute(select(Household.guardian_key, Household.id)).all())
