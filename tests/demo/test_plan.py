from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.lessons import SchoolYear
from app.demo.plan import plan_rounds
from app.rounds.grid import make_grid
from app.rounds.phases import accepts_bookings
from app.rounds.reference_week import school_year
from app.rounds.spec import check

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

ZONE = ZoneInfo("Europe/Amsterdam")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2033, 12, 31), timezones=st.just(UTC))


def plan_at(now):
    year = SchoolYear(school_year(now.astimezone(ZONE).date()))
    return plan_rounds(now, ZONE, year, [1, 2], [2], [])


@given(moments)
def test_at_any_moment_two_rounds_are_open_and_one_is_over(now):
    plan = plan_at(now)
    today = now.astimezone(ZONE).date()
    for spec in (plan.past, plan.present, plan.students, plan.coming):
        check(spec, ZONE)
        for evening in spec.evenings:
            assert make_grid(evening, ZONE)
    for spec in (plan.present, plan.students):
        assert spec.opens_at < now < spec.closes_at
        assert all(spec.closes_at.date() < evening.day for evening in spec.evenings)
        assert all(evening.day.weekday() in {1, 2, 3} for evening in spec.evenings)
    assert all(evening.day < today for evening in plan.past.evenings)
    assert now - plan.present.opens_at <= timedelta(hours=54)
    assert plan.present.closes_at - now < timedelta(days=15)


@given(moments)
def test_at_any_moment_one_night_has_planned_since_families_see_the_open_rounds(now):
    plan = plan_at(now)
    day = timedelta(hours=23)  # at least
    assert now - timedelta(hours=25) <= plan.night <= now
    for spec in (plan.present, plan.students, plan.asking):
        assert plan.night - day < spec.opens_at < plan.night - timedelta(hours=5)


@given(moments)
def test_at_any_moment_teachers_were_asked_to_check_a_round_after_the_open_one(now):
    plan = plan_at(now)
    coming = plan.coming
    assert timedelta(days=1) < now - coming.check_at < timedelta(days=3)
    assert now < coming.publish_at < coming.opens_at
    assert plan.present.evenings[-1].day < coming.publish_at.date()
    assert coming.closes_at.date() < coming.evenings[0].day
    assert {evening.day.weekday() for evening in coming.evenings} == {1, 3}


@pytest.mark.parametrize(("days", "is_open"), [(-3, False), (0, True), (15, False)])
def test_the_round_opens_and_closes_by_itself(days, is_open):
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    class Published:
        state = "published"
        opens_at = plan_at(now).present.opens_at
        closes_at = plan_at(now).present.closes_at
        cancel_until = closes_at

    assert accepts_bookings(Published, now + timedelta(days=days)) is is_open
