"""The talks of a round as files for a spreadsheet program."""

import csv
import io
import tempfile
import zipfile
from datetime import date, datetime, time

import pytest
from sqlalchemy import select, text, update

from app.audit.models import AuditEntry
from app.bookings import remarks
from app.core.errors import NotFoundError
from app.exports import spreadsheet
from app.exports.service import FileKind, export_talks
from app.rounds.models import Round
from tests.exports import xlsx
from tests.small_school import NOW

DANGEROUS = ("=1+1", "+31 6", "-2", "@SUM(A1)", "\tx", "\rx", "\n=x")


ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def _english(app):
    with app.test_request_context("/", headers=ENGLISH):
        yield


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def take(school, kind=FileKind.CSV):
    return export_talks(school.actors["Anna"], school.round_id, kind, now=NOW).content


def test_the_csv_has_a_row_for_every_talk(school, talks):
    head, *rows = rows_of(take(school))

    assert len(head) == 13
    assert len(rows) == len(talks)
    assert rows[0] == [
        *("09-02-2027", "18:30", "18:40"),
        *("ver", "mevr. De Vries"),
        *(rows[0][5], "Noor Jansen", "h2a", "Nederlands", "B01"),
        *("at school", "parent", "20-01-2027 19:00"),
    ]
    assert rows[0][5].startswith("0")


def test_the_csv_is_what_a_dutch_excel_opens(school, talks):
    content = take(school)

    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert b";" in content.splitlines()[0]


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_name_like_a_formula_is_a_name_in_both_files(db, school, talks, name):
    past_our_types = text("UPDATE people SET given_name = :name WHERE id = :id")
    db.execute(past_our_types, {"name": name, "id": school.people["Noor"]})
    db.commit()
    csv_name = rows_of(take(school))[1][6]
    sheet = xlsx.read(take(school, FileKind.XLSX))

    assert csv_name == f"'{name} Jansen"
    assert sheet.formulas == 0
    assert sheet.rows[1][6].strip() == f"{name} Jansen".strip()


@pytest.mark.parametrize("name", ["Öztürk-van 't Hoff", "Żółć", "O'Neill", "李", "d'=x", "1+1"])
def test_other_names_are_spelled_as_they_are(name):
    assert rows_of(spreadsheet.to_csv(["a"], [[name]])) == [["a"], [name]]
    assert xlsx.read(spreadsheet.to_xlsx("t", ["a"], [[name]])).rows == [["a"], [name]]


def test_the_workbook_keeps_dates_as_dates_and_numbers_of_students_as_text(school, talks):
    sheet = xlsx.read(take(school, FileKind.XLSX))
    row = sheet.rows[1]

    assert len(sheet.rows) == 1 + len(talks)
    assert xlsx.moment(row[0]).date() == date(2027, 2, 9)
    assert xlsx.moment(row[1]).time() == time(18, 30)
    assert xlsx.moment(row[12]) == datetime(2027, 1, 20, 19, 0)
    assert row[5].startswith("0")
    assert sheet.frozen == "A2"


def test_neither_remarks_nor_mail_addresses_are_in_the_files(school, talks):
    remarks.set_remark(school.actors["Alice"], talks[0], "leest graag", now=NOW)
    csv = take(school).decode()

    assert "leest graag" not in csv
    assert "@" not in csv


def test_that_somebody_took_the_file_is_in_the_log(db, school, talks):
    take(school)
    entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "export.talks"))

    assert (entry.actor_name, entry.round_id) == ("Anna", school.round_id)
    assert entry.details == {"file": "csv", "talks": len(talks)}


def test_a_round_that_is_not_there_is_not_found(school):
    with pytest.raises(NotFoundError):
        export_talks(school.actors["Anna"], 999, FileKind.CSV, now=NOW)


@pytest.mark.parametrize("name", ["a" * 30 + "'s avond", "\N{OWL}" * 40, "'", "[]"])
def test_a_sheet_has_a_short_name_whatever_the_round_is_called(db, school, talks, name):
    db.execute(update(Round).where(Round.id == school.round_id).values(name=name))
    db.commit()
    sheet = xlsx.read(take(school, FileKind.XLSX)).name
    assert 0 < len(sheet.encode("utf-16-le")) // 2 <= 31
    assert not sheet.startswith("'")
    assert not sheet.endswith("'")


@pytest.mark.parametrize("file", ["talks.csv", "silent.csv"])
def test_a_csv_names_its_charset_once(office, school, talks, file):
    answer = office.get(f"/office/rounds/{school.round_id}/{file}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("ending", "kind"), [("csv", "text/csv"), ("xlsx", "application/vnd.openxml")]
)
def test_the_files_are_downloads_with_a_name_of_the_round(office, school, talks, ending, kind):
    answer = office.get(f"/office/rounds/{school.round_id}/talks.{ending}", headers=ENGLISH)

    assert answer.mimetype.startswith(kind)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert f"oudercontact-2-talks.{ending}" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_number_of_queries_does_not_grow_with_the_talks(school, book, statements):
    book("Alice", "Noor", ("Vera", 0))
    few = statements(lambda: take(school))
    book("Carol", "Kim", ("Vera", 1), ("Bart", 2))

    assert statements(lambda: take(school)) == few


def test_each_kind_of_cell_has_its_format_and_texts_stay_texts_when_edited():
    moment = datetime(2027, 2, 9, 18, 30)
    cells = ["=1", moment.date(), moment.time(), moment]
    content = spreadsheet.to_xlsx("t", ["a", "b", "c", "d"], [cells, cells])

    text_ = ("@", True)
    of_row = [text_, ("dd-mm-yyyy", False), ("hh:mm", False), ("dd-mm-yyyy hh:mm", False)]
    assert xlsx.formats(content) == [[("@", False)] * 4, of_row, of_row]
    *_rest, last = xlsx.read(content).rows
    assert last == ["=1", 46427, pytest.approx(18.5 / 24), pytest.approx(46427 + 18.5 / 24)]


def test_columns_are_as_wide_as_their_cells_and_can_be_filtered():
    rows = [["Noor Jansen", date(2027, 2, 9), "x" * 90], ["Sem", date(2027, 2, 9), ""]]
    sheet = xlsx.read(spreadsheet.to_xlsx("t", ["Who", "Day", "Subject"], rows))

    assert sheet.widths == [12, 11, 40]
    assert sheet.filtered == "A1:C3"


def test_no_name_is_ever_in_a_temporary_file(monkeypatch):
    def refuse(*_args, **_options):
        pytest.fail("the workbook was written to the disk")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    assert spreadsheet.to_xlsx("t", ["a"], [["Noor"]])


def test_a_workbook_can_be_empty_and_wide():
    names = [f"column {number}" for number in range(30)]
    assert xlsx.read(spreadsheet.to_xlsx("t", names, [])).rows == [names]
    assert xlsx.read(spreadsheet.to_xlsx("t", names, [names, names])).rows == [names] * 3
    with zipfile.ZipFile(io.BytesIO(spreadsheet.to_xlsx("t", names, [names, names]))) as book:
        assert b'<dimension ref="A1:AD3"/>' in book.read("xl/worksheets/sheet1.xml")


def test_a_class_that_two_branches_have_is_told_with_its_branch(school, two_branches, book):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    _head, *rows = rows_of(take(school))
    assert [row[7] for row in rows] == ["h2a (Noord)", "h2a (Zuid)"]
