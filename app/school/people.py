"""Writing many people at once, and ending those who are gone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.extensions import db
from app.school import names
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.rows import GuardianRow, PersonRow, TeacherRow

Role = type[Student] | type[Teacher] | type[Guardian]


def write_people(
    role: Role, source: str, rows: Sequence[PersonRow], columns: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write people in a role: new ones get a person of their own, known ones are brought up to date.

    ``columns`` are the values of the role itself, by key. Nobody is recognised by name or
    mail address: only the key of the source tells who somebody is.
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
    # One statement for people with the same columns: those without a salutation keep theirs.
    people = [{"id": known[row.source_id][1], "ended_on": None, **_person(row)} for row in old]
    for keys in {frozenset(person) for person in people}:
        db.session.execute(
            update(Person), [person for person in people if frozenset(person) == keys]
        )
    roles = [{"id": known[row.source_id][0], **columns[row.source_id]} for row in old]
    if roles and len(roles[0]) > 1:
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
    if isinstance(row, GuardianRow):
        person["language"] = row.language
    if isinstance(row, TeacherRow) and row.salutation:
        person["salutation"] = row.salutation
    return person


def end_people(role: Role, source: str, keys: Collection[str], today: date) -> None:
    """Note that people are no longer in the source, unless they live on in another role."""
    going = {
        person_id
        for key, person_id in db.session.execute(
            select(role.source_id, role.person_id).where(role.source == source)
        )
        if key in keys
    }
    others: set[int] = set()
    for other in (Student, Teacher, Guardian):
        if other is not role:
            others.update(db.session.scalars(select(other.person_id)))
    _set_ended(going - others, today)


def settle_guardians(source: str, today: date) -> None:
    """End guardians without a child at the school; bring those back who have one again."""
    rows = db.session.execute(
        select(Guardian.id, Person.id, Person.ended_on)
        .join(Person, Person.id == Guardian.person_id)
        .where(Guardian.source == source)
    ).all()
    with_child = set(
        db.session.scalars(
            select(Guardianship.guardian_id).where(Guardianship.ended_at.is_(None)).distinct()
        )
    )
    elsewhere = {*db.session.scalars(select(Teacher.person_id))}
    elsewhere.update(db.session.scalars(select(Student.person_id)))
    _set_ended(
        {
            person_id
            for guardian_id, person_id, ended_on in rows
            if guardian_id not in with_child and ended_on is None and person_id not in elsewhere
        },
        today,
    )
    _set_ended(
        {
            person_id
            for guardian_id, person_id, ended_on in rows
            if guardian_id in with_child and ended_on is not None
        },
        None,
    )


def end_links_of(role: type[Student] | type[Guardian], source: str, now: datetime) -> None:
    """End the guardianships of people who ended."""
    column = Guardianship.student_id if role is Student else Guardianship.guardian_id
    ids = db.session.scalars(
        select(Guardianship.id)
        .join(role, role.id == column)
        .join(Person, Person.id == role.person_id)
        .where(
            role.source == source,
            Person.ended_on.is_not(None),
            Guardianship.ended_at.is_(None),
        )
    ).all()
    if ids:
        db.session.execute(update(Guardianship), [{"id": id_, "ended_at": now} for id_ in ids])


def _set_ended(person_ids: Collection[int], ended_on: date | None) -> None:
    if person_ids:
        db.session.execute(
            update(Person), [{"id": id_, "ended_on": ended_on} for id_ in sorted(person_ids)]
        )
