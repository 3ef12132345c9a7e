"""A round of a school with two branches: its classes stand by branch, also where names are the same."""

import pytest
from sqlalchemy import select, update

from app.round_setup.queries import ClassChoice, DepartmentChoice, load_choices
from app.rounds.loading import load_spec
from app.rounds.models import Round
from app.school.models import Branch, Department, HomeClass


@pytest.fixture
def class_id(two_branches):
    return two_branches.classes["Noord"]


def made(db, office, data):
    answer = office.post("/office/rounds/new", data=data)
    assert answer.status_code == 303
    return load_spec(db.scalars(select(Round.id).order_by(Round.id.desc())).first())


def test_classes_stand_under_their_branch_by_their_own_name(two_branches):
    noord, zuid = load_choices().branches
    assert [(it.id, it.name) for it in (noord, zuid)] == [
        (two_branches.branches["Noord"], "Noord"),
        (two_branches.branches["Zuid"], "Zuid"),
    ]
    for branch in (noord, zuid):
        h2a = ClassChoice(two_branches.classes[branch.name], "h2a")
        h2 = DepartmentChoice(two_branches.departments[branch.name], "h2", (h2a,))
        assert branch.departments == (h2,)


def test_a_school_with_one_branch_reads_of_none(db, office, school):
    noord = Branch(source="test", source_id="N", name="Noord")
    db.add(noord)
    db.flush()
    db.execute(update(Department).values(branch_id=noord.id))
    db.commit()
    (only,) = load_choices().branches
    assert (only.id, only.name) == (0, "")
    text = office.get("/office/rounds/new").text
    assert "Noord" not in text
    assert 'name="branches"' not in text


def test_what_has_no_branch_stands_above_with_the_branch_behind_a_shared_name(db, two_branches):
    db.execute(
        update(HomeClass)
        .where(HomeClass.id == two_branches.classes["Noord"])
        .values(branch_id=two_branches.branches["Noord"])
    )
    db.execute(
        update(Department)
        .where(Department.id == two_branches.departments["Noord"])
        .values(branch_id=None)
    )
    haven = Branch(source="test", source_id="H", name="Haven")
    db.add(haven)
    db.flush()
    for name, branch_id in (("x1", haven.id), ("x2", None)):
        db.add(HomeClass(source="test", source_id=name, name=name, branch_id=branch_id))
    db.commit()
    none, of_haven, zuid = load_choices().branches
    assert (none.id, of_haven.name, zuid.name) == (0, "Haven", "Zuid")
    assert [[it.name for it in department.classes] for department in none.departments] == [
        ["h2a (Noord)"],
        ["x2"],
    ]
    assert [department.id for department in none.departments][1] == 0
    assert [(it.id, it.code) for it in of_haven.departments] == [(-haven.id, "")]


@pytest.mark.parametrize("field", ["branches", "departments", "classes"])
def test_what_is_ticked_of_one_branch_is_of_that_branch(db, office, paper, two_branches, field):
    value = getattr(two_branches, field)["Zuid"]
    data = paper(classes=None) | {field: str(value)}
    assert made(db, office, data).home_class_ids == (two_branches.classes["Zuid"],)


def test_other_classes_are_of_one_branch_too(db, office, paper, two_branches):
    zuid = two_branches.branches["Zuid"]
    alone = HomeClass(source="test", source_id="x", name="x1", branch_id=zuid)
    db.add(alone)
    db.commit()
    spec = made(db, office, paper(classes=None, departments=str(-zuid)))
    assert spec.home_class_ids == (alone.id,)


def test_what_was_ticked_is_still_so_after_a_fault(office, paper, two_branches):
    zuid = two_branches.branches["Zuid"]
    text = office.post("/office/rounds/new", data=paper(name="", branches=str(zuid))).text
    box = text[text.index('name="branches"', text.index(">Zuid</legend>")) :]
    assert "checked" in box[: box.index(">")]
