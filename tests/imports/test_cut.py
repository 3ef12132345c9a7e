"""Files cut, emptied and mixed up at random: nobody is lost who is not named, and few are."""

import csv
import shutil
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.extensions import db as _db
from app.imports.guard import FEW
from app.imports.report import Verdict
from app.imports.tables import TABLES
from app.school.present import load_present
from app.school.rows import (
    EnrolmentRow,
    GuardianRow,
    LessonRow,
    LinkRow,
    MemberRow,
    PersonRow,
    StudentRow,
    TeacherRow,
)
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump
from tests.imports.test_absent import rows, write

STUDENTS = 60


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The first sixty students of the school, with all that belongs to them."""
    folder = tmp_path_factory.mktemp("small") / "school"
    shutil.copytree(BASE, folder)
    numbers = {line["leerlingnummer"] for line in rows("leerlingen.csv")[:STUDENTS]}
    parents = {
        line["oudercode"]
        for line in rows("ouder_leerling.csv")
        if line["leerlingnummer"] in numbers
    }
    for table in TABLES:
        lines = rows(table.file)
        for column, known in (("leerlingnummer", numbers), ("oudercode", parents)):
            if column in lines[0]:
                lines = [line for line in lines if line[column] in known]
        write(folder, table.file, lines)
    return folder


CHANGES = ("cut", "rows", "half", "absent", "column", "empty", "some", "swap", "again", "shift")


@st.composite
def damage(draw):
    """What happens to one file: how, where, and to which of its columns."""
    table = draw(st.sampled_from(TABLES))
    with (BASE / table.file).open(encoding="utf-8") as text:
        names = next(csv.reader(text))
    return (
        table.file,
        draw(st.sampled_from(CHANGES)),
        draw(st.floats(0, 1)),
        draw(st.sampled_from(names)),
        draw(st.sampled_from(names)),
    )


def do(folder, file, change, share, column, other):
    path = folder / file
    lines = rows(file, folder)
    few = int(share * len(lines))
    match change:
        case "cut":
            data = path.read_bytes()
            path.write_bytes(data[: int(share * len(data))])
            return
        case "absent":
            path.unlink()
            return
        case "rows":
            lines = lines[:few]
        case "half":
            lines = [line for number, line in enumerate(lines) if number % 2 or number > few]
        case "column":
            lines = [{name: line[name] for name in line if name != column} for line in lines]
        case "empty":
            lines = [{**line, column: ""} for line in lines]
        case "some":
            lines = [{**line, column: ""} if n < few else line for n, line in enumerate(lines)]
        case "swap":
            lines = [{**line, column: line[other], other: line[column]} for line in lines]
        case "again":
            lines = [*lines, *lines[:few]]
        case "shift":
            values = [line[column] for line in lines]
            values = values[few:] + values[:few]
            lines = [{**line, column: value} for line, value in zip(lines, values, strict=True)]
    if lines:
        write(folder, file, lines)
    else:
        path.write_text("", encoding="utf-8")


OWNER = {EnrolmentRow: "student", MemberRow: "student", LessonRow: "group"}
PERSONAL = {"email", "birth_date"}


def losses(before, after, table):
    """Of one table the rows that are gone, and by field how many values are."""
    gone = [row for key, row in before[table].items() if key not in after[table]]
    values = Counter()
    for key, row in before[table].items():
        if key in after[table]:
            for name, old in vars(row).items():
                new = getattr(after[table][key], name)
                values[name] += bool(old) and (new != old if name in PERSONAL else not new)
    return gone, values


def check(before, after, report):
    named = {one.file: one for one in report.tables}
    left = {
        (name, key)
        for name, table in (("student", StudentRow), ("guardian", GuardianRow))
        for key in before[table]
        if key not in after[table]
    }
    for table in TABLES:
        gone, values = losses(before, after, table.row)
        here = len(before[table.row])
        told = named.get(table.file)
        mine = [
            row
            for row in gone
            if not {(name, getattr(row, name, None)) for name in ("student", "guardian")} & left
        ]
        if mine:
            assert len(mine) == len(told.who_went)
        for row in mine:
            if isinstance(row, PersonRow):
                assert any(name.endswith(f"({row.key})") for name in told.who_went)
        if owner := OWNER.get(table.row):
            new = [row for key, row in after[table.row].items() if key not in before[table.row]]
            lost = Counter(getattr(row, owner) for row in mine)
            lost -= Counter(getattr(row, owner) for row in new)
            number = lost.total()
        elif table.row is GuardianRow:  # who goes with the last child is named, and no further loss
            links = before[LinkRow].values()
            stay = {row.guardian for row in links if ("student", row.student) not in left}
            childless = {row.guardian for row in links} - stay
            number = sum(row.key not in childless for row in mine)
        else:
            number = len(mine)
        assert number <= 25
        assert number * 10 <= here
        for lost_ in values.values():
            assert lost_ <= 25
            assert lost_ <= FEW or lost_ * 10 <= here
        if any(values.values()):
            assert told.changed == len(told.what_changed)


@pytest.mark.parametrize(
    "examples", [12, pytest.param(1500, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_nobody_is_lost_who_is_not_named_and_few_at_once(db, small, tmp_path, examples):
    assert run(small).verdict == Verdict.ACCEPTED
    before, whole = load_present("csv").rows, dump()
    connection = _db.engines[None]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(damage(), min_size=1, max_size=2, unique_by=lambda it: it[0]))
    def damaged(changes):
        folder = tmp_path / "night"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(small, folder)
        for change in changes:
            do(folder, *change)
        _db.session.remove()  # its own savepoint would be the inner one
        savepoint = connection.begin_nested()
        try:
            report = run(folder)
            if report.applied:
                check(before, load_present("csv").rows, report)
            else:
                assert dump() == whole
        finally:
            _db.session.remove()
            savepoint.rollback()

    damaged()


def test_the_losses_are_counted_as_they_should(small):
    """The check itself finds what it looks for."""
    teacher = TeacherRow("vri", "Vera", "de", "Vries", "v@x.example", "")
    without = TeacherRow("vri", "", "de", "Vries", "w@x.example", "")
    gone, values = losses(
        {TeacherRow: {"vri": teacher}}, {TeacherRow: {"vri": without}}, TeacherRow
    )
    assert (gone, +values) == ([], {"given_name": 1, "email": 1})
    link = LinkRow("a", "1", "moeder", authority=True, apart=False)
    assert losses({LinkRow: {link.key: link}}, {LinkRow: {}}, LinkRow)[0] == [link]
