"""The session cookie: verified once, and never believed without."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask_wtf.csrf import validate_csrf
from time_machine import travel

from app.core.cookies import FormTokens, Sessions, csrf_token
from app.core.memory import Memory

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)


@pytest.fixture
def make_site():
    """A site with this key, which shows what the session says and puts something in."""

    def make(key="a key of this test"):
        app = Flask(__name__)
        app.secret_key = key
        app.session_interface = Sessions()
        app.permanent_session_lifetime = timedelta(hours=1)

        @app.get("/")
        def read():
            return dict(session)

        @app.get("/put/<value>")
        def put(value):
            session["value"] = value
            return ""

        @app.get("/flash")
        def say():
            flash("Said.")
            return ""

        @app.get("/flashed")
        def said():
            return get_flashed_messages()

        return app

    return make


@pytest.fixture
def cookie(make_site):
    client = make_site().test_client()
    with travel(NOW, tick=False):
        client.get("/put/one")
    return client.get_cookie("session").value


def read(app, cookie, at=NOW):
    client = app.test_client()
    client.set_cookie("session", cookie)
    with travel(at, tick=False):
        return client.get("/").json


def test_it_says_the_same_each_time(make_site, cookie):
    app = make_site()
    assert [read(app, cookie) for _ in range(3)] == [{"value": "one"}] * 3


def test_it_is_too_old_after_its_time_also_when_it_was_verified_before(make_site, cookie):
    app = make_site()
    assert read(app, cookie, NOW + timedelta(hours=1)) == {"value": "one"}
    assert read(app, cookie, NOW + timedelta(hours=1, seconds=1)) == {}


def test_one_letter_more_or_less_is_another_cookie(make_site, cookie):
    app = make_site()
    assert read(app, cookie) == {"value": "one"}
    for forged in (cookie[:-1], cookie + "A", "A" + cookie, cookie.swapcase(), "", "nothing"):
        assert read(app, forged) == {}


def test_a_cookie_of_another_key_is_forged(make_site, cookie):
    assert read(make_site(), cookie) == {"value": "one"}
    assert read(make_site("another key"), cookie) == {}


def test_what_a_request_changes_stays_with_its_answer(make_site, cookie):
    app = make_site()
    client = app.test_client()
    client.set_cookie("session", cookie)
    with travel(NOW, tick=False):
        client.get("/put/two")
        assert client.get("/").json == {"value": "two"}
    assert read(app, cookie) == {"value": "one"}


def test_messages_are_said_once_for_each_cookie_that_has_them(make_site):
    app = make_site()
    client = app.test_client()
    client.get("/flash")
    cookie = client.get_cookie("session").value
    for _ in range(2):
        client.set_cookie("session", cookie)
        client.get("/flash")
        assert client.get("/flashed").json == ["Said.", "Said."]


def test_the_token_of_a_session_is_its_own_and_valid_each_time(make_site):
    app = make_site()

    def tokens(raw):
        with app.test_request_context():
            if raw:
                session["csrf_token"] = raw
            token = csrf_token()
            validate_csrf(token)
            return token, session["csrf_token"]

    first, second, new = tokens("a"), tokens("b"), tokens("")
    assert len({first, second, new}) == 3
    assert (tokens("a"), tokens("b"), tokens(new[1])) == (first, second, new)
    assert tokens("") != new


@pytest.fixture
def visitors(make_site):
    """Two browsers at a site whose form needs a token: one.get("/form"), send(one, token)."""
    app = make_site()
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    FormTokens(app)

    @app.route("/form", methods=["GET", "POST"])
    def form():
        return csrf_token()

    @app.get("/out")
    def sign_out():
        session.clear()
        return ""

    return app.test_client(), app.test_client()


def send(visitor, token, **headers):
    return visitor.post("/form", data={"csrf_token": token}, headers=headers).status_code


def test_the_token_that_this_process_signed_is_not_unsigned(visitors, monkeypatch):
    visitor, _other = visitors
    token = visitor.get("/form").text
    monkeypatch.delattr("flask_wtf.csrf.validate_csrf")
    assert send(visitor, token) == 200


def test_the_token_of_another_process_is_as_good(visitors):
    visitor, _other = visitors
    with travel(NOW, tick=False):
        token = visitor.get("/form").text
    Memory.forget_all()
    with travel(NOW + timedelta(minutes=1), tick=False):
        assert send(visitor, token) == 200
        assert visitor.get("/form").text != token
        assert send(visitor, token) == 200
        assert send(visitor, "", **{"X-CSRFToken": token}) == 200


def test_any_other_token_is_refused(visitors):
    visitor, other = visitors
    token, others = visitor.get("/form").text, other.get("/form").text
    for wrong in ("", "x", token[:-1], f"{token}x", token.swapcase(), "é", f"{token}\0", others):
        assert send(visitor, wrong) == 400
    assert send(visitor, token) == send(other, others) == 200


def test_a_session_without_a_token_takes_none(visitors):
    visitor, stranger = visitors
    token = visitor.get("/form").text
    for wrong in (token, "", "None"):
        assert send(stranger, wrong) == 400


def test_the_token_ends_with_its_session(visitors):
    visitor, _other = visitors
    token = visitor.get("/form").text
    visitor.get("/out")
    assert send(visitor, token) == 400
    assert send(visitor, visitor.get("/form").text) == 200
    assert send(visitor, token) == 400


def test_the_site_asks_nothing_else_of_a_token(app):
    """Else ``FormTokens`` would let a form through that Flask-WTF refuses."""
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert app.config["WTF_CSRF_SSL_STRICT"] is False
