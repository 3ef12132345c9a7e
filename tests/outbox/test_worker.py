import logging
from datetime import timedelta
from errno import ENOSPC

import pytest
from jinja2 import TemplateNotFound
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.transaction import transaction
from app.extensions import db as _db
from app.outbox import service, worker
from app.outbox.errors import OWN_FAULT, Permanent, Transient, Unprepared
from app.outbox.models import JobRun, OutboxMessage
from app.outbox.worker import LEASE, UNPREPARED_WAIT, WAITS, deliver_due
from tests.small_school import NOW


def promise(kind="tell", *, due_at=None, **payload):
    service.enqueue(kind, payload, now=NOW, due_at=due_at)


@pytest.fixture
def told():
    return []


@pytest.fixture
def handlers(told):
    return {"tell": [lambda payload: told.append(payload["what"])]}


def message(db):
    db.expire_all()
    return db.scalar(select(OutboxMessage))


def test_what_is_due_is_delivered_once_in_order(db, handlers, told):
    for what in ("a", "b", "c"):
        promise(what=what)
    promise(what="later", due_at=NOW + timedelta(minutes=1))

    assert deliver_due(handlers, now=NOW) == 3
    assert deliver_due(handlers, now=NOW) == 0
    assert told == ["a", "b", "c"]

    assert deliver_due(handlers, now=NOW + timedelta(minutes=1)) == 1


def test_a_promise_is_kept_only_if_its_change_is(db, handlers, told):
    def change():
        with transaction():
            promise(what="a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert deliver_due(handlers, now=NOW) == 0


def test_no_transaction_is_open_while_a_handler_works(db):
    seen = []

    def handler(_payload):
        seen.append(_db.session.registry().in_transaction())

    promise()
    promise()
    deliver_due({"tell": [handler]}, now=NOW)

    assert seen == [False, False]


def test_what_may_work_later_is_tried_again_after_growing_waits(db, handlers):
    def fail(_payload):
        raise Transient("smtp 451")

    promise()
    now = NOW
    for number, wait in enumerate(WAITS):
        assert deliver_due({"tell": [fail]}, now=now) == 0
        row = message(db)
        assert (row.attempts, row.due_at, row.last_error) == (number + 1, now + wait, "smtp 451")
        assert deliver_due({"tell": [fail]}, now=now + wait - timedelta(seconds=1)) == 0
        now += wait
    deliver_due({"tell": [fail]}, now=now)

    assert list(WAITS) == sorted(WAITS)
    assert message(db).failed_at == now
    assert message(db).attempts == len(WAITS) + 1


def test_what_will_never_work_is_given_up_at_once(db):
    def fail(_payload):
        raise Permanent("smtp 550")

    promise()
    deliver_due({"tell": [fail]}, now=NOW)

    assert message(db).failed_at == NOW
    assert message(db).last_error == "smtp 550"


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (ValueError(), False),
        (NoResultFound(), False),
        (TemplateNotFound("x.txt"), False),
        (OperationalError("", None, Exception()), True),
        (PoolTimeout(), True),
        (PendingRollbackError(), True),
        (OSError(ENOSPC, "disk full"), True),
        (TimeoutError(), True),
    ],
    ids=repr,
)
def test_a_fault_of_ours_is_given_up_at_once_and_one_of_the_database_is_waited_for(
    db, fault, waits
):
    def fail(_payload):
        raise fault

    promise()
    deliver_due({"tell": [fail]}, now=NOW)

    row = message(db)
    assert (row.failed_at, row.last_error) == (
        (None, type(fault).__name__) if waits else (NOW, OWN_FAULT)
    )


def test_what_failed_by_a_fault_of_ours_is_tried_again_while_it_is_news(db, handlers, told):
    def fail(_payload):
        raise tries.pop(0)

    tries = [ValueError(), Permanent("smtp 550")]
    for what in ("a", "b"):
        promise(what=what)
    deliver_due({"tell": [fail]}, now=NOW)

    soon = NOW + timedelta(hours=40)
    worker.take_up_again(now=soon)
    assert deliver_due(handlers, now=soon) == 1
    assert told == ["a"]  # who refused b will again

    promise(what="c")
    tries = [ValueError()]
    deliver_due({"tell": [fail]}, now=NOW)
    worker.take_up_again(now=NOW + timedelta(hours=48))
    assert deliver_due(handlers, now=NOW + timedelta(hours=48)) == 0


