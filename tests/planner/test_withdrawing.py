"""A plan that was published is taken back: requests wait again, and moved talks return."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings import moving, service
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.core.errors import NotFoundError
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.planner.models import PlanRun, RunState
from app.planner.publishing import publish
from app.planner.withdrawing import NotWithdrawable, Withdrawn
from app.rounds.models import Round, Slot
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def published(school, plan):
    def published_(slots):
        run_id = plan(slots)
        publish(school.actors["Sofie"], run_id, now=NOW)
        return run_id

    return published_


def test_talks_are_requests_again_and_their_time_is_free(
    db, ask, asked, published, withdraw_, standing
):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    run_id = published({noor[0]: 0, noor[1]: 2})
    assert withdraw_(run_id) == Withdrawn(2, 0)
    assert standing() == {}
    assert db.scalars(select(Claim.id)).all() == []
    assert asked("Alice") == ["mevr. De Vries", "dhr. Bakker"]
    assert db.get(PlanRun, run_id).state == RunState.WITHDRAWN


def test_what_was_moved_returns_if_its_old_time_is_free(ask, published, withdraw_, standing):
    (noor,) = ask("Alice", "Noor", "Vera")
    published({noor: 0})
    (kim,) = ask("Carol", "Kim", "Vera")
    run_id = published({noor: 3, kim: 0})
    assert withdraw_(run_id) == Withdrawn(1, 1)
    assert standing() == {("Noor", "Vera"): (0, "plan")}


def test_and_stays_if_it_is_not(ask, published, withdraw_, standing, book_one):
    (noor,) = ask("Alice", "Noor", "Vera")
    published({noor: 0})
    run_id = published({noor: 3})
    book_one("Carol", "Kim", "Vera", 0)
    assert withdraw_(run_id) == Withdrawn(0, 0)
    assert standing() == {("Noor", "Vera"): (3, "plan"), ("Kim", "Vera"): (0, "family")}


def test_and_if_the_family_cannot_come_then(ask, away, published, withdraw_, standing):
    (noor,) = ask("Alice", "Noor", "Vera")
    published({noor: 0})
    away("Alice", FIRST)
    run_id = published({noor: 7})
    assert withdraw_(run_id) == Withdrawn(0, 0)
    assert standing() == {("Noor", "Vera"): (7, "plan")}


def test_and_if_the_teacher_is_away_then(school, ask, published, withdraw_, standing):
    noor, kim = ask("Alice", "Noor", "Vera"), ask("Carol", "Kim", "Vera")
    published({noor[0]: 0, kim[0]: 1})
    run_id = published({noor[0]: 1, kim[0]: 0})
    span = (school.evening_id, FIRST, FIRST + timedelta(minutes=20))
    block(school.actors["Vera"], school.teachers["Vera"], *span, now=NOW)
    assert withdraw_(run_id) == Withdrawn(0, 0)
    assert standing() == {("Noor", "Vera"): (1, "plan"), ("Kim", "Vera"): (0, "plan")}


def test_talks_that_keep_a_time_which_the_evening_has_no_more(db, ask, asked, published, withdraw_):
    (noor,) = ask("Alice", "Noor", "Vera")
    published({noor: 0})
    (kim,) = ask("Carol", "Kim", "Vera")
    run_id = published({noor: 3, kim: 1})
    later = timedelta(minutes=5)
    for slot in db.scalars(select(Slot).order_by(Slot.starts_at.desc())):
        slot.starts_at, slot.ends_at = slot.starts_at + later, slot.ends_at + later
        db.flush()
    db.execute(update(Round).values(times_key="a key of other times"))
    db.commit()
    assert withdraw_(run_id) == Withdrawn(1, 0)
    assert (asked("Alice"), asked("Carol")) == ([], ["mevr. De Vries"])


def test_what_the_family_changed_since_stays_as_it_is(
    db, school, ask, asked, published, withdraw_, standing
):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    run_id = published({noor[0]: 0, noor[1]: 2})
    talks = {it.teacher_key: it.id for it in db.scalars(select(Booking))}
    vera, bart = (talks[str(school.teachers[name])] for name in ("Vera", "Bart"))
    choice = Choice(*school.choice("Noor", "Vera", 5))
    moving.move(school.actors["Alice"], vera, choice, submission="a-move-of-her-own", now=NOW)
    service.cancel(school.actors["Alice"], bart, now=NOW)
    assert withdraw_(run_id) == Withdrawn(0, 0)
    assert standing() == {("Noor", "Vera"): (5, "family")}
    assert asked("Alice") == []


def test_only_the_last_one_that_was_published_can_be_taken_back(ask, published, withdraw_):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    first = published({noor[0]: 0})
    second = published({noor[1]: 2})
    with pytest.raises(NotWithdrawable):
        withdraw_(first)
    assert withdraw_(second) == Withdrawn(1, 0)
    assert withdraw_(first) == Withdrawn(1, 0)
    with pytest.raises(NotWithdrawable):
        withdraw_(first)


def test_each_family_is_told_once(monkeypatch, ask, published, withdraw_):
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    noor, (sem,) = ask("Alice", "Noor", "Vera", "Bart"), ask("Alice", "Sem", "Kader")
    run_id = published({noor[0]: 0, noor[1]: 2, sem: 4})
    for _time in range(3):
        deliver_due(HANDLERS, now=NOW)
    sent.clear()
    withdraw_(run_id)
    for _time in range(3):
        deliver_due(HANDLERS, now=NOW)
    assert sorted(mail["To"].split("@")[0] for mail in sent) == ["adam", "alice"]
    text = sent[0].get_body(("plain",)).get_content()
    assert [name in text for name in ("De Vries", "Bakker", "Kaya")] == [True] * 3


@pytest.mark.parametrize("who", ["Vera", "Alice", "Noor"])
def test_nobody_but_the_office_takes_it_back(ask, published, withdraw_, standing, who):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = published({noor: 0})
    with pytest.raises(NotFoundError):
        withdraw_(run_id, actor=who)
    assert standing() == {("Noor", "Vera"): (0, "plan")}
