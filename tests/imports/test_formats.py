"""What is no delimited text, or is written in another way, is read or named in one sentence."""

import io
import json
import zipfile

import pytest

from app.imports.faults import Code
from app.imports.readers.delimited import Sheet, read_sheet
from app.imports.report import Verdict
from tests.imports.conftest import BASE, run
from tests.imports.dump import dump

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's

NEEDED = ("leerlingnummer", "roepnaam", "achternaam")
OPTIONAL = ("voornamen", "email")
HEADER = "leerlingnummer,roepnaam,achternaam,email"
ROW = "20260001,Zoë,Smit,zoe@x.example"
TEXT = f"{HEADER}\n{ROW}\n"


def read(data, encoding="utf-8"):
    data = data.encode() if isinstance(data, str) else data
    return read_sheet("x.csv", data, encoding, needed=NEEDED, optional=OPTIONAL)


def zipped(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, "x" * 100)
    return held.getvalue()


WORKBOOK = zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/a.xml")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)
OPEN_DOCUMENT = zipped("mimetype").replace(
    b"x" * 100, b"application/vnd.oasis.opendocument.spreadsheet".ljust(100)
)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (WORKBOOK, "workbook"),
        (OLD_WORKBOOK, "workbook"),
        (OPEN_DOCUMENT, "workbook"),
        (zipped("leerlingen.csv"), "zip"),
        (b"\x1f\x8b\x08" + bytes(20), "zip"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        ("<!DOCTYPE html>\n<html lang=nl>", "web page"),
        ("\ufeff\n <html>", "web page"),
        ('<?xml version="1.0"?><EDEX/>', "XML"),
        ("<EDEX><leerlingen/></EDEX>", "XML"),
        (json.dumps([{"leerlingnummer": "1"}], indent=2), "JSON"),
        (json.dumps({"users": []}), "JSON"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "no text"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_what_is_no_csv_is_named(data, word, encoding):
    [fault] = read(data, encoding)
    assert (fault.code, fault.line) == (Code.WRONG_FORMAT, 0)
    assert word in fault.text
    assert "Windows-1252" not in fault.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("said", ["utf-8", "cp1252"])
def test_tabs_and_utf_16_are_read(encoding, delimiter, said):
    if (encoding, said) == ("utf-8", "cp1252"):
        return
    sheet = read(TEXT.replace(",", delimiter).encode(encoding), said)
    assert isinstance(sheet, Sheet), sheet
    assert sheet.header.fields == tuple(HEADER.split(","))
    assert sheet.rows[0].fields == tuple(ROW.split(","))
    assert ["UTF-16" in notice.text for notice in sheet.notices] == [True] * (encoding == "utf-16")


def test_a_line_that_names_the_tab_is_understood():
    assert read(f"sep=\t\n{TEXT}".replace(",", "\t")).rows[0].number == 3


def test_utf_16_that_is_cut_off_is_told():
    [fault] = read(TEXT.encode("utf-16")[:-1])
    assert (fault.code, "UTF-16" in fault.text) == (Code.ENCODING, True)


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Export leerlingen\n\n", 3),
        ("Export leerlingen\n", 2),
        ("\nSchool;2026\nExport, met een komma\n", 4),
        ("Leerlingen\tnaar naam\n\n\n\n", 5),
        ('"Export van 1-9-2026"\n', 2),
        ("naam,van,school,x\n", 2),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_above_the_header_are_one_sentence(above, line, delimiter):
    [fault] = read(above + TEXT.replace(",", delimiter) * 40)
    assert f"Line {line} looks like the header" in fault.text


@pytest.mark.parametrize("row", [ROW, "20260001,Noor,Smit,", "Noor,Smit,Jan,Klaassen"])
def test_no_header_at_all_is_one_sentence(row):
    [fault] = read(f"{row}\n" * 10)
    assert (fault.code, fault.line) == (Code.MISSING_COLUMN, 1)
    assert "leerlingnummer, roepnaam, achternaam" in fault.text


def test_a_header_with_other_names_is_not_taken_for_values():
    sheet = read(f"lln nr,naam,e-mail\n{ROW}\n".replace(",zoe", ""))
    assert isinstance(sheet, Sheet)


def test_lines_that_are_quoted_as_a_whole_are_one_sentence():
    [fault] = read("".join(f'"{line}"\n' for line in (HEADER, ROW, ROW)))
    assert "quotation marks" in fault.text


def test_capitals_and_unseen_signs_in_the_names_of_columns_do_not_matter():
    sheet = read(f"\u200bLeerlingnummer, ROEPNAAM,achternaam\xa0,Anders\n{ROW}\n")
    assert sheet.header.fields == ("leerlingnummer", "roepnaam", "achternaam", "Anders")


def test_rows_of_another_width_are_told_in_a_few_lines():
    wrong = read(TEXT + "1,2\n" * 300)
    assert [fault.line for fault in wrong] == [3, 4, 5, 6]
    assert "line 6-302." in wrong[-1].text
    assert len(wrong[-1].also) == 296


def test_one_damaged_byte_is_not_sent_to_another_encoding():
    [fault] = read(f"{TEXT}{ROW}\n".encode() + b"1,Zo\xeb,Smit,\n")
    assert (fault.line, fault.value) == (4, "0xEB")
    assert "put this line right" in fault.text
    assert "Windows-1252" not in fault.text


def test_windows_1252_is_offered_only_for_what_is_that():
    [fault] = read(TEXT.encode("cp1252"))
    assert "import it as Windows-1252" in fault.text
    [fault] = read(TEXT.encode("cp1252") + b"1,\x81,Smit,\n")
    assert "not Windows-1252 either" in fault.text


def test_utf_8_is_not_read_as_windows_1252():
    [fault] = read(TEXT, "cp1252")
    assert (fault.code, fault.line) == (Code.ENCODING, 2)
    assert "Import it as UTF-8" in fault.text
    [fault] = read(TEXT.encode() + "1,Đ,Smit,\n".encode(), "cp1252")
    assert "as UTF-8" in fault.text
    assert isinstance(read(TEXT.replace("Zoë", "RÚŽA").encode("cp1252"), "cp1252"), Sheet)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", "\t").encode("utf-16"),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace("leerlingnummer", "LeerlingNummer").encode(),
        lambda text: b"\r\n".join(f"{line},,,".encode() for line in text.splitlines()),
    ],
)
def test_a_file_that_is_written_in_another_way_is_the_same(there, files, change):
    before = dump()
    text = (BASE / "leerlingen.csv").read_text(encoding="utf-8")
    text = text.replace('"Anna; Sophie, ""Fietje"""', "Anna")
    (files.folder / "leerlingen.csv").write_bytes(change(text))
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert dump() == before


