"""A second branch for the small school, with a department and a class that are called the same."""

from typing import NamedTuple

import pytest
from sqlalchemy import delete, update

from app.rounds.models import RoundClass
from app.school.models import Branch, Department, HomeClass, Student


class TwoBranches(NamedTuple):
    """Ids by branch; only Kim is in the class of Zuid, and Noord's class has its department's branch."""

    branches: dict[str, int]
    departments: dict[str, int]
    classes: dict[str, int]


@pytest.fixture
def two_branches(db, school):
    """Put the small school at Noord, and Kim in a class h2a at Zuid that is in all rounds."""
    return open_second_branch(db, school)


def open_second_branch(session, school) -> TwoBranches:
    """Do so, and commit."""

    def add(row):
        session.add(row)
        session.flush()
        return row.id

    branches = {
        name: add(Branch(source="test", source_id=name[0], name=name)) for name in ("Noord", "Zuid")
    }
    north, zuid = session.query(HomeClass).one(), branches["Zuid"]
    session.execute(update(Department).values(branch_id=branches["Noord"]))
    department = add(Department(source="test", source_id="Z.h2", code="h2", branch_id=zuid))
    south = add(
        HomeClass(
            source="test",
            source_id="Z.h2a",
            name="h2a",
            department_id=department,
            branch_id=zuid,
        )
    )
    _move_kim(session, school, south)
    for round_id in (school.round_id, school.student_round_id):
        session.add(RoundClass(round_id=round_id, home_class_id=south))
    made = TwoBranches(
        branches,
        {"Noord": north.department_id, "Zuid": department},
        {"Noord": north.id, "Zuid": south},
    )
    session.commit()
    return made


def close_second_branch(session, school, made: TwoBranches) -> None:
    """Make it the small school again; the caller commits."""
    _move_kim(session, school, made.classes["Noord"])
    south = made.classes["Zuid"]
    session.execute(delete(RoundClass).where(RoundClass.home_class_id == south))
    session.execute(delete(HomeClass).where(HomeClass.id == south))
    session.execute(delete(Department).where(Department.id == made.departments["Zuid"]))
    session.execute(update(Department).values(branch_id=None))
    session.execute(delete(Branch))


def _move_kim(session, school, class_id: int) -> None:
    of_kim = Student.id == school.students["Kim"]
    session.execute(update(Student).where(of_kim).values(home_class_id=class_id))
