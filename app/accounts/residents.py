"""The people at a mail address, with what each of them may see."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.accounts.policy import Resident
from app.accounts.queries import PEOPLE, name_of, roles_of
from app.core.statements import run
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.names import fold
from app.school.queries import IS_OPEN, opened_on

_IN_A_ROLE = or_(
    Guardian.id.is_not(None),
    Student.id.is_not(None),
    Teacher.id.is_not(None),
    Account.administrator,
    Account.scheduler,
)


_child = aliased(Person)


def _people(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return PEOPLE.add_columns(Person.email_key).where(which, _IN_A_ROLE).order_by(Person.id)


def _links(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement for guardians' students, eldest first: those of the past too."""
    return (
        select(
            Guardianship.guardian_id,
            Student.id,
            Student.apart,
            IS_OPEN.label("is_open"),
            _child.given_name,
            _child.prefix,
            _child.family_name,
        )
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .join(Student, Student.id == Guardianship.student_id)
        .join(_child, _child.id == Student.person_id)
        .where(which)
        .order_by(Student.birth_date, _child.sort_key, Student.id)
    )


_AT_ADDRESS = Person.email_key == bindparam("email_key")
_SHARES_ITS_ADDRESS = Person.email_key.in_(
    select(Person.email_key)
    .where(Person.email_key != "", Person.ended_on.is_(None))
    .group_by(Person.email_key)
    .having(func.count() > 1)
)
# Built once: signing in runs the first pair twice.
_RESIDENTS = _people(_AT_ADDRESS), _links(_AT_ADDRESS)
_NEIGHBOURS = _people(_SHARES_ITS_ADDRESS), _links(_SHARES_ITS_ADDRESS)


def load_residents(email_key: str, *, today: date) -> list[Resident]:
    """Return the people with one mail address who have a role at the school, oldest first."""
    if not email_key:
        return []  # nobody's address
    return _load(*_RESIDENTS, today, email_key=email_key).get(email_key, [])


def load_neighbours(*, today: date) -> Mapping[str, list[Resident]]:
    """Return the people at each address that two or more of them have, like ``load_residents``."""
    homes = _load(*_NEIGHBOURS, today)
    return {key: residents for key, residents in homes.items() if len(residents) > 1}


def _load(
    people: Select[*tuple[Any, ...]], links: Select[*tuple[Any, ...]], today: date, **where: str
) -> dict[str, list[Resident]]:
    """Return people by mail address, in two statements however many there are."""
    of_guardian: defaultdict[int | None, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for link in run(links, {**where, **opened_on(today)}):
        of_guardian[link.guardian_id].append(link)
    homes: defaultdict[str, list[Resident]] = defaultdict(list)
    for row in run(people, where):
        homes[row.email_key].append(_resident(row, of_guardian[row.guardian_id]))
    return homes


def _resident(row: Row[*tuple[Any, ...]], links: list[Row[*tuple[Any, ...]]]) -> Resident:
    seen = [link for link in links if link.is_open]
    return Resident(
        row.person_id,
        name_of(row),
        row.email,
        row.language,
        roles_of(row),
        children=frozenset(link.id for link in seen),
        closed=frozenset(link.id for link in links if not link.is_open),
        apart=any(link.apart for link in seen),
        child_names=tuple(link.given_name or name_of(link) for link in seen),
        has_first_name=_is_first_name(row.given_name),
        guardian_id=row.guardian_id,
        teacher_id=row.teacher_id,
        student_id=row.student_id,
    )


def _is_first_name(given: str) -> bool:
    """Whether this is more than initials: "J." can be Jan and Joke."""
    return any(len(word) > 1 and "." not in word for word in fold(given).split())
