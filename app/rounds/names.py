"""The names that people write for classes and teachers, and the rows they mean."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from app.extensions import db
from app.school.models import HomeClass, Student, Teacher
from app.settings.queries import load_school


@dataclass(frozen=True)
class Names:
    """Ids by name, code and key; a name that two branches use maps to two ids."""

    classes: Mapping[str, Set[int]]
    teachers: Mapping[str, Set[int]]
    zone: ZoneInfo


@dataclass(frozen=True)
class Labels:
    """The reverse: numbers and codes by which to name a student or teacher."""

    students: Mapping[int, str]  # numbers by id
    teachers: Mapping[int, str]  # codes by id


def load_names() -> Names:
    """Return the names of all classes and of the teachers who have not left."""
    teachers = select(Teacher.id, Teacher.code, Teacher.source_id).where(Teacher.ended_on.is_(None))
    return Names(
        _ids_by_name(select(HomeClass.id, HomeClass.name, HomeClass.source_id)),
        _ids_by_name(teachers),
        load_school().zone,
    )


def _ids_by_name(rows: Select[int, str, str]) -> Mapping[str, Set[int]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for id_, name, key in db.session.execute(rows):
        ids[name].add(id_)
        ids[key].add(id_)
    return dict(ids)


def load_labels() -> Labels:
    """Return the numbers of all students and the codes of all teachers."""
    students = db.session.execute(select(Student.id, Student.number)).all()
    teachers = db.session.execute(select(Teacher.id, Teacher.code)).all()
    return Labels(dict(students), dict(teachers))