def test_a_title_above_the_header_is_one_fault(there, files):
    path = files.folder / "leerlingen.csv"
    path.write_text("Leerlingen van 2026\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    [fault] = run(files.folder).faults
    assert (fault.file, fault.line) == ("leerlingen.csv", 1)
    assert "Line 3 looks like the header" in fault.text


@pytest.mark.parametrize(
    ("file", "old", "column"),
    [
        ("leerlingen.csv", "geboortedatum", "geb"),
        ("leerlingen.csv", "stamklas", "klas"),
        ("leerlingen.csv", "aparte_aanvragen", "aparte"),
        ("ouders.csv", "email", "mail"),
        ("ouder_leerling.csv", "apart", "aparte_aanvraag"),
    ],
)
def test_an_absent_column_is_told_with_the_one_that_may_be_it(there, files, file, old, column):
    before = dump()
    files.replace(file, old, column)
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    [unknown, absent] = report.notices
    assert (unknown.column, absent.column, absent.value) == (column, old, column)
    assert f'Is it "{column}"?' in absent.text
    assert dump() == before


@pytest.mark.parametrize(
    ("file", "column", "told"),
    [
        ("leerlingen.csv", "geboortedatum", True),
        ("leerlingen.csv", "email", True),
        ("leerlingen.csv", "geslacht", False),
        ("leerlingen.csv", "voornamen", False),
        ("leerlingen.csv", "aparte_aanvragen", False),
        ("ouders.csv", "taal", False),
    ],
)
def test_an_absent_column_is_told_if_it_matters(there, files, file, column, told):
    lines = (BASE / file).read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index(column)
    lines = [line for line in lines if '"' not in line]
    rows = [line.split(",") for line in lines]
    text = "\n".join(",".join(row[:place] + row[place + 1 :]) for row in rows)
    (files.folder / file).write_text(text, encoding="utf-8")
    notices = run(files.folder, dry_run=True).notices
    assert [notice.column for notice in notices] == [column] * told


def test_a_file_that_is_damaged_throughout_is_told_in_a_few_lines(there, files):
    path = files.folder / "leerlingen.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.replace(",", ",ZoÃ«", 2).replace("ZoÃ«", "", 1) for line in lines]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    report = run(files.folder)
    assert report.verdict == Verdict.BLOCKED
    assert len(report.faults) < 10
