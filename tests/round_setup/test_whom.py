"""Who gets the letters of a round, is counted, and from when; people with two roles among them."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from app.bookings import service
from app.round_setup import recipients, steps
from app.round_setup.copying import moved
from app.round_setup.progress import load_progress
from app.round_setup.queries import load_rounds
from app.rounds.loading import load_spec
from app.rounds.models import Offer, Round, RoundState
from app.rounds.phases import POLL_SECONDS, RUSH, RUSH_POLL_SECONDS, Phase, poll_seconds
from app.rounds.service import refresh_coming_rounds, set_state
from app.school.models import Guardian, Student, Teacher
from tests.small_school import FIRST, NOW

ZONE = ZoneInfo("Europe/Amsterdam")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
MIDNIGHT = FIRST.replace(hour=23, minute=0)


@pytest.fixture
def ends(db, school):
    """Somebody has one role no longer, and another one still."""

    def ends_(role, name):
        person = role.person_id == school.people[name]
        db.execute(update(role).where(person).values(ended_on=NOW.date()))
        db.commit()

    return ends_


@pytest.fixture
def set_round(db, round_id):
    def set_(**values):
        db.execute(update(Round).where(Round.id == round_id).values(**values))
        db.commit()

    return set_


def test_a_parent_who_no_longer_teaches_is_not_asked_as_a_teacher(school, ends):
    bart = school.people["Bart"]
    assert bart in recipients.teachers_of(school.round_id)
    ends(Teacher, "Bart")
    assert bart not in recipients.teachers_of(school.round_id)
    assert bart in recipients.families_of(school.round_id, now=NOW)


def test_a_teacher_who_is_no_parent_any_more_is_not_invited_as_one(school, ends):
    bart = school.people["Bart"]
    ends(Guardian, "Bart")
    assert bart not in recipients.families_of(school.round_id, now=NOW)
    assert bart in recipients.teachers_of(school.round_id)


def test_a_student_who_left_is_not_counted(school, round_id, ends):
    assert load_progress(round_id, now=NOW).students == 5
    ends(Student, "Kim")
    assert load_progress(round_id, now=NOW).students == 4


def test_whose_class_was_taken_out_is_counted_while_a_talk_stands(school, book, withdraw):
    """Otherwise more students would have a talk than take part."""

    def counted():
        lines = {line.round.id: line for line in load_rounds(now=NOW).coming}
        line = lines[school.round_id]
        return line.families, line.students

    (talk,) = book("Carol", "Kim", ("Vera", 0))
    assert counted() == (1, 5)
    for student, teacher in school.offers:
        if student == "Kim":
            withdraw(student, teacher)
    assert counted() == (1, 5)
    service.cancel(school.actors["Carol"], talk, now=NOW)
    assert counted() == (0, 4)


def test_a_step_whose_moment_has_come_is_not_announced_any_more(dates, round_id):
    dates(check_at=1)
    moment = NOW + timedelta(days=1)

    def comes(now):
        line = load_progress(round_id, now=now).line
        return next(station.at for station in line if station.phase is Phase.CHECK)

    assert comes(moment - SECOND) == moment
    assert comes(moment) is None


def test_choosing_opens_at_once_from_the_second_on_at_which_it_opens(db, round_id):
    opens_at = db.get(Round, round_id).opens_at
    assert not load_progress(round_id, now=opens_at - SECOND).opens_at_once
    assert load_progress(round_id, now=opens_at).opens_at_once


def test_a_round_is_to_come_until_its_last_day_is_over(school):
    def coming(now):
        return [line.round.id for line in load_rounds(now=now).coming]

    assert school.round_id in coming(MIDNIGHT - SECOND)
    assert school.round_id not in coming(MIDNIGHT)


def test_the_offers_of_a_round_follow_the_school_until_its_last_day_is_over(db, school):
    """Who taught and does no more is withdrawn on the day itself, and afterwards no longer."""

    def offered():
        return db.query(Offer).filter_by(round_id=school.round_id, offered=True).count()

    db.execute(
        update(Teacher).where(Teacher.id == school.teachers["Kader"]).values(ended_on=NOW.date())
    )
    db.execute(update(Offer).values(in_package=True))
    db.commit()
    before = offered()
    refresh_coming_rounds(now=MIDNIGHT)
    assert offered() == before
    refresh_coming_rounds(now=MIDNIGHT - SECOND)
    assert offered() == before - 5


def test_a_step_that_would_come_right_now_is_taken_by_hand(school):
    spec = replace(load_spec(school.round_id), check_at=NOW - timedelta(days=7))
    day = spec.evenings[0].day
    assert moved(spec, day + timedelta(days=7), ZONE, now=NOW).check_at is None
    later = moved(spec, day + timedelta(days=7), ZONE, now=NOW - SECOND)
    assert later.check_at == NOW


def test_a_round_that_goes_back_forgets_a_date_of_this_very_second(db, round_id, set_round):
    set_round(state="published", check_at=NOW, publish_at=NOW)
    set_state(round_id, RoundState.CHECK, None, now=NOW)
    assert (db.get(Round, round_id).check_at, db.get(Round, round_id).publish_at) == (NOW, None)


def test_a_date_is_kept_to_the_second(dates, round_id, state):
    dates(publish_at=1)
    moment = NOW + timedelta(days=1)
    assert steps.take_due(now=moment - SECOND) == []
    assert steps.take_due(now=moment) == [round_id]
    assert state() == RoundState.PUBLISHED


def test_teachers_are_reminded_again_after_an_hour_to_the_second(school, take, round_id):
    take(RoundState.CHECK)
    anna = school.actors["Anna"]
    assert steps.remind_teachers(round_id, anna, now=NOW) == 3
    with pytest.raises(steps.NotNow):
        steps.remind_teachers(round_id, anna, now=NOW + HOUR - SECOND)
    assert steps.remind_teachers(round_id, anna, now=NOW + HOUR) == 3


def test_pages_ask_more_often_for_the_first_ten_minutes(db, school):
    round_ = db.get(Round, school.round_id)
    opens_at = round_.opens_at
    moments = (opens_at - SECOND, opens_at, opens_at + RUSH - SECOND, opens_at + RUSH)
    assert [poll_seconds(round_, moment) for moment in moments] == [
        POLL_SECONDS,
        RUSH_POLL_SECONDS,
        RUSH_POLL_SECONDS,
        POLL_SECONDS,
    ]


def test_a_round_that_closes_this_second_invites_nobody(db, round_id, take):
    closes_at = db.get(Round, round_id).closes_at
    take(RoundState.PUBLISHED, now=closes_at)
    assert db.get(Round, round_id).families_told_at is None
    take(RoundState.CHECK, now=closes_at)
    take(RoundState.PUBLISHED, now=closes_at - SECOND)
    assert db.get(Round, round_id).families_told_at == closes_at - SECOND


@pytest.mark.parametrize("back", [2 * HOUR, timedelta(days=2)])
def test_a_reminder_from_ahead_holds_up_no_other(school, take, round_id, back):
    """The clock was put back since."""
    take(RoundState.CHECK)
    anna = school.actors["Anna"]
    steps.remind_teachers(round_id, anna, now=NOW)
    assert steps.remind_teachers(round_id, anna, now=NOW - back) == 3
