"""The names that people write for classes and teachers, and the rows they mean."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from app.extensions import db
from app.school.branches import CLASS_NAME, GROUP_NAME
from app.school.models import HomeClass, Student, Teacher, TeachingGroup
from app.settings.queries import load_school


@dataclass(frozen=True)
class Names:
    """Ids by name, code and key; a name that two branches use maps to two ids.

    With the branch behind it, as in "h2a (Zuid)", it maps to one.
    """

    classes: Mapping[str, Set[int]]
    teachers: Mapping[str, Set[int]]
    zone: ZoneInfo


@dataclass(frozen=True)
class Labels:
    """The reverse: what to call students, teachers and groups."""

    students: Mapping[int, str]  # numbers by id
    teachers: Mapping[int, str]  # codes by id
    groups: Mapping[int, str]  # names by id, with the branch where two branches share one


def load_names() -> Names:
    """Return the names of all classes and of the teachers who have not left."""
    teachers = select(Teacher.id, Teacher.code, Teacher.source_id).where(Teacher.ended_on.is_(None))
    return Names(
        _ids_by_name(select(HomeClass.id, HomeClass.name, CLASS_NAME, HomeClass.source_id)),
        _ids_by_name(teachers),
        load_school().zone,
    )


def _ids_by_name(rows: Select[int, *tuple[str, ...]]) -> Mapping[str, Set[int]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for id_, *names in db.session.execute(rows):
        for name in names:
            ids[name].add(id_)
    return dict(ids)


def load_labels() -> Labels:
    """Return the numbers of all students, the codes of all teachers and the names of all groups."""
    students = db.session.execute(select(Student.id, Student.number)).all()
    teachers = db.session.execute(select(Teacher.id, Teacher.code)).all()
    groups = db.session.execute(select(TeachingGroup.id, GROUP_NAME)).all()
    return Labels(dict(students), dict(teachers), dict(groups))
