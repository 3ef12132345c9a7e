"""Select names of people: ``select(Student.id, NAME)`` gives rows with ``row.name.full``."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Bundle

from app.extensions import db
from app.school.branches import CLASS_NAME
from app.school.models import (
    Guardian,
    Guardianship,
    HomeClass,
    HouseholdGuardian,
    Person,
    Student,
    Teacher,
)
from app.school.names import formal_name, full_name


@dataclass(frozen=True)
class PersonName:
    """The parts of a name; empty if an outer join found nobody (None)."""

    salutation: str | None
    given: str | None
    prefix: str | None
    family: str | None

    @property
    def full(self) -> str:
        """The name as colleagues read it: "Vera de Vries"."""
        return full_name(self.given or "", self.prefix or "", self.family or "")

    @property
    def formal(self) -> str:
        """The name as parents read it: "mevr. De Vries"."""
        return formal_name(
            self.salutation or "", self.given or "", self.prefix or "", self.family or ""
        )

    @property
    def sorted(self) -> str:
        """The name as lists sort it: "Vries, Vera de"."""
        rest = full_name(self.given or "", self.prefix or "", "")
        return f"{self.family}, {rest}" if self.family and rest else self.family or rest


class _NameBundle(Bundle[PersonName]):
    def create_row_processor(
        self,
        query: Select[*tuple[Any, ...]],
        procs: Sequence[Callable[[Row[*tuple[Any, ...]]], Any]],
        labels: Sequence[str],
    ) -> Callable[[Row[*tuple[Any, ...]]], PersonName]:
        """Return a function that makes one PersonName of a row's columns."""
        return lambda row: PersonName(*(proc(row) for proc in procs))


def name_of(person: type[Person], label: str = "name") -> Bundle[PersonName]:
    """Return the name of a person, or of an alias, as one column of a query."""
    return _NameBundle(
        label, person.salutation, person.given_name, person.prefix, person.family_name
    )


NAME = name_of(Person)

STUDENTS = (
    select(Student.id, NAME, CLASS_NAME)
    .join(Person, Person.id == Student.person_id)
    .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
)
"""Students with name and class; callers add conditions and an order."""


def names_of(
    role: type[Student] | type[Teacher] | type[Guardian], ids: Collection[int | None]
) -> dict[int, str]:
    """Return full names by the role's ids."""
    rows = db.session.execute(
        select(role.id, NAME).join(Person, Person.id == role.person_id).where(role.id.in_(ids))
    )
    return {id_: name.full for id_, name in rows}


def grouped_names(statement: Select[*tuple[Any, ...]]) -> dict[Any, list[str]]:
    """Return lists of full names by the first column of a query for (key, NAME), in its order."""
    names: dict[Any, list[str]] = {}
    for key, name in db.session.execute(statement):
        names.setdefault(key, []).append(name.full)
    return names


@dataclass(frozen=True)
class Contact:
    """A guardian whom the office may call; ``phone`` is as the school's data have it, or ""."""

    name: str
    phone: str

    def __str__(self) -> str:
        return f"{self.name} {self.phone}".rstrip()


def contacts_of(student_ids: Collection[int]) -> dict[int, list[Contact]]:
    """Return the students' present guardians, by student; for the office alone."""
    return _contacts(
        select(Guardianship.student_id, NAME, Guardian.number())
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(
            Guardianship.student_id.in_(student_ids),
            Guardianship.ended_at.is_(None),
            Guardian.ended_on.is_(None),
        )
        .order_by(Guardianship.student_id, Person.sort_key, Guardian.id)
    )


def contacts_at(household_ids: Collection[int]) -> dict[int, list[Contact]]:
    """Return the present guardians of households, by household; for the office alone."""
    return _contacts(
        select(HouseholdGuardian.household_id, NAME, Guardian.number())
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(HouseholdGuardian.household_id.in_(household_ids), Guardian.ended_on.is_(None))
        .order_by(HouseholdGuardian.household_id, Person.sort_key, Guardian.id)
    )


def _contacts(statement: Select[int, Any, str]) -> dict[int, list[Contact]]:
    contacts: dict[int, list[Contact]] = {}
    for key, name, phone in db.session.execute(statement):
        contacts.setdefault(key, []).append(Contact(name.full, phone))
    return contacts


@dataclass(frozen=True)
class Reader:
    """A mail's recipient: mail address, language (may be empty), and the id if a student."""

    email: str
    language: str
    student_id: int | None

    @property
    def is_student(self) -> bool:
        """Whether to use the texts for students."""
        return self.student_id is not None


def load_reader(person_id: int) -> Reader:
    """Return where and how to write to a person."""
    row = db.session.execute(
        select(Person.email, Person.reads(), Student.id)
        .outerjoin(Student, Student.person_id == Person.id)
        .where(Person.id == person_id)
    ).one()
    return Reader(*row)
