"""What no name holds, and that no column stores it, whoever writes it there."""

import pytest
from sqlalchemy import String
from sqlalchemy.dialects import postgresql, sqlite

import app.tables  # noqa: F401  (fills the metadata)
from app.core.database import Base
from app.core.text import lines, one_line
from app.core.types import OneLine, SeveralLines

BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"]
CONTROLS = ["\a", "\x1b", "\x1c", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"]
UNSEEN = "\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LETTERS = "Zoë d’Été-Şahin (2a), Оля, שלום, مريم, 李小龙, e\u0301, a\u200db, a\u00a0b, 👩\u200d🏫"

SEVERAL_LINES = {
    *("booking_requests.remark", "bookings.remark", "wishes.remark"),
    *("plan_settings.sentence", "rounds.explanation", "boxed_mails.text", "boxed_mails.html"),
}
AS_IT_IS = {"people.sort_key"}  # a sign that nobody types stands between its parts


@pytest.mark.parametrize("sign", [*BREAKS, *CONTROLS], ids=ascii)
def test_what_ends_lines_or_is_no_letter_is_a_space_in_a_name(sign):
    assert one_line(f"Oudercontact{sign}2") == "Oudercontact 2"


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_text_keeps_its_lines(sign):
    assert lines(f"Neem mee:{sign}\thet rapport") == "Neem mee:\n\thet rapport"


@pytest.mark.parametrize("sign", CONTROLS, ids=ascii)
def test_a_text_has_no_control_characters(sign):
    assert lines(f"het{sign}rapport") == "het rapport"


def test_what_is_nothing_or_turns_round_the_text_after_it_is_taken_out():
    assert one_line(f"{UNSEEN}Jan{UNSEEN} ") == "Jan "
    assert lines(f"{UNSEEN}Jan\n") == "Jan\n"


def test_names_of_all_scripts_stay_as_they_are():
    assert one_line(LETTERS) == lines(LETTERS) == LETTERS


COLUMNS = [
    pytest.param(column, id=str(column))
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, String | OneLine | SeveralLines)
]


@pytest.mark.only_on("sqlite")  # both are looked at
@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.psycopg.dialect()])
@pytest.mark.parametrize("column", COLUMNS)
def test_every_text_of_every_table_is_cleaned_when_it_is_saved(column, dialect):
    if str(column) in AS_IT_IS:
        return
    save = column.type.dialect_impl(dialect).bind_processor(dialect)
    several = str(column) in SEVERAL_LINES
    assert save("a\vb\ac\nd") == ("a\nb c\nd" if several else "a b c d")
