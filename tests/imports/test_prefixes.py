"""Prefixes that stand in the family name."""

import csv

import pytest

from app.imports.report import Verdict
from app.school.models import Student
from app.school.names import full_name
from tests.imports.conftest import run
from tests.imports.dump import dump
from tests.imports.test_faults import person

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's


def reversed_names(files, *, keep_column):
    """Write "Dongen, van" as family names, perhaps without the column of prefixes; return where."""
    path = files.folder / "leerlingen.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    lines = [number for number, row in enumerate(rows, 1) if row[3] and number > 1]
    for row in rows[1:]:
        row[3:5] = "", ", ".join(filter(None, (row[4], row[3])))
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(row if keep_column else row[:3] + row[4:] for row in rows)
    return lines


@pytest.mark.parametrize("keep_column", [True, False])
def test_a_prefix_behind_the_name_is_read_as_one_with_one_notice(there, files, keep_column):
    before = dump()
    lines = reversed_names(files, keep_column=keep_column)
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    notice = report.notices[-1]
    assert (notice.line, notice.column) == (lines[0], "achternaam")
    assert str(len(lines)) in notice.text
    assert len(report.notices) == (1 if keep_column else 2)
    assert dump() == before


@pytest.mark.parametrize(
    ("family", "prefix", "rest"),
    [
        ("Dongen, van", "van", "Dongen"),
        ("Berg,van den", "van den", "Berg"),
        ("Hof , van 't", "van 't", "Hof"),
        ("Broek, v.d.", "v.d.", "Broek"),
        ("Leyen, von der", "von der", "Leyen"),
        ("Fontaine, de la", "de la", "Fontaine"),
        ("Khattabi, el", "el", "Khattabi"),
        ("Vries-Jansen, de", "de", "Vries-Jansen"),
        ("Dongen, Van", "", "Dongen, Van"),
        ("Jansen, jr", "", "Jansen, jr"),
        ("Dongen, van, Jan", "", "Dongen, van, Jan"),
        (", van", "", ", van"),
        ("Dongen,", "", "Dongen,"),
        ("van Dongen", "", "van Dongen"),
        ("Van Dongen", "", "Van Dongen"),
    ],
)
def test_only_a_prefix_is_one(files, family, prefix, rest):
    files.replace("leerlingen.csv", "Sanne,Sanne,,Ben Ali", f'Sanne,Sanne,,"{family}"')
    assert run(files.folder).applied
    found = person(Student, "20260001")
    assert (found.prefix, found.family_name) == (prefix, rest)


def test_a_name_with_its_prefix_in_front_does_not_get_it_twice(there, files):
    path = files.folder / "leerlingen.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    for row in rows[1:]:
        row[4] = f"{row[3]} {row[4]}".strip()
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(row[:3] + row[4:] for row in rows)
    before = person(Student, "20260002").sort_key
    assert run(files.folder).applied
    found = person(Student, "20260002")
    assert full_name("", found.prefix, found.family_name) == "van den Heuvel"
    assert found.sort_key == before
