"""A round moved to other dates: the same clock, other days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.round_setup.copying import moved
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from app.rounds.models import Round, RoundState
from app.rounds.spec import RoundSpec
from tests.round_setup.test_form import error_at, latest
from tests.small_school import NOW

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def spec():
    return RoundSpec(
        name="Oudercontact 1",
        home_class_ids=(1,),
        evenings=(
            EveningSpec(date(2027, 2, 9), "18:30", "20:00"),
            EveningSpec(date(2027, 2, 11), "14:00", "15:00", 20, 10, (("14:20", "14:30"),)),
        ),
        opens_at=datetime(2027, 1, 18, 19, tzinfo=ZONE),
        closes_at=datetime(2027, 2, 5, 23, 59, tzinfo=ZONE),
        cancel_until=datetime(2027, 2, 8, 12, tzinfo=ZONE),
        reference_week="2027-W05",
        state=RoundState.PUBLISHED,
        teachers_block_until=datetime(2027, 1, 15, 17, tzinfo=ZONE),
        check_at=datetime(2027, 1, 11, 9, tzinfo=ZONE),
        publish_at=datetime(2027, 1, 16, 9, tzinfo=ZONE),
    )


def move(spec, day):
    return moved(spec, day, ZONE, now=NOW)


def test_every_date_moves_by_as_many_days(spec):
    copy = move(spec, date(2027, 3, 2))
    assert [evening.day for evening in copy.evenings] == [date(2027, 3, 2), date(2027, 3, 4)]
    assert copy.opens_at == datetime(2027, 2, 8, 19, tzinfo=ZONE)
    assert copy.cancel_until == datetime(2027, 3, 1, 12, tzinfo=ZONE)
    assert copy.teachers_block_until == datetime(2027, 2, 5, 17, tzinfo=ZONE)
    assert copy.check_at == datetime(2027, 2, 1, 9, tzinfo=ZONE)
    assert copy.archive_at is None


def test_the_time_of_the_day_stays_when_the_clock_has_changed_between(spec):
    copy = move(spec, date(2027, 6, 8))
    assert copy.opens_at == datetime(2027, 5, 17, 17, tzinfo=UTC)  # 19.00, in summer
    assert copy.closes_at == datetime(2027, 6, 4, 21, 59, tzinfo=UTC)


def test_all_but_the_dates_is_the_same_and_nobody_sees_it_yet(spec):
    copy = move(spec, date(2027, 3, 2))
    assert copy.state is RoundState.DRAFT
    assert (copy.name, copy.home_class_ids) == (spec.name, spec.home_class_ids)
    assert copy.evenings[1].breaks == spec.evenings[1].breaks
    assert copy.reference_week == "2027-W08"


def test_the_reference_week_moves_over_a_year_of_53_weeks(spec):
    assert move(spec, date(2026, 12, 29)).reference_week == "2026-W52"
    assert move(spec, date(2027, 1, 5)).reference_week == "2026-W53"


def test_a_step_does_not_come_by_itself_in_the_past(spec):
    copy = move(spec, date(2027, 2, 16))
    assert copy.check_at is None  # would have been 18 January
    assert copy.publish_at == datetime(2027, 1, 23, 9, tzinfo=ZONE)


def test_the_first_evening_is_the_first_by_date(spec):
    first, second = spec.evenings
    copy = move(RoundSpec(**{**vars(spec), "evenings": (second, first)}), date(2027, 3, 2))
    assert sorted(e.day for e in copy.evenings) == [date(2027, 3, 2), date(2027, 3, 4)]


def test_a_copy_opens_in_the_form_as_a_draft(db, office, school):
    page = office.get(f"/office/rounds/{school.round_id}/copy")
    assert "Tuesday 9 February" in page.text
    answer = office.post(f"/office/rounds/{school.round_id}/copy", data={"day": "2027-03-09"})
    copy_id = latest(db)
    assert copy_id not in {school.round_id, school.student_round_id}
    assert (answer.status_code, answer.location) == (303, f"/office/rounds/{copy_id}/settings")
    before, copy = load_spec(school.round_id), load_spec(copy_id)
    assert copy.state is RoundState.DRAFT
    assert copy.rooms == before.rooms
    assert copy.opens_at - before.opens_at == timedelta(days=28)
    assert office.get(answer.location).status_code == 200


def test_a_copy_to_a_night_without_that_hour_is_refused_in_words(db, office, paper):
    night = {
        "evenings-0-first_start": "02:00",
        "evenings-0-end": "03:30",
        "evenings-0-breaks-0-start": None,
        "evenings-0-breaks-0-end": None,
    }
    assert office.post("/office/rounds/new", data=paper(**night)).status_code == 303
    page = office.post(f"/office/rounds/{latest(db)}/copy", data={"day": "2027-03-28"})
    assert page.status_code == 422
    assert "The clock goes forward" in error_at(page, "day")


def test_a_copy_needs_a_date(office, school):
    page = office.post(f"/office/rounds/{school.round_id}/copy", data={"day": "morgen"})
    assert page.status_code == 422
    assert error_at(page, "day") == "Choose a date."


def test_a_copy_to_a_day_that_is_over_is_refused(db, office, school):
    before = latest(db)
    page = office.post(f"/office/rounds/{school.round_id}/copy", data={"day": "2026-03-09"})
    assert page.status_code == 422
    assert error_at(page, "day") == "This day is over. Is the year right?"
    assert latest(db) == before


def test_a_copy_of_a_round_that_cannot_be_says_where_to_change_it(db, office, school):
    before = latest(db)
    db.get(Round, school.round_id).closes_at = NOW + timedelta(days=90)
    db.commit()
    page = office.post(f"/office/rounds/{school.round_id}/copy", data={"day": "2027-03-09"})
    assert page.status_code == 422
    assert "after the last evening. Change that in" in error_at(page, "day")
    assert latest(db) == before
