from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ticks import TICK, is_on_tick, tick_start, ticks

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
lengths = st.integers(min_value=1, max_value=6 * 3600).map(lambda s: timedelta(seconds=s))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def test_ticks_are_counted_from_the_epoch():
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert list(ticks(epoch, epoch + timedelta(minutes=15))) == [0, 1, 2]


@pytest.mark.parametrize(("end", "count"), [("18:40", 2), ("18:41", 3), ("18:38", 2), ("18:30", 0)])
def test_a_talk_claims_to_its_end_rounded_up(end, count):
    assert len(ticks(at("2027-02-09T18:30"), at(f"2027-02-09T{end}"))) == count


def test_a_start_beside_the_tick_claims_that_tick_whole():
    claimed = ticks(at("2027-02-09T18:33"), at("2027-02-09T18:36"))
    assert [tick_start(t) for t in claimed] == [at("2027-02-09T18:30"), at("2027-02-09T18:35")]


def test_an_end_before_the_start_claims_nothing():
    assert len(ticks(at("2027-02-09T18:40"), at("2027-02-09T18:30"))) == 0


def test_the_hour_that_comes_twice_claims_different_ticks():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=AMSTERDAM, fold=0)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=AMSTERDAM, fold=1)
    ten = timedelta(minutes=10)
    one = ticks(first.astimezone(UTC), first.astimezone(UTC) + ten)
    other = ticks(second.astimezone(UTC), second.astimezone(UTC) + ten)
    assert set(one).isdisjoint(other)


def test_the_length_is_that_of_the_clock_that_never_changes():
    night = datetime(2027, 3, 28, 1, 30, tzinfo=AMSTERDAM)
    assert len(ticks(night, datetime(2027, 3, 28, 3, 30, tzinfo=AMSTERDAM))) == 12  # one hour


@given(moments, lengths)
def test_ticks_cover_the_talk_and_no_tick_too_many(start, length):
    claimed = ticks(start, start + length)
    assert tick_start(claimed[0]) <= start < tick_start(claimed[0] + 1)
    assert tick_start(claimed[-1]) < start + length <= tick_start(claimed[-1] + 1)


@given(moments, lengths, lengths)
def test_talks_one_after_the_other_share_no_tick_when_the_second_starts_on_one(start, one, two):
    later = start + one
    later += -(later - tick_start(0)) % TICK
    assert is_on_tick(later)
    assert set(ticks(start, start + one)).isdisjoint(ticks(later, later + two))
