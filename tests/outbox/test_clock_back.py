"""The machine's clock is put back while mails wait: none of them waits until it has caught up."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from app.audit import behind
from app.audit import service as audit
from app.audit.actions import Action
from app.core import clock
from app.jobs import NIGHTLY, RECURRING, run_nightly, run_recurring
from app.outbox import service
from app.outbox.errors import Transient
from app.outbox.models import OutboxMessage
from app.outbox.worker import LEASE, WAITS, deliver_due, hasten
from tests.small_school import NOW

BACK = [timedelta(hours=2), timedelta(days=2)]
SECOND = timedelta(seconds=1)


@pytest.fixture(params=BACK, ids=["two hours", "two days"])
def then(request):
    """The moment to which the clock goes back."""
    return NOW - request.param


@pytest.fixture
def told():
    return []


@pytest.fixture
def handlers(told):
    def tell(payload):
        if payload["faults"] and len(told) < payload["faults"]:
            told.append("fault")
            raise Transient("no answer")
        told.append(payload["what"])

    return {"tell": [tell]}


def promise(what, *, faults=0, due_at=None):
    service.enqueue("tell", {"what": what, "faults": faults}, now=NOW, due_at=due_at)


def test_what_waited_leaves_within_the_minute_and_once(db, handlers, told, then):
    promise("at once")
    promise("a little later", due_at=NOW + timedelta(minutes=10))
    assert deliver_due(handlers, now=then) == 0
    assert hasten(now=then) == 2
    assert deliver_due(handlers, now=then) == 2
    assert hasten(now=then + SECOND) == 0
    assert deliver_due(handlers, now=NOW + timedelta(hours=1)) == 0
    assert told == ["at once", "a little later"]


def test_the_worker_does_so_by_itself(db, handlers, told, then):
    promise("at once")
    with time_machine.travel(then, tick=False):
        run_recurring(dict.fromkeys(RECURRING, 0.0), stopped=lambda: False)
    assert deliver_due(handlers, now=then) == 1


def test_what_failed_is_tried_again_after_its_waits_and_not_at_once(db, handlers, told, then):
    promise("at last", faults=2)
    hasten(now=then)
    assert deliver_due(handlers, now=then) == 0
    assert hasten(now=then) == 0
    assert deliver_due(handlers, now=then + WAITS[0] - SECOND) == 0
    assert len(told) == 1
    assert deliver_due(handlers, now=then + WAITS[0]) == 0
    assert deliver_due(handlers, now=then + WAITS[0] + WAITS[1]) == 1
    assert told == ["fault", "fault", "at last"]


@pytest.mark.parametrize("attempts", range(1, len(WAITS) + 1))
def test_a_wait_that_was_begun_before_is_no_longer_than_any(db, handlers, then, attempts):
    promise("at last")
    wait = WAITS[attempts - 1]
    db.execute(update(OutboxMessage).values(attempts=attempts, due_at=NOW + wait))
    db.commit()
    hasten(now=then)
    longest = then + max(LEASE, wait) + clock.STEP
    assert deliver_due(handlers, now=longest) == 1


def test_a_wait_that_can_be_stays(db, handlers):
    promise("at last")
    db.execute(update(OutboxMessage).values(attempts=6, due_at=NOW + WAITS[5]))
    db.commit()
    assert hasten(now=NOW) == 0


def test_a_lease_of_a_worker_that_died_ends(db, handlers, then):
    promise("at last")
    db.execute(update(OutboxMessage).values(attempts=1, due_at=NOW + LEASE))
    db.commit()
    assert hasten(now=then) == 1
    assert deliver_due(handlers, now=then) == 1


@pytest.mark.parametrize("job", [job.name for job in NIGHTLY])
def test_no_job_of_a_night_is_done_twice(db, then, job):
    (nightly,) = [it for it in NIGHTLY if it.name == job]
    ran = []
    jobs = (type(nightly)(nightly.name, nightly.at, ran.append),)
    days = [NOW + timedelta(days=day) for day in range(-3, 1)]
    hours = [then + timedelta(hours=hours) for hours in range(0, 48, 3)]
    for moment in (*days, *hours):
        run_nightly(now=moment, jobs=jobs)
    nights = [moment.astimezone(ZoneInfo("Europe/Amsterdam")).date() for moment in ran]
    assert len(nights) == len(set(nights))


@pytest.fixture
def line(school):
    audit.record(school.actors["Anna"], Action.SCHOOL_SAVED, now=NOW)


@pytest.fixture(autouse=True)
def _not_told():
    behind._TOLD.forget()


def test_health_says_so_and_stays_ready(client, line, then):
    with time_machine.travel(NOW - clock.STEP, tick=False):
        assert client.get("/health/ready").json == {"status": "ready"}
    with time_machine.travel(then, tick=False):
        answer = client.get("/health/ready")
    seconds = (NOW - then).total_seconds()
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "clock": f"{seconds:.0f} seconds behind what is stored",
    }


def test_the_log_says_so_once_for_each_time(db, line, then, caplog):
    for moment in (NOW, then, then + SECOND, NOW, then, then):
        behind.watch_clock(now=moment)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        f"the clock is {(NOW - then).total_seconds():.0f} seconds behind what is stored"
    ] * 2


def test_a_year_that_was_wrong_once_is_told_until_much_has_happened_since(db, line, monkeypatch):
    monkeypatch.setattr(behind, "LATELY", 2)
    then = NOW - timedelta(days=365)
    audit.record(None, Action.SCHOOL_SAVED, now=then)
    assert behind.clock_words(now=then)
    audit.record(None, Action.SCHOOL_SAVED, now=then)
    assert behind.clock_words(now=then) == ""
