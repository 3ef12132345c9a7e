"""The matrix, from plain facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.ticks import ticks
from app.evenings.matrix import Facts, MatrixState, MatrixTalk, TeacherName, build
from app.rounds.info import BreakInfo, EveningInfo, RoomInfo, SlotInfo

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

START = datetime(2027, 2, 9, 17, 30, tzinfo=UTC)
TEN = timedelta(minutes=10)
VERA = TeacherName(1, 11, "Vries, Vera de", "mevr. De Vries", "vri")
BART = TeacherName(2, 12, "Bakker, Bart", "dhr. Bakker", "bak")


def at(slot):
    return START + slot * TEN


@pytest.fixture
def evening():
    """Four times, with a break after the second."""
    slots = tuple(SlotInfo(10 + i, at(i), at(i + 1)) for i in (0, 1, 3, 4))
    return EveningInfo(
        id=1,
        day=START.date(),
        starts_at=at(0),
        ends_at=at(5),
        talk_minutes=10,
        gap_minutes=0,
        slots=slots,
        breaks=(BreakInfo(at(2), at(3)),),
        rooms={1: RoomInfo(5, "B01", exclusive=False)},
    )


def talk(slot, *teachers, slots=1, booking=1, student=7):
    return MatrixTalk(booking, student, "Noor Jansen", "h2a", teachers, at(slot), at(slot + slots))


def states(line):
    return [str(cell.state) for cell in line.cells]


def test_each_cell_is_free_a_talk_blocked_elsewhere_or_the_break(evening):
    facts = Facts(
        [talk(0, 1)],
        absent={1: set(ticks(at(3), at(4)))},
        elsewhere={1: set(ticks(at(4), at(5)))},
    )
    (line,) = build([VERA], evening, facts, now=START).lines
    assert states(line) == ["talk", "free", "break", "blocked", "elsewhere"]
    assert line.room == "B01"


def test_a_talk_in_a_blocked_time_is_a_talk(evening):
    facts = Facts([talk(0, 1)], absent={1: set(ticks(at(0), at(5)))})
    (line,) = build([VERA], evening, facts, now=START).lines
    assert states(line) == ["talk", "blocked", "break", "blocked", "blocked"]
    assert (line.fill.talks, line.fill.free, line.fill.is_full) == (1, 0, True)


def test_a_long_talk_covers_its_times_and_a_talk_of_two_stands_with_both(evening):
    matrix = build([VERA, BART], evening, Facts([talk(3, 1, 2, slots=2)]), now=START)
    assert [states(line)[3:] for line in matrix.lines] == [["talk", "talk"], ["talk", "talk"]]
    assert len(matrix.booking_ids) == 1


def test_rows_and_columns_are_filled_by_what_is_not_blocked(evening):
    facts = Facts([talk(0, 1)], absent={2: set(ticks(at(0), at(1)))})
    matrix = build([VERA, BART], evening, facts, now=START)
    assert [line.fill.percent for line in matrix.lines] == [25, 0]
    assert matrix.columns[0].fill.percent == 100
    assert matrix.columns[1].fill.percent == 0
    assert matrix.fill.open == 7
    assert matrix.full == 0


def test_the_next_free_time_is_still_to_come(evening):
    matrix = build([VERA], evening, Facts([talk(1, 1)]), now=at(0))
    assert matrix.lines[0].next_free == at(3)


def test_times_that_follow_each_other_are_told_together(evening):
    (line,) = build([VERA], evening, Facts([talk(3, 1)]), now=START).lines
    assert [(run.state, run.count) for run in line.runs] == [
        (MatrixState.FREE, 2),
        (MatrixState.BREAK, 1),
        (MatrixState.TALK, 1),
        (MatrixState.FREE, 1),
    ]


def test_a_family_that_is_looked_for_is_marked(evening):
    facts = Facts([talk(0, 1, student=7), talk(1, 1, booking=2, student=8)])
    (line,) = build([VERA], evening, facts, now=START, wanted={8}).lines
    assert [cell.wanted for cell in line.cells] == [False, True, False, False, False]


def test_some_of_the_rows_have_columns_of_their_own(evening):
    matrix = build([VERA, BART], evening, Facts([talk(0, 1)]), now=START)
    only_bart = matrix.only(matrix.lines[1:])
    assert only_bart.columns[0].fill.percent == 0
    assert only_bart.booking_ids == frozenset()


@pytest.mark.parametrize(
    ("offers_school", "places", "room"),
    [
        (True, ["online"], "B01"),
        (False, ["online"], ""),
        (False, ["online", ""], "B01"),
        (False, [], ""),
    ],
)
def test_a_room_is_named_where_talks_are_or_can_be_at_school(evening, offers_school, places, room):
    talks = [replace(talk(slot, 1), place=place) for slot, place in enumerate(places)]
    (line,) = build([VERA], evening, Facts(talks), now=START, at_school=offers_school).lines
    assert line.room == room