def test_a_promise_of_an_unknown_kind_is_given_up(db, handlers):
    promise("dance")
    deliver_due(handlers, now=NOW)

    assert message(db).failed_at == NOW


def test_each_of_several_handlers_gets_the_promise_once(db, told):
    def handler(name):
        return lambda payload: told.append((name, payload))

    promise(what="a")
    promise(what="b")

    assert deliver_due({"tell": [handler("mail"), handler("calendar")]}, now=NOW) == 4
    assert sorted(told, key=repr) == [
        (name, {"what": what}) for name in ("calendar", "mail") for what in ("a", "b")
    ]


@pytest.mark.parametrize("fault", [Transient("away"), Permanent("no"), Unprepared("not set")])
@pytest.mark.parametrize("place", [0, 1])
def test_a_handler_that_fails_repeats_no_other_and_keeps_none_from_working(
    db, handlers, told, place, fault
):
    def fail(_payload):
        tries.append(fault)
        raise fault

    tries = []
    both = handlers["tell"][:]
    both.insert(place, fail)
    promise(what="a")
    for minutes in range(10):
        deliver_due({"tell": both}, now=NOW + timedelta(minutes=minutes))

    assert told == ["a"]
    assert len(tries) == {Permanent: 1, Transient: 4, Unprepared: 10}[type(fault)]


def test_the_first_handler_keeps_the_row_and_its_kind(db, handlers):
    def refuse(_payload):
        raise Permanent("calendar 403")

    promise(what="a")
    deliver_due({"tell": [*handlers["tell"], refuse]}, now=NOW)

    first, second = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    assert (first.kind, first.delivered_at, first.failed_at) == ("tell", NOW, None)
    assert (second.kind, second.delivered_at, second.failed_at) == ("tell#2", None, NOW)
    assert second.payload == first.payload
    assert second.created_at == first.created_at


def test_a_worker_that_dies_in_one_handler_leaves_the_others_to_another(db, told):
    def die(_payload):
        raise KeyboardInterrupt

    def handler(name):
        return lambda _payload: told.append(name)

    promise()
    with pytest.raises(KeyboardInterrupt):
        deliver_due({"tell": [die, handler("calendar")]}, now=NOW)
    both = {"tell": [handler("mail"), handler("calendar")]}

    assert deliver_due(both, now=NOW) == 1
    assert deliver_due(both, now=NOW + LEASE) == 1
    assert told == ["calendar", "mail"]


def test_a_handler_that_is_new_hears_of_what_nobody_took_up_before_it_came(db, handlers, told):
    def fail(_payload):
        raise Transient("smtp 451")

    promise(what="tried")
    deliver_due({"tell": [fail]}, now=NOW)
    promise(what="stored")
    heard = []
    both = {"tell": [*handlers["tell"], lambda payload: heard.append(payload["what"])]}
    deliver_due(both, now=NOW + WAITS[0])

    assert sorted(told) == ["stored", "tried"]
    assert heard == ["stored"]


def test_the_promise_to_a_handler_that_is_no_more_is_given_up(db, handlers, told):
    def fail(_payload):
        raise Transient("calendar 503")

    promise(what="a")
    deliver_due({"tell": [*handlers["tell"], fail]}, now=NOW)
    deliver_due(handlers, now=NOW + WAITS[0])

    second = db.scalar(select(OutboxMessage).where(OutboxMessage.kind == "tell#2"))
    assert second.failed_at == NOW + WAITS[0]
    assert told == ["a"]


def test_a_kind_that_nobody_listens_to_is_given_up(db):
    promise()
    deliver_due({"tell": []}, now=NOW)

    assert message(db).failed_at == NOW


