"""What is absent is not deleted: files, columns, and cells that may be empty."""

import csv
from collections import Counter

import pytest
from sqlalchemy import select

from app.extensions import db
from app.imports.faults import Code
from app.imports.guard import FEW
from app.imports.report import Verdict
from app.imports.tables import OBLIGATORY, TABLES
from app.school.models import Person, Student, Teacher
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump, homes

pytestmark = pytest.mark.only_on("sqlite")  # what is compared is not the database's


@pytest.fixture
def app(imported_app):
    return imported_app


def rows(file, folder=BASE):
    with (folder / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def write(folder, file, lines):
    with (folder / file).open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


COLUMNS = [
    (table, column)
    for table in TABLES
    for column in table.columns
    if column.name in rows(table.file)[0]
]
OPTIONAL = [(table, column) for table, column in COLUMNS if not column.needed]


SEEN = {"email", "geboortedatum", "stamklas", "relatie"}
"""Columns whose loss was seen to hurt: these are tried each time, the others by `make test-long`."""


def cases(columns, each_time):
    """Parameters of a test: a table and a column."""
    return [
        pytest.param(
            (table, column),
            id=f"{table.name}-{column.name}",
            marks=() if each_time(column) else pytest.mark.long,
        )
        for table, column in columns
    ]


@pytest.fixture
def few(files):
    """Keep the table in question and those that must be there: the others take most of the time."""

    def keep(table):
        for other in TABLES:
            if other is not table and other.name not in {*OBLIGATORY, "stamklassen"}:
                (files.folder / other.file).unlink()
        return files.folder

    return keep


def without(lines, column):
    return [{key: line[key] for key in line if key != column} for line in lines]


@pytest.mark.parametrize("case", cases(OPTIONAL, lambda _column: True))
def test_a_column_that_is_absent_leaves_what_is_here(few, case):
    table, column = case
    folder, before = few(table), dump()
    write(folder, table.file, without(rows(table.file), column.name))
    report = run(folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert dump() == before


@pytest.mark.parametrize("case", cases(OPTIONAL, lambda column: column.name in SEEN))
def test_and_a_new_row_comes_in_without_it(few, case):
    table, column = case
    folder = few(table)
    key = "zz9" if table.name != "lessenverdeling" else "9999"
    lines = rows(table.file)
    new = {**lines[0], table.key[0]: key}
    if table.name == "ouder_leerling":
        new[table.key[0]] = lines[5][table.key[0]]
    write(
        folder,
        table.file,
        [{key: line[key] for key in line if key != column.name} for line in (*lines, new)],
    )
    report = run(folder)
    assert report.verdict == Verdict.ACCEPTED
    assert [one.added for one in report.tables if one.file == table.file] == [1]


@pytest.mark.parametrize(
    "case",
    cases([it for it in COLUMNS if it[1].needed], lambda column: column.name in SEEN),
)
def test_a_column_without_which_a_file_says_nothing_is_asked_for(few, case):
    table, column = case
    folder, before = few(table), dump()
    write(folder, table.file, without(rows(table.file), column.name))
    report = run(folder)
    assert report.verdict == Verdict.REJECTED
    assert (column.name, Code.MISSING_COLUMN) in {(one.column, one.code) for one in report.faults}
    assert dump() == before


@pytest.mark.parametrize(
    "case",
    cases(
        [it for it in COLUMNS if it[1].field],
        lambda column: column.keeps or column.name in {*SEEN, "roepnaam", "mentor"},
    ),
)
def test_a_column_that_is_empty_in_all_rows_loses_nothing_that_nobody_agreed_to(few, case):
    """Kept where an empty cell says nothing; else stopped, or refused as faulty rows."""
    table, column = case
    folder, before = few(table), dump()
    lines = rows(table.file)
    values = sum(bool(line[column.name].strip()) for line in lines)
    write(folder, table.file, [{**line, column.name: ""} for line in lines])
    report = run(folder)
    if not report.applied:
        assert dump() == before
        if report.verdict == Verdict.BLOCKED:
            assert {(one.table, one.column) for one in report.stops} == {(table.name, column.name)}
            assert run(folder, allow=[table.name]).applied
    elif column.name == "roepnaam":  # then the first names are taken
        names = db.session.scalars(select(Person.given_name).join(Student)).all()
        assert names.count("") == len(lines) - values
    elif values > FEW:
        assert dump() == before
    else:
        (count,) = [one for one in report.tables if one.file == table.file]
        assert len(count.what_changed) == count.changed >= values


def test_another_surname_with_a_prefix_in_it_does_not_get_the_one_that_is_here(files):
    lines = without(rows("docenten.csv"), "tussenvoegsel")
    other = [{**it, "achternaam": "de Groot"} if it["code"] == "men" else it for it in lines]
    write(files.folder, "docenten.csv", other)
    assert run(files.folder).applied
    of_men = select(Person).join(Teacher).where(Teacher.source_id == "men")
    person = db.session.scalars(of_men).one()
    assert (person.prefix, person.family_name) == ("", "de Groot")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_file_that_is_absent_leaves_what_is_here(files, table):
    before = dump()
    (files.folder / table.file).unlink()
    report = run(files.folder)
    assert report.applied is (table.name not in OBLIGATORY)
    assert report.changes == 0
    assert dump() == before


def test_links_that_are_cut_off_are_not_hidden_by_a_yes_to_their_guardians(files):
    """Each of them has one child: with the link the guardian goes, whose row is still there."""
    lines = rows("ouder_leerling.csv")
    of_one = Counter(line["oudercode"] for line in lines)
    cut = [line for line in lines if of_one[line["oudercode"]] == 1][:30]
    write(files.folder, "ouder_leerling.csv", [line for line in lines if line not in cut])
    report = run(files.folder, allow=["ouders"])
    assert [(one.table, len(one.keys)) for one in report.stops] == [("ouder_leerling", 30)]


APART = "20260001"
LINK = f"ouder00224,{APART},moeder,J"


@pytest.fixture
def apart(files):
    """Files of a student whose guardians come apart, imported; says so in one guardian's row."""
    files.replace("ouder_leerling.csv", f"{LINK},N", f"{LINK},J")
    assert run(files.folder).applied
    assert len(homes()[APART]) == 2
    return files


def test_parents_who_come_apart_are_not_put_together_by_what_is_absent(apart):
    (apart.folder / "ouder_leerling.csv").rename(apart.folder / "elsewhere")
    assert not run(apart.folder).changes
    (apart.folder / "elsewhere").rename(apart.folder / "ouder_leerling.csv")
    apart.replace("ouder_leerling.csv", f"{LINK},J", f"{LINK},")
    assert not run(apart.folder).changes
    assert len(homes()[APART]) == 2


def test_parents_left_together_when_the_third_goes_are_named_also_without_the_links(files):
    """Who said that all come apart is not there any more; the file of links is not either."""
    files.add("ouders.csv", "ouder99999,Ex,,Voogd,ex@x.example,,nl")
    files.add("ouder_leerling.csv", f"ouder99999,{APART},voogd,J,J")
    assert run(files.folder).applied
    assert len(homes()[APART]) == 3
    files.remove_lines("ouders.csv", "ouder99999")
    (files.folder / "ouder_leerling.csv").unlink()
    assert [(one.number, one.apart) for one in run(files.folder).regrouped] == [(APART, False)]
    assert len(homes()[APART]) == 1


def test_and_are_by_a_word(apart):
    apart.replace("ouder_leerling.csv", f"{LINK},J", f"{LINK},N")
    report = run(apart.folder)
    assert [(one.number, one.apart) for one in report.regrouped] == [(APART, False)]
    assert len(homes()[APART]) == 1


def test_what_the_student_s_row_said_is_not_taken_back_by_a_guardian_s(files):
    row = next(row for row in rows("leerlingen.csv") if row["leerlingnummer"] == APART)
    lines = [
        {**line, "aparte_aanvragen": "J" if line == row else line["aparte_aanvragen"]}
        for line in rows("leerlingen.csv")
    ]
    write(files.folder, "leerlingen.csv", lines)
    assert [one.number for one in run(files.folder).regrouped] == [APART]
    assert not run(files.folder).changes
    write(
        files.folder,
        "leerlingen.csv",
        [{**line, "aparte_aanvragen": ""} for line in rows("leerlingen.csv")],
    )
    assert not run(files.folder).changes
    assert len(homes()[APART]) == 2


def test_a_parent_without_authority_does_not_get_it_from_an_empty_cell(files):
    lines = rows("ouder_leerling.csv")
    (closed, *_) = [line for line in lines if line["gezag"] == "N"]
    before = dump()
    write(
        files.folder,
        "ouder_leerling.csv",
        [{**line, "gezag": "" if line == closed else line["gezag"]} for line in lines],
    )
    assert not run(files.folder).changes
    assert dump() == before


def test_a_surname_with_the_prefix_in_it_does_not_get_it_twice(files):
    """Where the column of prefixes is absent, some exports write it before the surname."""
    before = dump()
    lines = rows("leerlingen.csv")
    joined = [
        {
            **{key: line[key] for key in line if key != "tussenvoegsel"},
            "achternaam": " ".join(filter(None, (line["tussenvoegsel"], line["achternaam"]))),
        }
        for line in lines
    ]
    write(files.folder, "leerlingen.csv", joined)
    assert run(files.folder).changes == 0
    assert dump() == before


def test_a_parent_under_another_code_does_not_put_the_parents_together(apart):
    """The row that set them apart goes, and the new one leaves it open."""
    for file in ("ouders.csv", "ouder_leerling.csv"):
        apart.replace(file, "ouder00224,", "ouder90224,", count=-1)
    apart.replace(
        "ouder_leerling.csv", f"ouder90224,{APART},moeder,J,J", f"ouder90224,{APART},moeder,J,"
    )
    report = run(apart.folder)
    assert (report.applied, report.regrouped) == (True, ())
    assert len(homes()[APART]) == 2
    apart.replace(
        "ouder_leerling.csv", f"ouder90224,{APART},moeder,J,", f"ouder90224,{APART},moeder,J,N"
    )
    assert [one.number for one in run(apart.folder).regrouped] == [APART]
    assert len(homes()[APART]) == 1
