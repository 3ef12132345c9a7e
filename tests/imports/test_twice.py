"""Rows that are there twice."""

import pytest

from app.imports.faults import Code
from app.imports.report import Verdict
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's

ROWS = {
    "docenten.csv": 2,
    "leerlingen.csv": 3,
    "ouders.csv": 2,
    "ouder_leerling.csv": 2,
    "pakketten.csv": 2,
    "lesgroepen.csv": 2,
    "groepsindeling.csv": 2,
    "lessenverdeling.csv": 2,
    "vakken.csv": 2,
    "stamklassen.csv": 2,
    "afdelingen.csv": 2,
    "vestigingen.csv": 2,
}


@pytest.mark.parametrize("file", ROWS)
def test_a_row_that_is_there_twice_counts_once(there, files, file):
    before = dump()
    line = (BASE / file).read_text(encoding="utf-8").splitlines()[ROWS[file] - 1]
    files.add(file, line)
    files.add(file, line)
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    [notice] = report.notices
    assert notice.file == file
    assert f"Line {ROWS[file]} says the same" in notice.text
    assert "there are 2 in" in notice.text
    assert dump() == before


def test_a_column_that_is_not_read_makes_no_other_row(files):
    line = (BASE / "vestigingen.csv").read_text(encoding="utf-8").splitlines()[1]
    head, _comma, brin = line.rpartition(",")
    assert brin
    files.add("vestigingen.csv", f"{head},00XX00")
    assert run(files.folder).verdict == Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("ouder_leerling.csv", "ouder00224,20260001,moeder,J,N", "ouder00224,20260001,moeder,N,N"),
        ("ouder_leerling.csv", "ouder00224,20260001,moeder,J,N", "ouder00224,20260001,moeder,J,J"),
        ("ouder_leerling.csv", "ouder00224,20260001,moeder,J,N", "ouder00224,20260001,voogd,J,N"),
        ("lessenverdeling.csv", "1001,A.bk1a.ne,ne,heu,regulier,,2026-W35,2027-W28,4",
         "1001,A.bk1a.ne,ne,heu,regulier,,2026-W35,2027-W28,3"),
        ("vakken.csv", "ne,Nederlands", "ne,Nederlandse taal"),
    ],
)  # fmt: skip
def test_two_rows_that_say_other_things_stop(files, file, old, new):
    files.replace(file, old, f"{old}\n{new}")
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    assert [(fault.file, fault.code) for fault in report.faults] == [(file, Code.DUPLICATE_KEY)]