def test_a_site_that_is_not_set_up_waits_without_giving_up(db, handlers, told):
    def fail(_payload):
        raise Unprepared("no mail server is set")

    promise(what="a")
    now = NOW
    for _ in range(30):
        deliver_due({"tell": [fail]}, now=now)
        now += UNPREPARED_WAIT
    assert message(db).failed_at is None
    assert message(db).attempts == 0

    assert deliver_due(handlers, now=now) == 1


def test_one_failure_does_not_stop_the_others(db, handlers, told):
    def fail(_payload):
        raise RuntimeError

    promise("fail")
    promise(what="b")

    assert deliver_due({**handlers, "fail": [fail]}, now=NOW) == 1
    assert told == ["b"]


def test_what_a_handler_left_half_done_is_not_kept(db, handlers):
    def half(_payload):
        _db.session.add(JobRun(name="half", day=NOW.date(), started_at=NOW))
        _db.session.flush()
        raise RuntimeError

    promise()
    deliver_due({"tell": [half]}, now=NOW)

    assert db.scalar(select(JobRun)) is None


def test_neither_log_nor_table_repeats_what_an_error_says(db, caplog):
    def fail(_payload):
        raise ValueError("could not send to alice@family.example")

    promise()
    with caplog.at_level(logging.DEBUG):
        deliver_due({"tell": [fail]}, now=NOW)

    assert message(db).last_error == OWN_FAULT
    assert "ValueError < test_worker.py" in caplog.text
    assert "alice" not in caplog.text


def test_a_worker_that_dies_leaves_its_message_to_another(db, handlers, told):
    def die(_payload):
        raise KeyboardInterrupt

    promise(what="a")
    with pytest.raises(KeyboardInterrupt):
        deliver_due({"tell": [die]}, now=NOW)

    assert deliver_due(handlers, now=NOW + LEASE - timedelta(seconds=1)) == 0
    assert deliver_due(handlers, now=NOW + LEASE) == 1


def test_a_worker_that_was_too_slow_does_not_undo_what_another_did(db, handlers, told):
    def slow(_payload):
        assert deliver_due(handlers, now=NOW + LEASE) == 1
        raise Transient("too late")

    promise(what="a")
    deliver_due({"tell": [slow]}, now=NOW)

    assert message(db).delivered_at == NOW + LEASE
    assert message(db).last_error == ""


def test_a_worker_that_was_too_slow_does_not_speak_for_who_took_it_up(db):
    def refuse(_payload):
        raise Transient("smtp 451")

    def slow(_payload):
        deliver_due({"tell": [refuse]}, now=NOW + LEASE)
        raise Permanent("smtp 550")

    promise()
    deliver_due({"tell": [slow]}, now=NOW)

    assert message(db).failed_at is None
    assert message(db).due_at == NOW + LEASE + WAITS[1]


def test_what_a_slow_worker_delivered_after_all_is_done(db, handlers):
    def refuse(_payload):
        raise Permanent("smtp 550")

    def slow(_payload):
        deliver_due({"tell": [refuse]}, now=NOW + LEASE)

    promise()
    assert deliver_due({"tell": [slow]}, now=NOW) == 1

    assert message(db).delivered_at == NOW
    assert message(db).failed_at is None


def test_a_worker_that_is_told_to_stop_takes_no_further_message(db, handlers, told):
    promise(what="a")
    promise(what="b")

    deliver_due(handlers, now=NOW, stopped=lambda: bool(told))

    assert told == ["a"]


def test_a_worker_with_nothing_to_do_takes_no_lock(db, handlers, monkeypatch):
    def transaction():
        raise AssertionError("nothing is due")

    promise(what="later", due_at=NOW + timedelta(minutes=1))
    monkeypatch.setattr(worker, "transaction", transaction)

    assert deliver_due(handlers, now=NOW) == 0


def test_the_purge_takes_what_is_over_for_thirty_days_and_nothing_open(db, handlers):
    promise(what="old")
    deliver_due(handlers, now=NOW)
    promise("dance")
    deliver_due(handlers, now=NOW)
    promise("open")

    service.purge(now=NOW + timedelta(days=30))
    assert len(db.scalars(select(OutboxMessage)).all()) == 3
    service.purge(now=NOW + timedelta(days=30, seconds=1))
    assert db.scalars(select(OutboxMessage.kind)).all() == ["open"]
