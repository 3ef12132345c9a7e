"""Point 27: sessions end in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.accounts import service
from app.accounts.models import Account, SignInSession
from app.accounts.service import Browser
from app.core import clock
from app.extensions import db as _db
from tests.accounts.walk import is_signed_in
from tests.signing_in import sign_in
from tests.small_school import NOW
from tests.statements import noted

HERE = Browser("192.0.2.1", "Firefox, Linux")


def session_cookie(answer):
    cookies = answer.headers.getlist("Set-Cookie")
    return next(one for one in cookies if one.startswith("session="))


class TestLimitsOfTime:
    """Point 27, with the figures of the design."""

    @pytest.mark.parametrize(
        ("who", "idle"),
        [("Alice", 120), ("Noor", 120), ("Vera", 60), ("Bart", 60), ("Anna", 15)],
    )
    def test_without_use(self, client, school, moment, who, idle):
        sign_in(client, school.people[who])
        for minutes in (1, idle - 1, idle * 2 - 3):  # used twice, just in time
            moment.move_to(NOW + timedelta(minutes=minutes), tick=False)
            assert is_signed_in(client)

        moment.move_to(NOW + timedelta(minutes=idle * 3 - 3), tick=False)
        assert not is_signed_in(client)

    @pytest.mark.parametrize(("who", "hours"), [("Alice", 12), ("Vera", 10), ("Anna", 4)])
    def test_in_all(self, client, school, moment, who, hours):
        sign_in(client, school.people[who])
        for minutes in range(0, hours * 60, 10):
            moment.move_to(NOW + timedelta(minutes=minutes), tick=False)
            assert is_signed_in(client), minutes

        moment.move_to(NOW + timedelta(hours=hours), tick=False)
        assert not is_signed_in(client)

    def test_of_a_remembered_device(self, client, school, by_mail, moment):
        answer = by_mail(remember="y")
        assert "Expires" in session_cookie(answer)

        moment.move_to(NOW + timedelta(days=29, hours=23), tick=False)
        assert is_signed_in(client)
        moment.move_to(NOW + timedelta(days=30), tick=False)
        assert not is_signed_in(client)

    def test_of_a_device_that_is_not_remembered(self, client, school, by_mail):
        answer = by_mail()

        assert "Expires" not in session_cookie(answer)

    def test_staff_is_not_remembered(self, client, db, school, moment):
        anna = service.account_of(school.people["Anna"])

        opened = service.open_session(
            anna, way="password", remember=True, browser=HERE, now=clock.now()
        )

        assert not opened.remembered

    def test_a_parent_who_becomes_administrator_has_the_shorter_limits_at_once(
        self, client, db, alice, moment
    ):
        sign_in(client, alice)
        db.scalar(select(Account).where(Account.person_id == alice)).administrator = True
        db.commit()

        moment.move_to(NOW + timedelta(minutes=15), tick=False)

        assert not is_signed_in(client)


def test_a_session_is_read_in_one_query_and_noted_once_a_minute(client, db, school, moment):
    sign_in(client, school.people["Bart"])
    client.get("/sign-in")  # from now on the process knows who it is

    def requests_at(seconds):
        moment.move_to(NOW + timedelta(seconds=seconds), tick=False)
        with noted() as seen:
            client.get("/sign-in")
        return [it.split()[0] for it in seen if "sign_in_sessions" in it]

    assert requests_at(59) == ["SELECT"]
    assert requests_at(60) == ["SELECT", "UPDATE"]
    assert requests_at(61) == ["SELECT"]
    assert requests_at(125) == ["SELECT", "UPDATE"]


def test_a_database_too_busy_to_note_the_use_still_shows_the_page(client, school, monkeypatch):
    sign_in(client, school.people["Alice"], now=NOW - timedelta(minutes=5))
    real = _db.session.execute

    def busy(statement, *args, **kwargs):
        if str(statement).startswith("UPDATE sign_in_sessions"):
            raise OperationalError("UPDATE", {}, Exception("canceling statement: lock timeout"))
        return real(statement, *args, **kwargs)

    monkeypatch.setattr(_db.session, "execute", busy)

    assert is_signed_in(client)


def test_of_several_requests_at_once_the_first_notes_the_use(client, db, school, moment):
    sign_in(client, school.people["Alice"])
    row = db.scalar(select(SignInSession))

    for seconds, seen in ((59, 0), (60, 60), (61, 60), (119, 60), (120, 120)):
        service.note_seen(row.id, now=NOW + timedelta(seconds=seconds))
        db.expire_all()
        assert row.seen_at == NOW + timedelta(seconds=seen)


def test_what_a_page_asks_by_itself_does_not_keep_a_session_alive(client, school, moment):
    sign_in(client, school.people["Alice"])
    for minutes in range(0, 119, 7):
        moment.move_to(NOW + timedelta(minutes=minutes), tick=False)
        assert client.get("/session?marker=session").json["seconds"] == (120 - minutes) * 60

    moment.move_to(NOW + timedelta(minutes=120), tick=False)
    assert client.get("/session?marker=session").status_code == 302


def test_the_wish_to_stay_keeps_it_alive(client, school, moment):
    sign_in(client, school.people["Alice"])
    moment.move_to(NOW + timedelta(minutes=119), tick=False)

    assert client.post("/session").json == {"seconds": 7200}

    moment.move_to(NOW + timedelta(minutes=238), tick=False)
    assert is_signed_in(client)
