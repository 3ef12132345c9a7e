"""The people at a mail address, with what each of them may see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.accounts.policy import Resident
from app.accounts.queries import PEOPLE, name_of, roles_of
from app.core import compiled
from app.school.age import is_open_to_guardian, opened_on
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.names import fold, full_name

_IN_A_ROLE = or_(
    Guardian.id.is_not(None),
    Student.id.is_not(None),
    Teacher.id.is_not(None),
    Account.administrator,
    Account.scheduler,
)


_pupil, _child = aliased(Student), aliased(Person)


def _residents(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement for people with the students whose guardian each of them is or was.

    A person has a row for each student, eldest first, or one without.
    """
    return (
        PEOPLE.add_columns(
            Person.email_key,
            _pupil.id.label("pupil_id"),
            _pupil.apart,
            is_open_to_guardian(_pupil).label("is_open"),
            _child.given_name.label("child_given_name"),
            _child.prefix.label("child_prefix"),
            _child.family_name.label("child_family_name"),
        )
        .outerjoin(Guardianship, Guardianship.guardian_id == Guardian.id)
        .outerjoin(_pupil, _pupil.id == Guardianship.student_id)
        .outerjoin(_child, _child.id == _pupil.person_id)
        .where(which, _IN_A_ROLE)
        .order_by(Person.id, _pupil.birth_date, _child.sort_key, _pupil.id)
    )


# Built once: everybody who signs in with a mail runs the first twice.
_AT_ADDRESS = _residents(Person.email_key == bindparam("email_key"))
_NEIGHBOURS = _residents(
    Person.email_key.in_(
        select(Person.email_key)
        .where(Person.email_key != "", Person.ended_on.is_(None))
        .group_by(Person.email_key)
        .having(func.count() > 1)
    )
)


def load_residents(email_key: str, *, today: date) -> list[Resident]:
    """Return the people with one mail address who have a role at the school, oldest first."""
    if not email_key:
        return []  # nobody's address
    return _load(_AT_ADDRESS, today, email_key=email_key).get(email_key, [])


def load_neighbours(*, today: date) -> Mapping[str, list[Resident]]:
    """Return the people at each address that two or more of them have, like ``load_residents``."""
    homes = _load(_NEIGHBOURS, today)
    return {key: residents for key, residents in homes.items() if len(residents) > 1}


def _load(
    statement: Select[*tuple[Any, ...]], today: date, **where: str
) -> dict[str, list[Resident]]:
    """Return people by mail address, in one statement however many there are."""
    homes: defaultdict[str, list[Resident]] = defaultdict(list)
    rows = compiled.read(statement, **where, **opened_on(today))
    for _id, of_person in groupby(rows, key=lambda row: row.person_id):
        person = list(of_person)
        homes[person[0].email_key].append(_resident(person))
    return homes


def _resident(rows: Sequence[Row[*tuple[Any, ...]]]) -> Resident:
    row = rows[0]
    seen = [one for one in rows if one.pupil_id is not None and one.is_open]
    return Resident(
        row.person_id,
        name_of(row),
        row.email,
        row.language,
        roles_of(row),
        children=frozenset(one.pupil_id for one in seen),
        closed=frozenset(
            one.pupil_id for one in rows if one.pupil_id is not None and not one.is_open
        ),
        apart=any(one.apart for one in seen),
        child_names=tuple(_child_name(one) for one in seen),
        has_first_name=_is_first_name(row.given_name),
        guardian_id=row.guardian_id,
        teacher_id=row.teacher_id,
        student_id=row.student_id,
    )


def _child_name(row: Row[*tuple[Any, ...]]) -> str:
    return row.child_given_name or full_name("", row.child_prefix, row.child_family_name)


def _is_first_name(given: str) -> bool:
    """Whether this is more than initials: "J." can be Jan and Joke."""
    return any(len(word) > 1 and "." not in word for word in fold(given).split())
