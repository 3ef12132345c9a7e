"""Points 26 and 27: sessions begin anew, and end in time."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.accounts import service
from app.accounts.models import Account, SignInSession, SignInToken, SignInTry
from app.accounts.service import Browser
from app.core import clock
from app.extensions import db as _db
from app.school.models import Person
from tests.school import NOW
from tests.signing_in import sign_in

HERE = Browser("192.0.2.1", "Firefox, Linux")


def is_signed_in(client):
    return client.get("/account").status_code == 200


def cookie_of(client):
    with client.session_transaction() as cookie:
        return dict(cookie)


@pytest.fixture
def alice(school):
    return school.people["Alice"]


@pytest.fixture
def by_mail(client, postbox):
    """Sign in as a person would, in this client."""

    def by_mail(to=client, email="alice@family.example", **data):
        to.post("/sign-in", data={"email": email})
        return to.post(postbox()[-1].link, data=data)

    return by_mail


class TestANewSession:
    def test_leaves_nothing_of_the_old_cookie(self, client, school, by_mail):
        with client.session_transaction() as cookie:
            cookie["planted"] = "by somebody else"

        by_mail()

        cookie = cookie_of(client)
        assert set(cookie) <= {"_user_id", "_permanent"}
        assert len(cookie["_user_id"]) == 43

    def test_has_a_new_secret_each_time_and_ends_the_one_before(self, app, client, school, by_mail):
        by_mail()
        first = cookie_of(client)["_user_id"]
        by_mail()

        assert cookie_of(client)["_user_id"] != first
        thief = app.test_client()
        with thief.session_transaction() as cookie:
            cookie["_user_id"] = first
        assert not is_signed_in(thief)

    def test_planted_by_another_does_not_become_that_of_who_signs_in(
        self, app, client, school, by_mail, postbox
    ):
        """Fixation: the attacker's own session in the victim's browser."""
        attacker = app.test_client()
        by_mail(attacker, "carol@family.example")
        planted = cookie_of(attacker)["_user_id"]
        with client.session_transaction() as cookie:
            cookie["_user_id"] = planted

        by_mail()

        assert cookie_of(client)["_user_id"] != planted
        assert not is_signed_in(attacker)


class TestAnOldCookieIsDead:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client, alice):
        sign_in(client, alice)
        assert is_signed_in(client)

    def test_after_signing_out(self, app, client):
        stolen = cookie_of(client)["_user_id"]
        assert client.post("/sign-out").location == "/sign-in"

        assert not is_signed_in(client)
        assert "_user_id" not in cookie_of(client)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = stolen
        assert not is_signed_in(client)

    def test_after_signing_out_everywhere(self, app, client, alice):
        other = app.test_client()
        sign_in(other, alice)

        client.post("/account/devices/end")

        assert not is_signed_in(client)
        assert not is_signed_in(other)

    def test_after_another_password_but_not_where_it_was_changed(self, app, client, alice):
        other = app.test_client()
        sign_in(other, alice)

        answer = client.post("/account/password", data={"password": "fiets lamp november"})

        assert answer.status_code == 303
        assert is_signed_in(client)
        assert not is_signed_in(other)

    def test_when_the_account_is_closed(self, client, db, alice):
        db.scalar(select(Account).where(Account.person_id == alice)).closed_at = clock.now()
        db.commit()

        assert not is_signed_in(client)

    def test_when_the_person_has_left(self, client, db, alice):
        db.get(Person, alice).ended_on = NOW.date()
        db.commit()

        assert not is_signed_in(client)

    def test_when_the_mail_address_changes(self, client, alice):
        service.end_access([alice], now=clock.now())

        assert not is_signed_in(client)

    def test_when_it_was_made_up(self, client):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = "made-up"

        assert not is_signed_in(client)


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
        assert "Expires" in answer.headers["Set-Cookie"]

        moment.move_to(NOW + timedelta(days=29, hours=23), tick=False)
        assert is_signed_in(client)
        moment.move_to(NOW + timedelta(days=30), tick=False)
        assert not is_signed_in(client)

    def test_of_a_device_that_is_not_remembered(self, client, school, by_mail):
        answer = by_mail()

        assert "Expires" not in answer.headers["Set-Cookie"]

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
    statements = []

    def note(_connection, _cursor, statement, *_):
        if "sign_in_sessions" in statement:
            statements.append(statement.split()[0])

    def requests_at(seconds):
        statements.clear()
        moment.move_to(NOW + timedelta(seconds=seconds), tick=False)
        client.get("/sign-in")
        return list(statements)

    connection = _db.engines[None]
    event.listen(connection, "before_cursor_execute", note)
    try:
        assert requests_at(59) == ["SELECT"]
        assert requests_at(60) == ["SELECT", "UPDATE"]
        assert requests_at(61) == ["SELECT"]
        assert requests_at(125) == ["SELECT", "UPDATE"]
    finally:
        event.remove(connection, "before_cursor_execute", note)


def test_of_several_requests_at_once_the_first_notes_the_use(client, db, school, moment):
    sign_in(client, school.people["Alice"])
    row = db.scalar(select(SignInSession))

    for seconds, noted in ((59, 0), (60, 60), (61, 60), (119, 60), (120, 120)):
        service.note_seen(row.id, now=NOW + timedelta(seconds=seconds))
        db.expire_all()
        assert row.seen_at == NOW + timedelta(seconds=noted)


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


class TestTheListOfOwnSessions:
    def test_shows_where_one_is_signed_in_and_ends_them(self, app, client, school, alice, by_mail):
        sign_in(client, alice)
        phone = app.test_client()
        agent = "Mozilla/5.0 (Linux; Android 14) Chrome/129.0 Mobile Safari/537.36"
        phone.environ_base["HTTP_USER_AGENT"] = agent
        by_mail(phone)

        page = client.get("/account").text
        assert "Chrome, Android" in page
        session_id = page.split("/account/devices/")[1].split("/end")[0]
        assert client.post(f"/account/devices/{session_id}/end").status_code == 303

        assert not is_signed_in(phone)
        assert is_signed_in(client)

    def test_does_not_reach_sessions_of_others(self, app, client, db, school, alice):
        carol = app.test_client()
        sign_in(carol, school.people["Carol"])
        theirs = db.scalar(select(SignInSession.id))
        sign_in(client, alice)

        assert client.post(f"/account/devices/{theirs}/end").status_code == 404
        assert is_signed_in(carol)


def test_the_purge_takes_what_has_been_over_for_a_day(db, school, alice):
    account = service.account_of(alice)
    hours = (-30, -20)
    for number, ended in enumerate(hours):
        at = NOW + timedelta(hours=ended)
        db.add_all(
            [
                SignInSession(
                    token_hash=f"s{number}",
                    account_id=account,
                    created_at=at,
                    seen_at=at,
                    expires_at=NOW + timedelta(days=9),
                    ended_at=at,
                ),
                SignInToken(kind="link", token_hash=f"t{number}", created_at=at, expires_at=at),
                SignInTry(key="k", at=at),
            ]
        )
    db.commit()

    service.purge(now=NOW)

    assert db.scalars(select(SignInSession.token_hash)).all() == ["s1"]
    assert db.scalars(select(SignInToken.token_hash)).all() == ["t1"]
    assert db.scalars(select(SignInTry.at)).all() == [NOW + timedelta(hours=-20)]
