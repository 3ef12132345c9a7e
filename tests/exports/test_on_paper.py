"""Which evening is printed, in which order talks are, and what a file says of them."""

import io
from datetime import UTC, date, datetime, timedelta
from zipfile import ZipFile

import pytest

from app.exports.queries import PrintKind, _evening, load_prints
from app.exports.service import FileKind, _rows, _sheet_name, export_talks
from app.exports.talks import talks_of_evening, talks_of_round
from app.rounds.info import EveningInfo
from tests.small_school import NOW

START = datetime(2027, 2, 9, 17, 30, tzinfo=UTC)


def evening(id_, day):
    start = START.replace(day=day)
    return EveningInfo(id_, start.date(), start, start + timedelta(hours=2), 10, 0, (), (), {})


@pytest.mark.parametrize(
    ("today", "printed"),
    [(8, 1), (9, 1), (10, 2), (11, 2), (12, 3), (16, 3), (17, 3)],
)
def test_without_a_wish_the_evening_of_today_is_printed_or_the_next_one_or_the_last(today, printed):
    evenings = [evening(1, 9), evening(2, 11), evening(3, 16)]
    assert _evening(evenings, None, date(2027, 2, today)).id == printed


def test_the_page_of_prints_knows_today_by_the_schools_clock(school):
    page = load_prints(school.round_id, evening_id=None, kind=PrintKind.DOORS, one="", now=START)
    assert page.days == ((school.evening_id, date(2027, 2, 9)),)


def test_talks_at_one_time_are_in_the_order_of_the_teachers_names(school, book):
    """Bakker, Kaya, De Vries; booked the other way round."""
    for actor, student, teacher in (
        ("Alice", "Noor", "Vera"),
        ("Bob", "Tim", "Kader"),
        ("Carol", "Kim", "Bart"),
    ):
        book(actor, student, (teacher, 0))
    talks = talks_of_evening(school.evening_id)
    assert [talk.student for talk in talks] == ["Kim Öztürk", "Tim Smit", "Noor Jansen"]


def test_a_file_says_to_the_minute_when_a_talk_was_reserved(school, choose):
    """Excel would show seconds that nobody asked for, and sort by them."""
    choose("Alice", "Noor", ("Vera", 0), now=NOW + timedelta(minutes=7, seconds=42, microseconds=1))
    (row,) = _rows(talks_of_round(school.round_id))
    assert row[-1] == datetime(2027, 1, 20, 19, 7)


def test_a_sheet_has_as_much_of_the_rounds_name_as_excel_takes(school):
    name = "Oudercontact van de onderbouw in februari"
    assert _sheet_name(name) == name[:31]
    assert _sheet_name("[]'") == "Gesprekken"
    file = export_talks(school.actors["Anna"], school.round_id, FileKind.XLSX, now=NOW)
    with ZipFile(io.BytesIO(file.content)) as workbook:
        assert b"Oudercontact 2" in workbook.read("xl/workbook.xml")
