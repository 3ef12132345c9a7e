"""People and structure, limited to what the actor may see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from app.core import compiled
from app.core.access import Actor
from app.core.errors import found
from app.core.memory import Stamp
from app.core.versions import Version
from app.extensions import db
from app.school.age import is_closed_by_age, is_of_age_then, is_open_to_guardian, opened_on
from app.school.branches import CLASS_NAME
from app.school.models import (
    Guardian,
    Guardianship,
    HomeClass,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Subject,
    Teacher,
)
from app.school.names import full_name, initial

HUES = 6
"""Number of colours that distinguish the children of a family."""

COLUMNS = (Student.id, Person.given_name, Person.prefix, Person.family_name, CLASS_NAME)
ELDEST_FIRST = (Student.birth_date, Person.sort_key, Student.id)


@dataclass(frozen=True)
class Child:
    """A child as pages name it.

    ``household_id`` is the household of the asking guardian; None if the child has several
    households or none.
    """

    student_id: int
    given_name: str
    full_name: str
    initial: str
    hue: int
    class_name: str
    household_id: int | None
    is_self: bool = False  # the child is the asking student
    is_grown: bool = False  # is_self, and 18 or older
    is_alone: bool = False  # is_grown, and lets no guardian in


ChildRows: TypeAlias = Select[*tuple[Any, ...]]

# Built once: every page of a family runs one of these, and adds columns to it.
_WIDTH = len(COLUMNS) + 1
_OF_GUARDIAN: ChildRows = (
    select(*COLUMNS, HouseholdStudent.household_id)
    .join(Person, Person.id == Student.person_id)
    .join(Guardianship, Guardianship.student_id == Student.id)
    .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
    .outerjoin(HouseholdStudent, HouseholdStudent.student_id == Student.id)
    .join(
        HouseholdGuardian,
        and_(
            HouseholdGuardian.household_id == HouseholdStudent.household_id,
            HouseholdGuardian.guardian_id == bindparam("guardian_id"),
        ),
    )
    .where(
        Guardianship.guardian_id == bindparam("guardian_id"),
        is_open_to_guardian(),
    )
    .order_by(*ELDEST_FIRST)
)
_IS_GROWN = func.coalesce(is_of_age_then(), false())
_LETS_IN = exists().where(
    Guardianship.student_id == Student.id,
    Guardianship.opened_of_age,
    Guardianship.ended_at.is_(None),
)
_OF_STUDENT: ChildRows = (
    select(
        *COLUMNS,
        HouseholdStudent.household_id,
        _IS_GROWN.label("grown"),
        _LETS_IN.label("lets_in"),
    )
    .join(Person, Person.id == Student.person_id)
    .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
    .outerjoin(
        HouseholdStudent,
        and_(
            HouseholdStudent.student_id == Student.id,
            # From midnight on, also before the night has rebuilt the households.
            or_(~_IS_GROWN, _LETS_IN.correlate(Student)),
        ),
    )
    .where(Student.id == bindparam("own_student_id"))
)


def children_of(actor: Actor, today: date) -> tuple[Child, ...]:
    """Return the children an actor may see, eldest first; students see themselves."""
    rows = compiled.read(child_rows(actor), **actor_parameters(actor, today))
    return children_from(actor, rows)


_closed, _grown = aliased(Guardianship), aliased(Student)
_GROWN = (
    select(_closed.id)
    .join(_grown, _grown.id == _closed.student_id)
    .where(
        _closed.guardian_id == bindparam("guardian_id"),
        is_closed_by_age(_grown, _closed),
        _grown.ended_on.is_(None),
    )
)
_WITH_GROWN = _OF_GUARDIAN.add_columns(_GROWN.exists().label("has_grown"))


def children_and_grown(actor: Actor, today: date) -> tuple[tuple[Child, ...], bool]:
    """Return ``children_of``, and whether another child is closed for being of age only."""
    if actor.guardian_id is None:
        return children_of(actor, today), False
    parameters = actor_parameters(actor, today)
    rows = compiled.read(_WITH_GROWN, **parameters)
    has_grown = rows[0].has_grown if rows else compiled.read(_GROWN, **parameters)
    return children_from(actor, rows), bool(has_grown)


def child_rows(actor: Actor) -> ChildRows:
    """Return the statement for the children an actor may see, which callers can extend.

    ``children_from`` reads its rows, of which a child may have several; ``actor_parameters``
    returns its parameters.
    """
    return _OF_GUARDIAN if actor.guardian_id is not None else _OF_STUDENT


def actor_parameters(actor: Actor, today: date) -> dict[str, Any]:
    """Return the parameters of ``child_rows``."""
    if actor.guardian_id is not None:
        return {"guardian_id": actor.guardian_id, **opened_on(today)}
    return {"own_student_id": actor.student_id, **opened_on(today)}


def children_from(actor: Actor, rows: Iterable[Any]) -> tuple[Child, ...]:
    """Return the children in the leading columns of rows of ``child_rows``."""
    homes: dict[Any, dict[int | None, None]] = {}
    of_self: dict[str, Any] = {}
    for row in rows:
        if actor.guardian_id is None and not of_self:
            grown = bool(row.grown)
            of_self = {"is_self": True, "is_grown": grown, "is_alone": grown and not row.lets_in}
        *child, household_id = row[:_WIDTH]
        homes.setdefault(tuple(child), {})[household_id] = None
    children = (
        _child(number, next(iter(own)) if len(own) == 1 else None, *child)
        for number, (child, own) in enumerate(homes.items())
    )
    return tuple(replace(child, **of_self) if of_self else child for child in children)


_mine, _theirs = aliased(HouseholdGuardian), aliased(HouseholdGuardian)
_CIRCLE = union(
    select(Student.person_id)
    .join(HouseholdStudent, HouseholdStudent.student_id == Student.id)
    .join(_mine, _mine.household_id == HouseholdStudent.household_id)
    .where(_mine.guardian_id == bindparam("guardian_id")),
    select(Guardian.person_id)
    .join(_theirs, _theirs.guardian_id == Guardian.id)
    .join(_mine, _mine.household_id == _theirs.household_id)
    .where(_mine.guardian_id == bindparam("guardian_id")),
    select(Guardian.person_id)
    .join(_theirs, _theirs.guardian_id == Guardian.id)
    .join(HouseholdStudent, HouseholdStudent.household_id == _theirs.household_id)
    .where(HouseholdStudent.student_id == bindparam("student_id")),
)


def circle_of(actor: Actor) -> tuple[int, ...]:
    """Return the people whose revisions move with any change that the actor's tables show.

    These are the actor, all children of the actor's households, and who else attends their talks;
    not the other household of children whose guardians come apart.
    """
    if actor.guardian_id is None and actor.student_id is None:
        return ()
    ids = {"guardian_id": actor.guardian_id, "student_id": actor.student_id}
    people = {person_id for (person_id,) in compiled.look(_CIRCLE, **ids)}
    return tuple(sorted(people | {actor.person_id}))


CIRCLE_REVISIONS = (
    select(func.coalesce(func.sum(Person.revision), 0))
    .where(Person.id.in_(bindparam("circle", expanding=True)))
    .scalar_subquery()
)
_STAMP = select(Version.number, Version.details, CIRCLE_REVISIONS)


def stamp_of(circle: tuple[int, ...]) -> Stamp:
    """Return the stamp of a circle as it is now."""
    ((version, details, revisions),) = compiled.look(_STAMP, circle=circle)
    return Stamp(version, details, revisions, circle)


def stamp_inside(circle: tuple[int, ...]) -> Stamp:
    """Return the stamp of a circle as this transaction sees it."""
    ((version, details, revisions),) = compiled.execute(_STAMP, circle=circle)
    return Stamp(version, details, revisions, circle)


def child_of(actor: Actor, student_id: int, today: date) -> Child:
    """Return one of the actor's children. Raises NotFoundError for other people's."""
    return found(next((c for c in children_of(actor, today) if c.student_id == student_id), None))


def children_named(student_ids: Collection[int]) -> tuple[Child, ...]:
    """Return students as mails name them; the caller must know who may read the mail."""
    rows = db.session.execute(
        select(*COLUMNS)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .where(Student.id.in_(student_ids))
        .order_by(*ELDEST_FIRST)
    ).all()
    return tuple(_child(number, None, *row) for number, row in enumerate(rows))


def person_ids(
    role: type[Student] | type[Teacher] | type[Guardian], source: str, source_ids: Collection[str]
) -> tuple[int, ...]:
    """Return the ids of people who have this role under these ids of a source."""
    return tuple(
        db.session.scalars(
            select(role.person_id).where(role.source == source, role.source_id.in_(source_ids))
        )
    )


def subject_ids() -> dict[str, int]:
    """Return subject ids by code."""
    return dict(db.session.execute(select(Subject.code, Subject.id)).all())


def _child(
    number: int,
    household_id: int | None,
    student_id: int,
    given: str,
    prefix: str,
    family: str,
    class_name: str | None,
) -> Child:
    return Child(
        student_id,
        given,
        full_name(given, prefix, family),
        initial(given or family),
        number % HUES,
        class_name or "",
        household_id,
    )
