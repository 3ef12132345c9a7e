"""Write people in bulk, and end those who left."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update

from app.extensions import db
from app.school import names
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.rows import GuardianRow, Key, PersonRow, TeacherRow

Role = type[Student] | type[Teacher] | type[Guardian]

ROLES: tuple[Role, ...] = (Teacher, Guardian, Student)
"""By precedence: a person's first active role decides the name and the mail address."""


def lock_people() -> None:
    """Lock everybody, by id, until the end of the transaction.

    Bookings lock people in that order too, so an import and a booking cannot deadlock. On SQLite
    the write lock does that.
    """
    db.session.execute(select(Person.id).order_by(Person.id).with_for_update(key_share=True))


def write_people(
    role: Role, source: str, rows: Sequence[PersonRow], columns: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write people in a role: create a person for each new one, update known ones.

    ``columns`` are the role's own values, by key. Nobody is recognised by name or mail address:
    only the source's key identifies somebody.
    """
    known = {
        key: (role_id, person_id)
        for key, role_id, person_id in db.session.execute(
            select(role.source_id, role.id, role.person_id).where(role.source == source)
        )
    }
    new = [row for row in rows if row.source_id not in known]
    old = [row for row in rows if row.source_id in known]
    if new:
        person_ids = db.session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [_person(row) for row in new],
        ).all()
        db.session.execute(
            insert(role),
            [
                {
                    "person_id": person_id,
                    "source": source,
                    "source_id": row.source_id,
                    **columns[row.source_id],
                }
                for row, person_id in zip(new, person_ids, strict=True)
            ],
        )
    led = led_people(role)
    people = []
    for row in old:
        person_id = known[row.source_id][1]
        values = _of_role(row) if person_id in led else _person(row)
        people.append({"id": person_id, "ended_on": None, **values})
    # One statement per set of columns: people without a salutation keep theirs.
    for keys in {frozenset(person) for person in people}:
        db.session.execute(
            update(Person), [person for person in people if frozenset(person) == keys]
        )
    roles = [
        {"id": known[row.source_id][0], "ended_on": None, **columns[row.source_id]} for row in old
    ]
    if roles:
        db.session.execute(update(role), roles)


def _person(row: PersonRow) -> dict[str, Any]:
    parts = (row.given_name, row.prefix, row.family_name)
    person = {
        "given_name": row.given_name,
        "prefix": row.prefix,
        "family_name": row.family_name,
        "sort_key": names.sort_key(*parts),
        "search_key": names.search_key(*parts),
        "email": row.email,
        "email_key": names.email_key(row.email),
    }
    return {**person, **_of_role(row)}


def _of_role(row: PersonRow) -> dict[str, Any]:
    if isinstance(row, GuardianRow):
        return {"language": row.language}
    if isinstance(row, TeacherRow) and row.salutation:
        return {"salutation": row.salutation}
    return {}


def led_people(role: Role) -> set[int]:
    """Return the ids of people whose name another role decides."""
    return {
        person_id
        for leader in ROLES[: ROLES.index(role)]
        for person_id in db.session.scalars(
            select(leader.person_id).where(leader.ended_on.is_(None))
        )
    }


def end_people(role: Role, source: str, keys: Collection[str], today: date) -> None:
    """Record that people no longer have this role in the source."""
    rows = db.session.execute(
        select(role.source_id, role.id).where(role.source == source, role.ended_on.is_(None))
    )
    _set_ended(role, {role_id for key, role_id in rows if key in keys}, today)


def settle_guardians(source: str, today: date) -> None:
    """End guardians without a child at the school; restore those who have one again."""
    rows = db.session.execute(
        select(Guardian.id, Guardian.ended_on).where(Guardian.source == source)
    ).all()
    with_child = set(
        db.session.scalars(
            select(Guardianship.guardian_id).where(Guardianship.ended_at.is_(None)).distinct()
        )
    )
    live = {guardian_id for guardian_id, ended_on in rows if ended_on is None}
    ended = {guardian_id for guardian_id, ended_on in rows if ended_on is not None}
    _set_ended(Guardian, live - with_child, today)
    _set_ended(Guardian, ended & with_child, None)


def students_apart() -> frozenset[int]:
    """Return the ids of students whose guardians come apart."""
    return frozenset(db.session.scalars(select(Student.id).where(Student.apart.is_(True))))


def students_decided(source: str) -> frozenset[Key]:
    """Return the keys of students for whom the office overrode the source."""
    return frozenset(
        db.session.scalars(
            select(Student.source_id).where(Student.source == source, Student.apart_reason != "")
        )
    )


def settle_apart(source: str) -> None:
    """Set whether guardians come apart as any row of the source says, unless the office overrode it.

    A student's row can say so, or the row of a guardian that is still there.
    """
    said = or_(
        Student.said_apart,
        exists().where(
            Guardianship.student_id == Student.id,
            Guardianship.ended_at.is_(None),
            Guardianship.said_apart,
        ),
    )
    db.session.execute(
        update(Student)
        .where(Student.source == source, Student.apart_in_source != said)
        .values(apart_in_source=said)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Student)
        .where(
            Student.source == source,
            Student.apart_reason == "",
            Student.apart != Student.apart_in_source,
        )
        .values(apart=Student.apart_in_source)
        .execution_options(synchronize_session=False)
    )


def settle_people(today: date) -> None:
    """End people whose last role in a source has ended; restore those who have one again.

    People without such a role, which are members of the office, stay as they are.
    """
    people: set[int] = set()
    live: set[int] = set()
    for role in ROLES:
        for person_id, ended_on in db.session.execute(select(role.person_id, role.ended_on)):
            people.add(person_id)
            if ended_on is None:
                live.add(person_id)
    ended = set(db.session.scalars(select(Person.id).where(Person.ended_on.is_not(None))))
    _set_ended(Person, people - live - ended, today)
    _set_ended(Person, ended & live, None)


def end_links_of(role: type[Student] | type[Guardian], source: str, now: datetime) -> None:
    """End the guardianships of people who ended.

    Skip merged guardians, who have always ended: their links belong to the other guardian.
    """
    whose = (
        Guardianship.student_id == Student.id
        if role is Student
        else and_(Guardianship.in_source() == Guardian.id, Guardian.same_as_id.is_(None))
    )
    ids = db.session.scalars(
        select(Guardianship.id)
        .join(role, whose)
        .where(role.source == source, role.ended_on.is_not(None), Guardianship.ended_at.is_(None))
    ).all()
    if ids:
        db.session.execute(update(Guardianship), [{"id": id_, "ended_at": now} for id_ in ids])


def _set_ended(table: Role | type[Person], ids: Collection[int], ended_on: date | None) -> None:
    if ids:
        db.session.execute(
            update(table), [{"id": id_, "ended_on": ended_on} for id_ in sorted(ids)]
        )
