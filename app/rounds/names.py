"""The names that people write for classes and teachers, and the rows they mean."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.school.models import HomeClass, Student, Teacher
from app.settings.queries import load_school


@dataclass(frozen=True)
class Names:
    """Ids by name, code and key; a name that two branches use maps to two ids."""

    classes: Mapping[str, frozenset[int]]
    teachers: Mapping[str, frozenset[int]]
    zone: ZoneInfo


@dataclass(frozen=True)
class Labels:
    """The reverse: numbers and codes by which to name a student or teacher."""

    students: Mapping[int, str]  # numbers by id
    teachers: Mapping[int, str]  # codes by id


def load_names() -> Names:
    """Return the names of all classes and of the teachers who have not left."""
    classes: dict[str, set[int]] = defaultdict(set)
    for class_ in db.session.scalars(select(HomeClass)):
        classes[class_.name].add(class_.id)
        classes[class_.source_id].add(class_.id)
    teachers: dict[str, set[int]] = defaultdict(set)
    for teacher in db.session.scalars(select(Teacher).where(Teacher.ended_on.is_(None))):
        teachers[teacher.code].add(teacher.id)
        teachers[teacher.source_id].add(teacher.id)
    return Names(
        {name: frozenset(ids) for name, ids in classes.items()},
        {name: frozenset(ids) for name, ids in teachers.items()},
        load_school().zone,
    )


def load_labels() -> Labels:
    """Return the numbers of all students and the codes of all teachers."""
    students = db.session.execute(select(Student.id, Student.number)).all()
    teachers = db.session.execute(select(Teacher.id, Teacher.code)).all()
    return Labels(dict(students), dict(teachers))
