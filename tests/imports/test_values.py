"""Values as people deliver them: dates, keys and names."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.extensions import db
from app.imports.cells import Cells
from app.imports.faults import Notice
from app.imports.gathering import gathered
from app.imports.report import Verdict
from app.school.models import HomeClass, Student
from tests.imports.conftest import run
from tests.imports.dump import dump
from tests.imports.test_faults import person

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's


def cells(value):
    return Cells("x.csv", 2, {"x": value})


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("17-9-2014", date(2014, 9, 17)),
        ("1-9-2014", date(2014, 9, 1)),
        ("01-9-2014", date(2014, 9, 1)),
        ("1-12-2014", date(2014, 12, 1)),
        ("2014-09-01", date(2014, 9, 1)),
        ("17-9-2014 00:00", date(2014, 9, 17)),
        ("17-09-2014 0:00:00", date(2014, 9, 17)),
        ("2014-09-17T00:00:00", date(2014, 9, 17)),
    ],
)
def test_a_date_that_can_only_mean_one_day_is_read(written, day):
    read = cells(written)
    assert (read.day("x"), read.faults) == (day, [])


@pytest.mark.parametrize(
    "written",
    [
        *("02/03/2011", "1-9-14", "01-09-14", "42000", "1-9", "2014-9-1", "9-2014", "31-4-2014"),
        *("17-9-2014 13:00", "17.9.2014", "0-9-2014", "001-9-2014", "17-9-02014", "17 - 9 - 2014"),
    ],
)
def test_any_other_date_is_told(written):
    read = cells(written)
    assert read.day("x") is None
    assert [fault.value for fault in read.faults] == [written]


def test_dates_as_a_spreadsheet_writes_them_change_nothing(there, files):
    path = files.folder / "leerlingen.csv"
    text = path.read_text(encoding="utf-8")
    short = re.sub(r",0?(\d+)-0?(\d+)-(\d{4}),", r",\1-\2-\3,", text)
    assert short.count("-") == text.count("-")
    assert len(short) < len(text) - 200
    path.write_text(short, encoding="utf-8")
    before = dump()
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert dump() == before


@pytest.mark.parametrize(
    "key", ["2E1", "4e1", "2e12", "2.2E1", "h2a", "1.5", "A.2E1", "#1", "12-03", "3.10", "2E1+"]
)
def test_a_name_without_a_sign_is_a_name(key):
    for read in (Cells.key, Cells.reference):
        one = cells(key)
        assert (read(one, "x"), one.faults) == (key, [])


@pytest.mark.parametrize(
    "key",
    [
        *("2,02E+07", "2.02E+07", "2E+07", "2.02e+07", "2,5E-03", "2.0260001E7", "20260001.0"),
        *("20260001,0", "20260001.00", "#N/B", "#N/A", "#WAARDE!", "#REF!", "#DEEL/0!", "########"),
    ],
)
def test_a_key_that_a_spreadsheet_spoilt_stops_the_import(key):
    for read in (Cells.key, Cells.reference):
        one = cells(key)
        read(one, "x")
        assert [(fault.value, fault.stops) for fault in one.faults] == [(key, True)]
        assert "spreadsheet" in one.faults[0].text


@pytest.mark.parametrize(("written", "number"), [("4", 4), ("4.0", 4), ("4,00", 4), ("04", 4)])
def test_a_whole_number_with_a_point_is_one_still(written, number):
    read = cells(written)
    assert (read.number("x"), read.faults) == (number, [])


@pytest.mark.parametrize("written", ["4.5", "4,05", "-4", "four", "99999999999", "4."])
def test_any_other_number_is_told(written):
    read = cells(written)
    assert read.number("x") is None
    assert read.faults


def test_a_class_may_be_called_2e1(files):
    for file, old in (("stamklassen.csv", "A.h2a,h2a"), ("leerlingen.csv", "A.h2a")):
        files.replace(file, old, old.replace("A.h2a", "2E1"), count=-1)
    assert run(files.folder).verdict == Verdict.ACCEPTED
    found = select(Student.id).join(HomeClass, HomeClass.id == Student.home_class_id)
    assert db.session.scalars(found.where(HomeClass.source_id == "2E1")).all()


def test_a_point_behind_every_number_is_told_in_a_few_lines(files):
    path = files.folder / "leerlingen.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    spoilt = [lines[0], *(line.replace(",", ".0,", 1) for line in lines[1:])]
    path.write_text("\n".join(spoilt), encoding="utf-8")
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    assert [fault.line for fault in report.faults] == [2, 3, 4, 5]
    assert "197 more rows: line 5-201." in report.faults[-1].text


def test_few_faults_of_one_cause_are_told_one_by_one():
    same = [Notice("x.csv", line, "x", "", "Wrong.") for line in (2, 3, 5, 7)]
    assert gathered(same) == same
    more = [*same, Notice("x.csv", 8, "x", "", "Wrong."), Notice("x.csv", 8, "y", "", "Wrong.")]
    *first, rest, other = gathered(more)
    assert (first, other) == (same[:3], more[-1])
    assert (rest.line, rest.also, rest.value) == (7, (8,), "")
    assert "2 more rows: line 7-8." in rest.text


def test_other_causes_stay_apart():
    places = [Notice("x.csv", line, "x", "", str(line % 2)) for line in range(2, 10)]
    assert [place.line for place in gathered(places)] == [2, 4, 6, 8, 3, 5, 7, 9]


@pytest.mark.parametrize("name", ["RÚŽA", "KRÍŽOVÁ", "NÓŽKA", "TÓŠA", "JÉŽ"])
def test_a_name_in_capitals_comes_in(files, name):
    files.replace("leerlingen.csv", "Ben Ali", name)
    report = run(files.folder)
    assert (report.verdict, report.faults) == (Verdict.ACCEPTED, ())
    assert person(Student, "20260001").family_name == name


@pytest.mark.parametrize(
    "spoilt", ["ZoÃ«", "Åžahin", "DvoÅ™Ã¡k", "Ð˜Ð²Ð°Ð½", "NicolÃ\xa0", "San\ufffdne"]
)
def test_a_damaged_name_is_told(files, spoilt):
    files.replace("leerlingen.csv", "Sanne,Sanne", f"Sanne,{spoilt}")
    [fault] = run(files.folder).faults
    assert (fault.line, fault.column) == (2, "roepnaam")


@pytest.mark.parametrize("sign", "\n\v\f\r\t\u2028\u2029")
def test_a_name_of_two_lines_is_one_of_one_as_it_is_stored(sign):
    read = cells(f"\u202aAnna{sign}Maria\u202c {sign}")
    assert (read.text("x"), read.faults) == ("Anna Maria", [])
