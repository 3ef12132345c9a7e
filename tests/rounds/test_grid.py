from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ticks import is_on_tick, ticks
from app.rounds.grid import BadGrid, EveningSpec, make_grid, moment

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2027, 2, 9)
BACK = date(2026, 10, 25)  # 03:00 becomes 02:00
FORWARD = date(2027, 3, 28)  # 02:00 becomes 03:00


def grid(*args, day=DAY, zone=ZONE, **kwargs):
    times = make_grid(EveningSpec(day, *args, **kwargs), zone)
    return [f"{start.astimezone(zone):%H:%M}-{end.astimezone(zone):%H:%M}" for start, end in times]


def test_talks_follow_each_other():
    assert grid("18:30", "19:00") == ["18:30-18:40", "18:40-18:50", "18:50-19:00"]


def test_what_does_not_fit_before_the_end_is_left_out():
    assert grid("18:30", "18:59") == ["18:30-18:40", "18:40-18:50"]


def test_a_gap_needs_no_place_after_the_last_talk():
    assert grid("18:30", "18:48", talk_minutes=8, gap_minutes=2) == ["18:30-18:38", "18:40-18:48"]


def test_after_a_break_talks_begin_at_its_end():
    times = grid("18:30", "19:20", breaks=(("18:45", "19:00"),))
    assert times == ["18:30-18:40", "19:00-19:10", "19:10-19:20"]


def test_a_break_that_ends_beside_a_tick_pushes_to_the_next_tick():
    assert grid("18:30", "19:10", breaks=(("18:40", "18:52"),)) == ["18:30-18:40", "18:55-19:05"]


def test_breaks_may_overlap_and_stand_in_any_order():
    times = grid("18:30", "19:30", breaks=(("18:55", "19:10"), ("18:40", "19:00")))
    assert times == ["18:30-18:40", "19:10-19:20", "19:20-19:30"]


def test_the_hint_makes_a_step_of_eight_minutes_possible():
    with pytest.raises(BadGrid, match="Make the gap 2") as refused:
        grid("18:30", "19:30", talk_minutes=8)
    assert refused.value.field == "gap_minutes"
    assert grid("18:30", "18:40", talk_minutes=8, gap_minutes=2) == ["18:30-18:38"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": "18:30"}, "end"),
        ({"end": "18:00"}, "end"),
        ({"end": "18:35"}, "end"),  # not even one talk
        ({"first_start": "18:33"}, "first_start"),
        ({"first_start": "half zeven"}, "first_start"),
        ({"first_start": "1830"}, "first_start"),
        ({"end": "24:00"}, "end"),
        ({"talk_minutes": 0}, "talk_minutes"),
        ({"gap_minutes": -5}, "gap_minutes"),
        ({"breaks": (("18:00", "18:40"),)}, "breaks"),
        ({"breaks": (("19:20", "19:40"),)}, "breaks"),
        ({"breaks": (("19:00", "18:50"),)}, "breaks"),
        ({"breaks": (("18:30", "19:30"),)}, "end"),  # nothing is left
    ],
)
def test_an_evening_that_cannot_be_says_what_to_change(changes, field):
    with pytest.raises(BadGrid) as refused:
        make_grid(EveningSpec(DAY, **{"first_start": "18:30", "end": "19:30"} | changes), ZONE)
    assert refused.value.field == field
    assert refused.value.message


@pytest.mark.parametrize(("day", "utc_hour"), [(BACK, 17), (FORWARD, 16)])
def test_an_evening_after_a_clock_change_begins_when_the_clock_says_so(day, utc_hour):
    start, _ = make_grid(EveningSpec(day, "18:30", "19:30"), ZONE)[0]
    assert start == datetime(day.year, day.month, day.day, utc_hour, 30, tzinfo=UTC)


def test_a_night_with_an_hour_more_has_the_times_of_an_hour_more():
    assert len(grid("01:30", "03:30", day=BACK, talk_minutes=30)) == 6
    assert len(grid("01:30", "03:30", day=DAY, talk_minutes=30)) == 4


def test_a_time_that_comes_twice_is_the_first_of_the_two():
    assert moment(BACK, "02:30", ZONE) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_night_with_an_hour_less_has_no_times_in_the_hole():
    assert grid("01:30", "03:30", day=FORWARD, talk_minutes=30) == ["01:30-03:00", "03:00-03:30"]


@pytest.mark.parametrize(
    ("start", "end", "field"), [("02:30", "04:00", "first_start"), ("01:30", "02:30", "end")]
)
def test_a_time_that_never_comes_is_refused(start, end, field):
    with pytest.raises(BadGrid) as refused:
        grid(start, end, day=FORWARD)
    assert refused.value.field == field


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def evenings(draw):
    """Evenings whose form is right; whether talks fit in them is not sure."""
    start = draw(st.integers(0, 250)) * 5
    end = draw(st.integers(start + 1, min(start + 400, 1439)))
    talk = draw(st.integers(1, 40))
    gap = -talk % 5 + 5 * draw(st.integers(0, 3))
    breaks = []
    for _ in range(draw(st.integers(0, 3))):
        begin = draw(st.integers(start, end - 1))
        breaks.append((clock(begin), clock(draw(st.integers(begin + 1, end)))))
    day = draw(st.sampled_from([DAY, BACK, FORWARD, date(2027, 7, 1)]))
    return EveningSpec(day, clock(start), clock(end), talk, gap, tuple(breaks))


@given(evenings(), st.sampled_from(["Europe/Amsterdam", "Asia/Kathmandu", "America/Curacao"]))
def test_every_grid_keeps_the_rules(evening, zone_name):
    zone = ZoneInfo(zone_name)
    try:
        times = make_grid(evening, zone)
    except BadGrid as refused:
        # What was drawn is well formed: only its times can fail.
        if refused.field not in {"end", "first_start", "breaks"}:
            raise
        return
    start = moment(evening.day, evening.first_start, zone)
    end = moment(evening.day, evening.end, zone)
    step = timedelta(minutes=evening.talk_minutes + evening.gap_minutes)
    breaks = [
        (moment(evening.day, a, zone), moment(evening.day, b, zone)) for a, b in evening.breaks
    ]
    for talk_start, talk_end in times:
        assert is_on_tick(talk_start)
        assert talk_end - talk_start == timedelta(minutes=evening.talk_minutes)
        assert start <= talk_start
        assert talk_end <= end
        assert all(talk_end <= a or talk_start >= b for a, b in breaks)
    for (one, one_end), (other, other_end) in pairwise(times):
        assert other - one >= step
        assert set(ticks(one, one_end)).isdisjoint(ticks(other, other_end))
        if other - one > step:  # only a break may make room
            assert any(one < b and a < other for a, b in breaks)
