"""Which files of a folder are read, and what is said of the others."""

import os
import shutil

import pytest

from app.imports import files as reading
from app.imports.faults import Code
from app.imports.report import Verdict
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump
from tests.imports.test_formats import WORKBOOK, zipped

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's

OTHERS = {
    "leerlingen.csv",
    "docenten.csv",
    "groepsindeling.csv",
}


@pytest.mark.parametrize("name", ["Leerlingen.csv", "LEERLINGEN.CSV", "leerlingen.Csv"])
def test_capitals_in_the_name_of_a_file_do_not_matter(there, files, name):
    before = dump()
    (files.folder / "leerlingen.csv").rename(files.folder / name)
    report = run(files.folder)
    assert (report.verdict, report.changes, report.notices) == (Verdict.ACCEPTED, 0, ())
    assert dump() == before


def test_one_name_twice_is_refused_for_nobody_knows_which_is_meant(files):
    shutil.copy(files.folder / "leerlingen.csv", files.folder / "Leerlingen.csv")
    [fault] = run(files.folder).faults
    assert (fault.file, fault.code) == ("leerlingen.csv", Code.WRONG_FORMAT)
    assert "Leerlingen.csv, leerlingen.csv" in fault.text


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("leerlingen.xlsx", "Save it as"),
        ("Leerlingen 2026.xls", "Save it as"),
        ("leerlingen.ods", "Save it as"),
        ("leerlingen (1).csv", "Is it"),
        ("leerlingen.csv.txt", "Is it"),
        ("leerlingen.txt", "Is it"),
        ("leerlingen", "Is it"),
        ("leerling.csv", "Is it"),
        ("leerlingen - kopie.csv", "Is it"),
        ("export_leerlingen_2026.csv", "Is it"),
        ("leerlingne.csv", "Is it"),
        ("export.zip", "unpack"),
        ("leerlingen.csv.gz", "unpack"),
    ],
)
def test_a_file_that_may_be_the_missing_one_is_named(files, name, advice):
    (files.folder / "leerlingen.csv").rename(files.folder / name)
    [fault] = run(files.folder).faults
    assert (fault.file, fault.code) == ("leerlingen.csv", Code.MISSING_FILE)
    assert advice in fault.text
    assert f'"{name}"' in fault.text


def test_a_folder_within_it_is_named(tmp_path):
    shutil.copytree(BASE, tmp_path / "2026")
    faults = run(tmp_path).faults
    assert [fault.code for fault in faults] == [Code.MISSING_FILE] * 3
    assert all('in the folder "2026"' in fault.text for fault in faults)


@pytest.mark.parametrize("name", ["README.md", "foto.jpg", "ouder_leerling (1).csv", "x.csv"])
def test_another_file_is_not_named(files, name):
    (files.folder / "leerlingen.csv").unlink()
    (files.folder / name).write_text("x", encoding="utf-8")
    [fault] = run(files.folder).faults
    assert name not in fault.text


def test_what_may_be_absent_is_told_once_each(there, files):
    for path in files.folder.iterdir():
        if path.name not in OTHERS:
            path.unlink()
    (files.folder / "ouders.xlsx").write_bytes(WORKBOOK)
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    absent = {notice.file: notice.text for notice in report.notices}
    assert len(absent) == len(report.notices) == 12 - len(OTHERS)
    assert all("what is stored stays" in text for text in absent.values())
    assert "ouders.xlsx" in absent["ouders.csv"]
    assert "xlsx" not in absent["pakketten.csv"]


@pytest.mark.parametrize(
    ("data", "word"), [(WORKBOOK, "workbook"), (zipped("leerlingen.csv"), "zip")]
)
def test_a_file_under_the_wrong_name_is_one_fault(there, files, data, word):
    before = dump()
    (files.folder / "leerlingen.csv").write_bytes(data)
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    [fault] = report.faults
    assert word in fault.text
    assert dump() == before


def folder(path):
    path.mkdir()


def dangling(path):
    path.symlink_to(path.parent / "nowhere")


def loop(path):
    path.symlink_to(path)


def pipe(path):
    os.mkfifo(path)


def too_large(path):
    with path.open("wb") as opened:
        opened.truncate(reading.MOST_BYTES + 1)


@pytest.mark.parametrize("make", [folder, dangling, loop, pipe, too_large])
def test_what_cannot_be_read_is_told(files, make):
    path = files.folder / "ouders.csv"
    path.unlink()
    make(path)
    [fault] = run(files.folder).faults
    assert (fault.file, fault.code, fault.stops) == ("ouders.csv", Code.WRONG_FORMAT, True)
    assert fault.text


def test_a_link_to_a_file_is_read(files, tmp_path):
    (files.folder / "ouders.csv").rename(tmp_path / "elsewhere")
    (files.folder / "ouders.csv").symlink_to(tmp_path / "elsewhere")
    assert run(files.folder).verdict == Verdict.ACCEPTED


def test_a_folder_full_of_other_things_is_not_searched(files, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ENTRIES", 5)
    report = run(files.folder)
    assert "more than 5 files" in report.faults[0].text
    assert report.verdict == Verdict.REJECTED
    assert len(report.faults) == 1


def test_a_name_that_no_text_can_hold_does_no_harm(files):
    (files.folder / "leerlingen.csv").unlink()
    (files.folder / os.fsdecode(b"leerlingen\xff.csv")).write_text("x", encoding="utf-8")
    [fault] = run(files.folder).faults
    fault.text.encode()


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    [fault] = run(tmp_path / "nowhere").faults
    assert "cannot be read" in fault.text
