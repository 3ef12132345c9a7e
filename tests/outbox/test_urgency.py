"""Which of many due promises goes first, and that finding it stays cheap."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, text

from app.core.statements import dialect
from app.extensions import db as _db
from app.outbox import service
from app.outbox.errors import Transient
from app.outbox.kinds import Promise, Urgency, urgency_of
from app.outbox.models import OutboxMessage
from app.outbox.worker import WAITS, deliver_due
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sent():
    return []


@pytest.fixture
def handlers(sent):
    def note(kind):
        return [lambda _payload: sent.append(kind)]

    return {kind: note(kind) for kind in Promise}


def test_sign_in_goes_before_answers_and_answers_before_the_rest_however_late(db, handlers, sent):
    service.enqueue_all(Promise.ROUND_MAIL, [{}, {}], now=NOW - MINUTE)
    service.enqueue(Promise.FAMILY_MAIL, {}, now=NOW - MINUTE)
    service.enqueue(Promise.BOOKED, {}, now=NOW - 2 * MINUTE)
    service.enqueue(Promise.SEND_LINK, {}, now=NOW)
    service.enqueue(Promise.SEND_LINK, {}, now=NOW, due_at=NOW + MINUTE)
    deliver_due(handlers, now=NOW)

    assert sent == [
        Promise.SEND_LINK,
        Promise.BOOKED,
        Promise.FAMILY_MAIL,
        Promise.ROUND_MAIL,
        Promise.ROUND_MAIL,
    ]


def test_who_asks_while_others_are_sent_is_next(db, handlers, sent):
    def ask_once(_payload):
        if not sent:
            service.enqueue(Promise.SEND_LINK, {}, now=NOW)
        sent.append(Promise.ROUND_MAIL)

    service.enqueue_all(Promise.ROUND_MAIL, [{}] * 3, now=NOW - MINUTE)
    deliver_due({**handlers, Promise.ROUND_MAIL: [ask_once]}, now=NOW)

    assert sent.index(Promise.SEND_LINK) == 1


def test_a_sign_in_mail_that_failed_is_first_again_when_it_is_due(db, handlers, sent):
    def fail(_payload):
        raise Transient("smtp 451")

    service.enqueue(Promise.SEND_LINK, {}, now=NOW)
    deliver_due({**handlers, Promise.SEND_LINK: [fail]}, now=NOW)
    service.enqueue(Promise.BOOKED, {}, now=NOW)
    deliver_due(handlers, now=NOW + WAITS[0])

    assert sent == [Promise.SEND_LINK, Promise.BOOKED]


def test_rows_that_are_copied_are_as_urgent_as_their_kind(db, handlers):
    service.enqueue(Promise.FAMILY_MAIL, {"person_id": 1}, now=NOW)
    service.share(1, 2)
    service.enqueue(Promise.SEND_LINK, {}, now=NOW)
    ignore = [lambda _payload: None]
    deliver_due({Promise.FAMILY_MAIL: ignore * 2, Promise.SEND_LINK: ignore * 2}, now=NOW)

    rows = db.execute(select(OutboxMessage.kind, OutboxMessage.urgency)).all()
    assert sorted(rows) == sorted(
        [
            *[("bookings.mail", Urgency.ANSWER), ("bookings.mail#2", Urgency.ANSWER)] * 2,
            ("accounts.send_link", Urgency.SIGN_IN),
            ("accounts.send_link#2", Urgency.SIGN_IN),
        ]
    )


def test_nothing_that_goes_to_hundreds_is_urgent():
    for kind in (Promise.ROUND_MAIL, Promise.SEND_INVITATION, Promise.CALLED_OFF, "unknown"):
        assert urgency_of(kind) is Urgency.NEWS


def test_looking_and_claiming_read_an_index_in_order(db, handlers):
    """Among 2,500 that wait, 2,500 that wait for later and 20,000 that are done."""
    row = {"kind": Promise.ROUND_MAIL, "payload": {}, "created_at": NOW, "due_at": NOW}
    done = {**row, "delivered_at": NOW}
    for rows in ([done] * 20000, [row] * 2500, [{**row, "due_at": NOW + MINUTE}] * 2500):
        db.execute(insert(OutboxMessage), rows)
    db.execute(text("ANALYZE"))
    seen = []

    def note(_connection, _cursor, statement, parameters, *_more):
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    connection = _db.engines[None]
    event.listen(connection, "before_cursor_execute", note)
    try:
        deliver_due(handlers, now=NOW, stopped=lambda: len(seen) > 1)
    finally:
        event.remove(connection, "before_cursor_execute", note)

    explain = "EXPLAIN QUERY PLAN " if dialect() == "sqlite" else "EXPLAIN "
    for statement, parameters in seen[:2]:
        plan = str(connection.exec_driver_sql(explain + statement, parameters).all())
        assert "ix_outbox_messages_undelivered" in plan
        assert not any(word in plan for word in ("Sort", "TEMP B-TREE", "Seq Scan")), plan
