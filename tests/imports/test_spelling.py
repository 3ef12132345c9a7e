"""Keys that differ in capitals only."""

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.imports.faults import Code
from app.imports.parse import Parsed, Placed
from app.imports.report import Verdict
from app.imports.spelling import spelled_as
from app.school.models import Teacher
from app.school.rows import (
    GuardianRow,
    LessonRow,
    LinkRow,
    MemberRow,
    Present,
    StudentRow,
    TeacherRow,
)
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's


def teacher(key, name="Berge"):
    return TeacherRow(key, "", "", name, "", "")


def lesson(source_id, who, hours=4):
    return LessonRow(source_id, "g", "ne", who, "regular", "", "2026-W35", "2027-W28", hours)


def link(guardian, number, relation="moeder"):
    return LinkRow(guardian, number, relation, authority=True, apart=False)


def parsed(*rows, doubtful=()):
    found = Parsed()
    for line, row in enumerate(rows, 2):
        place = found.rows.setdefault(type(row), {})
        values = {"code": "x", "les_id": "x", "docent": "x", "van_week": "x", "oudercode": "x"}
        place[row.key] = Placed(row, line, {**values, "leerlingnummer": "x", "lesgroep": "x"})
        found.doubtful.setdefault(type(row), set())
        if row.key in doubtful:
            found.doubtful[type(row)].add(row.key)
    return found


def stored(*rows, **more):
    found = {}
    for row in rows:
        found.setdefault(type(row), {})[row.key] = row
    return Present(found, **more)


def keys(found, table):
    return list(found.rows[table])


def test_what_is_written_alike_stays_the_same_object():
    before = parsed(teacher("men"), lesson("1", "men"))
    after = spelled_as(before, stored(teacher("men")))
    assert after == before


def test_the_second_of_one_key_is_left_out_and_told():
    after = spelled_as(parsed(teacher("men"), teacher("MEN"), lesson("1", "MEN")), Present())
    assert keys(after, TeacherRow) == ["men"]
    assert keys(after, LessonRow) == [("1", "men", "2026-W35")]
    [fault] = after.faults
    assert (fault.line, fault.value, fault.code, fault.stops) == (3, "MEN", Code.CASE_KEY, False)
    assert '"men"' in fault.text
    [notice] = after.notices
    assert (notice.file, notice.column, notice.value) == ("lessenverdeling.csv", "docent", "MEN")


@pytest.mark.usefixtures("there")
def test_a_child_of_somebody_else_with_that_key_stays_closed(files):
    """Two people, in a source to which a capital is another letter."""
    before = dump()
    files.add("ouders.csv", "OUDER00001,Piet,,Vreemd,piet@x.example,,nl")
    files.add("ouder_leerling.csv", "OUDER00001,20260001,vader,J,N")
    report = run(files.folder)
    assert {(one.file, one.value, one.code) for one in report.faults} == {
        ("ouders.csv", "OUDER00001", Code.CASE_KEY),
        ("ouder_leerling.csv", "OUDER00001", Code.UNKNOWN_REFERENCE),
    }
    assert dump() == before


def test_what_is_stored_decides_how_a_key_is_written():
    after = spelled_as(parsed(teacher("MEN"), lesson("1", "MEN")), stored(teacher("men")))
    assert keys(after, TeacherRow) == ["men"]
    assert keys(after, LessonRow) == [("1", "men", "2026-W35")]
    assert after.faults == []
    assert [notice.file for notice in after.notices] == ["docenten.csv", "lessenverdeling.csv"]


def test_also_which_of_two_rows_is_left_out():
    after = spelled_as(parsed(teacher("MEN"), teacher("men")), stored(teacher("men")))
    assert [(fault.line, fault.value) for fault in after.faults] == [(2, "MEN")]
    assert keys(after, TeacherRow) == ["men"]


def test_of_two_others_only_the_first_becomes_the_one_that_is_stored():
    after = spelled_as(parsed(teacher("MEN"), teacher("Men")), stored(teacher("men")))
    assert keys(after, TeacherRow) == ["men"]
    assert after.rows[TeacherRow]["men"].line == 2
    assert [(fault.line, fault.value) for fault in after.faults] == [(3, "Men")]


