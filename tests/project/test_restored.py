"""A backup was restored: nothing of it opens anything, and what it does not know is looked at."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.accounts import credentials
from app.audit.models import AuditEntry
from app.calendars.models import CalendarEntry
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.settings.models import School
from tests.accounts.walk import ask, is_signed_in
from tests.calendars.desk import Desk, sync
from tests.signing_in import sign_in
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sent(monkeypatch):
    """The mails that leave."""
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    return mails


@pytest.fixture
def restored(app, db):
    """Run the command as it is written in docs/operations.md, and return what it prints."""

    def restored_(*options):
        result = app.test_cli_runner().invoke(args=["restored", *options])
        assert result.exit_code == 0, result.output
        db.expire_all()
        return result.output

    return restored_


def test_everybody_is_signed_out(app, client, school, restored):
    other = app.test_client()
    sign_in(client, school.people["Alice"])
    sign_in(other, school.people["Anna"])
    assert is_signed_in(client)
    assert "sessies: 2\n" in restored()
    assert not is_signed_in(client)
    assert not is_signed_in(other)


@pytest.mark.parametrize("kind", ["invitation", "reset"])
def test_a_password_is_chosen_with_nothing_from_before(client, school, restored, kind):
    token = credentials.new_password_token(school.actors["Anna"].account_id, kind, now=NOW)
    assert client.get(f"/password/{token}").status_code == 200
    restored()
    assert client.get(f"/password/{token}").status_code == 410


def test_it_says_who_must_be_invited_again(school, restored):
    credentials.new_password_token(school.actors["Anna"].account_id, "invitation", now=NOW)
    assert "anna@school.example" in restored()
    assert "anna@school.example" not in restored()


def test_links_and_codes_end_whether_they_were_mailed_or_not(app, client, school, sent, restored):
    other = app.test_client()
    ask(client)
    deliver_due(HANDLERS, now=NOW)
    (mail,) = sent
    ask(other)
    restored()
    link = next(word for word in str(mail).split() if "/sign-in/link/" in word)
    assert client.get(link).status_code == 410
    assert deliver_due(HANDLERS, now=NOW) == 1
    assert len(sent) == 1


@pytest.mark.parametrize("forget", [False, True])
def test_mails_that_waited_leave_unless_they_are_forgotten(db, school, sent, restored, forget):
    account_id = school.actors["Anna"].account_id
    outbox.enqueue(Promise.SEND_PASSWORD_NOTICE, {"account_id": account_id}, now=NOW)
    db.execute(update(OutboxMessage).values(created_at=NOW - timedelta(days=1)))
    db.commit()
    lines = restored(*(["--forget-mails"] if forget else [])).splitlines()
    assert len(lines) == 4
    assert lines[-1].endswith(": 1")
    deliver_due(HANDLERS, now=NOW)
    assert len(sent) == (not forget)


def test_what_calendars_say_is_written_anew(db, school, sent, book_one, restored):
    """The talk was moved since the backup: its calendar says so, and the restored site does not."""
    db.get_one(School, 1).calendar = "microsoft"
    db.commit()
    desk = Desk()
    book_one("Alice", "Noor", "Vera", 0)
    deliver_due(HANDLERS, now=NOW)
    sync(desk, NOW)
    ((place, event),) = desk.events.items()
    later = replace(event, starts_at=event.starts_at + timedelta(hours=1))
    desk.events[place] = later
    deliver_due(HANDLERS, now=NOW)
    assert sync(desk, NOW) == 0
    restored()
    assert sync(desk, NOW) == 1
    assert desk.events == {place: event}
    assert db.scalars(select(CalendarEntry.unsure)).all() == [False]


def test_it_is_in_the_log(client, db, school, restored):
    sign_in(client, school.people["Alice"])
    restored()
    (line,) = db.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.ended_all"))
    assert (line.actor_name, line.details) == (
        "",
        {"counts": {"sessions": 1, "links": 0, "entries": 0}},
    )
