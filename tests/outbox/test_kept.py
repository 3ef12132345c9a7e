"""When promises leave that were copied for another reader or handler, and how long runs are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.jobs import Recurring, run_recurring
from app.outbox import service
from app.outbox.models import JobRun, OutboxMessage
from app.outbox.worker import deliver_due
from tests.small_school import NOW

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def rows(db):
    """All promises: kind, whose, from when, and when it leaves."""
    return lambda: [
        (row.kind, row.payload.get("person_id"), row.created_at, row.due_at)
        for row in db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    ]


def test_a_promise_for_two_readers_leaves_for_both_when_it_would_have(rows):
    service.enqueue("tell", {"person_id": 1}, now=NOW, due_at=NOW + HOUR)
    service.share(1, 2)
    assert rows() == [("tell", 1, NOW, NOW + HOUR), ("tell", 2, NOW, NOW + HOUR)]


def test_a_second_handler_gets_the_promise_when_it_was_due(rows):
    seen = []
    service.enqueue("tell", {"person_id": 1}, now=NOW, due_at=NOW + HOUR)
    handlers = {"tell": [lambda payload: seen.append(rows()[1:]), lambda payload: None]}
    assert deliver_due(handlers, now=NOW + HOUR - SECOND) == 0
    assert deliver_due(handlers, now=NOW + HOUR) == 2
    assert seen == [[("tell#2", 1, NOW, NOW + HOUR)]]


def test_what_two_were_to_get_goes_once_to_the_one_they_are(rows):
    for person, letter in ((1, "a"), (2, "a"), (1, "b")):
        service.enqueue("tell", {"person_id": person, "letter": letter}, now=NOW)
    service.readdress(1, 2)
    assert [whose for _kind, whose, *_rest in rows()] == [2, 2]


def test_promises_and_runs_are_kept_thirty_days_to_the_second(db):
    kept = service.KEPT
    service.enqueue("tell", {}, now=NOW)
    service.begin_job("count", NOW.date(), now=NOW)
    deliver_due({"tell": [lambda payload: None]}, now=NOW)
    assert service.purge(now=NOW + kept) == {"promises": 0, "runs": 0}
    assert service.purge(now=NOW + kept + SECOND) == {"promises": 1, "runs": 1}


def test_a_job_of_a_day_is_there_once_and_notes_its_end(db):
    assert service.begin_job("count", NOW.date(), now=NOW)
    assert not service.begin_job("count", NOW.date(), now=NOW + HOUR)
    service.finish_job("count", NOW.date(), now=NOW + HOUR)
    run = db.scalars(select(JobRun)).one()
    assert (run.started_at, run.finished_at) == (NOW, NOW + HOUR)


def test_a_worker_that_is_told_to_stop_begins_no_further_job():
    ran = []
    due = {Recurring(60.0, ran.append): 0.0, Recurring(61.0, ran.append): 0.0}
    run_recurring(due, stopped=lambda: bool(ran))
    assert len(ran) == 1
    assert sorted(bool(moment) for moment in due.values()) == [False, True]