def test_two_that_are_stored_stay_two_and_a_third_is_itself():
    rows = (teacher("men"), teacher("MEN"), teacher("Men"), lesson("1", "MEN"), lesson("2", "Men"))
    before = parsed(*rows)
    assert spelled_as(before, stored(teacher("men"), teacher("MEN"))) == before


def test_a_reference_to_a_table_that_is_absent_is_written_as_stored():
    after = spelled_as(parsed(lesson("1", "MEN")), stored(teacher("men")))
    assert keys(after, LessonRow) == [("1", "men", "2026-W35")]


def test_a_faulty_row_is_faulty_under_its_other_name():
    after = spelled_as(parsed(teacher("MEN"), doubtful=["MEN"]), stored(teacher("men")))
    assert after.doubtful[TeacherRow] == {"men"}


def test_links_that_become_one_count_once_or_stop():
    once = spelled_as(parsed(link("p1", "1"), link("P1", "1")), stored(guardian("p1")))
    assert keys(once, LinkRow) == [("p1", "1")]
    assert once.faults == []
    assert len(once.notices) == 2
    other = spelled_as(parsed(link("p1", "1"), link("P1", "1", "voogd")), stored(guardian("p1")))
    assert [(fault.code, fault.stops) for fault in other.faults] == [(Code.DUPLICATE_KEY, True)]


def guardian(key):
    return GuardianRow(key, "", "", "Jansen", "", "nl")


@pytest.mark.parametrize(
    "more", [{"ended": {GuardianRow: {"p1": guardian("p1")}}}, {"same": {"p1": "p0"}}]
)
def test_guardians_who_ended_or_are_somebody_else_keep_their_key(more):
    after = spelled_as(parsed(guardian("P1"), link("P1", "1")), Present(**more))
    assert (keys(after, GuardianRow), keys(after, LinkRow)) == (["p1"], [("p1", "1")])


def test_a_teacher_who_left_comes_back_under_the_own_key():
    present = Present(ended={TeacherRow: {"men": teacher("men")}})
    assert keys(spelled_as(parsed(teacher("MEN")), present), TeacherRow) == ["men"]


def test_students_and_groups_are_found_in_every_table():
    student = StudentRow("s1", "", "", "Smit", "", None, "", "", apart=False)
    after = spelled_as(parsed(MemberRow("g", "S1"), link("p", "S1")), stored(student))
    assert (keys(after, MemberRow), keys(after, LinkRow)) == ([("g", "s1")], [("p", "s1")])


def test_numbers_of_lessons_are_those_that_are_stored():
    known = stored(lesson("l1", "men"))
    assert keys(spelled_as(parsed(lesson("L1", "men")), known), LessonRow) == [
        ("l1", "men", "2026-W35")
    ]
    both = parsed(lesson("l1", "men"), lesson("L1", "men", 2))
    assert spelled_as(both, known) == both
    assert spelled_as(both, Present()) == both


def test_a_column_is_told_once():
    rows = [lesson(str(number), "MEN") for number in range(5)]
    [notice] = spelled_as(parsed(*rows), stored(teacher("men"))).notices
    assert (notice.line, notice.also) == (2, (3, 4, 5, 6))
    assert "4 more rows" in notice.text


@pytest.mark.usefixtures("there")
def test_a_teacher_in_capitals_beside_the_one_that_is_there(files):
    before = dump()
    files.add("docenten.csv", "MEN,Raphaël,ten,Berge,men@school.example,P01000,A")
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.PARTIAL, 0)
    assert [(fault.value, fault.code) for fault in report.faults] == [("MEN", Code.CASE_KEY)]
    assert dump() == before


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("file", ["docenten.csv", "lessenverdeling.csv", "ouder_leerling.csv"])
def test_a_night_in_other_capitals_changes_nothing(files, file):
    before = dump()
    header, *lines = (BASE / file).read_text(encoding="utf-8").splitlines()
    column = 3 if file == "lessenverdeling.csv" else 0
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[column] = row[column].upper()
    text = "\n".join([header, *map(",".join, rows)])
    (files.folder / file).write_text(text, encoding="utf-8")
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert len(report.notices) == 1
    assert dump() == before


def test_a_first_import_takes_one_of_two(files):
    files.add("docenten.csv", "MEN,Raphaël,ten,Berge,men@school.example,P01000,A")
    report = run(files.folder)
    assert report.applied
    assert db.session.scalar(select(func.count()).select_from(Teacher)) == 25
