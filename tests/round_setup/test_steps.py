"""The life of a round: by hand and by date, and everybody told once."""

from datetime import timedelta

import pytest

from app.core.errors import NotFoundError
from app.jobs import RECURRING
from app.round_setup import steps
from app.round_setup.progress import load_progress
from app.rounds.models import Offer, RoundState
from app.rounds.service import WrongState, set_state
from tests.round_setup.post import promised
from tests.small_school import NOW

DRAFT, CHECK, PUBLISHED, ARCHIVED = RoundState
WEEK = timedelta(weeks=1)


def test_everybody_is_told_once_whatever_way_the_round_goes(db, take):
    for state in (CHECK, PUBLISHED, CHECK, PUBLISHED, ARCHIVED, PUBLISHED, CHECK, DRAFT, CHECK):
        take(state)
    letters = [letter for letter, _person in promised(db)]
    assert letters.count("check") == 3
    assert letters.count("invitation") == 6
    assert len(letters) == 9


def test_a_round_that_is_over_invites_nobody(db, take):
    take(PUBLISHED, now=NOW + timedelta(days=30))
    assert promised(db) == []


def test_thousands_of_families_are_few_statements(db, school, round_id, statements, monkeypatch):
    people = [school.people["Carol"]] * 3000
    monkeypatch.setattr(steps.recipients, "families_of", lambda *_, **__: people)
    count = statements(lambda: steps.take(round_id, PUBLISHED, None, now=NOW))
    assert len(promised(db)) == 3000
    assert count < 30


def test_steps_come_by_their_date(db, dates, state):
    dates(check_at=1, publish_at=2, archive_at=40)
    seen = []
    for day in (0, 1, 1, 2, 2, 39, 40, 41):
        steps.take_due(now=NOW + timedelta(days=day))
        seen.append(state())
    assert seen == [
        DRAFT, CHECK, CHECK, PUBLISHED, PUBLISHED, PUBLISHED, ARCHIVED, ARCHIVED,
    ]  # fmt: skip
    letters = [letter for letter, _person in promised(db)]
    assert (letters.count("check"), letters.count("invitation")) == (3, 6)


def test_the_worker_takes_them(dates, state):
    dates(publish_at=1)
    for job in RECURRING:
        job.run(NOW + timedelta(days=1))
    assert state() == PUBLISHED


def test_a_worker_that_was_down_asks_nobody_to_check_what_is_public(db, dates, state):
    dates(check_at=-3, publish_at=-1)
    steps.take_due(now=NOW)
    assert state() == PUBLISHED
    assert {letter for letter, _person in promised(db)} == {"invitation"}


def test_what_nobody_saw_is_not_put_away(dates, state):
    dates(archive_at=-1)
    steps.take_due(now=NOW)
    assert state() == DRAFT


def test_a_round_that_goes_back_does_not_go_on_by_itself(dates, take, state, round_id):
    dates(check_at=-3, publish_at=-1, archive_at=40)
    steps.take_due(now=NOW)
    take(CHECK)
    steps.take_due(now=NOW)
    assert state() == CHECK
    progress = load_progress(round_id, now=NOW)
    assert (progress.check_at is not None, progress.publish_at) == (True, None)
    assert progress.archive_at is not None


def test_the_shell_forgets_dates_that_passed_as_the_page_does(dates, take, state, round_id):
    dates(check_at=-3)
    steps.take_due(now=NOW)
    set_state(round_id, DRAFT, None, now=NOW)
    steps.take_due(now=NOW)
    assert state() == DRAFT


def test_a_round_cannot_jump(take):
    with pytest.raises(WrongState):
        take(ARCHIVED)


def test_a_round_that_is_not_there_has_no_steps(school):
    for call in (
        lambda: steps.take(999, CHECK, school.actors["Anna"], now=NOW),
        lambda: steps.show_timetable(999, school.actors["Anna"], visible=True, now=NOW),
        lambda: steps.remind_teachers(999, school.actors["Anna"], now=NOW),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_families_of_whom_there_were_none_can_be_invited_later(db, round_id, take):
    db.query(Offer).update({"offered": False})
    db.commit()
    take(PUBLISHED)
    db.query(Offer).update({"offered": True})
    db.commit()
    assert load_progress(round_id, now=NOW).ahead == 6
    take(PUBLISHED)
    assert len(promised(db)) == 6
