"""A second branch for the small school, with a department and a class that are called the same."""

from typing import NamedTuple

import pytest
from sqlalchemy import update

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

    def add(row):
        db.add(row)
        db.flush()
        return row.id

    branches = {
        name: add(Branch(source="test", source_id=name[0], name=name)) for name in ("Noord", "Zuid")
    }
    north = db.query(HomeClass).one()
    db.execute(update(Department).values(branch_id=branches["Noord"]))
    zuid = branches["Zuid"]
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
    db.execute(
        update(Student).where(Student.id == school.students["Kim"]).values(home_class_id=south)
    )
    for round_id in (school.round_id, school.student_round_id):
        db.add(RoundClass(round_id=round_id, home_class_id=south))
    made = TwoBranches(
        branches,
        {"Noord": north.department_id, "Zuid": department},
        {"Noord": north.id, "Zuid": south},
    )
    db.commit()
    return made
