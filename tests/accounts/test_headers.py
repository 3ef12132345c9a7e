"""Points 29 to 31: cookies, headers, and that no change goes without the token against forgery."""

import base64
import hashlib
import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Account
from app.core.access import Role
from app.extensions import db as _db
from app.school.models import Guardian, Student, Teacher
from app.settings.service import SchoolSpec, save_school
from tests.signing_in import sign_in
from tests.sites import make_app
from tests.small_school import NOW


@pytest.fixture(scope="module")
def secure_app(databases):
    app = make_app(databases.migrated(), site_url="https://talks.school.example")
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        _db.engine.dispose()


def test_over_https_cookies_are_for_this_host_alone(secure_app):
    with secure_app.app_context():
        client = secure_app.test_client()
        answer = client.post(
            "/sign-in", data={"email": "a@b.example"}, base_url="https://talks.school.example"
        )
        language = client.post(
            "/language", data={"language": "en"}, base_url="https://talks.school.example"
        )

    (browser,) = answer.headers.getlist("Set-Cookie")
    (session,) = language.headers.getlist("Set-Cookie")
    assert browser.startswith("__Host-browser=")
    assert session.startswith("__Host-session=")
    for cookie in (browser, session):
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert "Domain" not in cookie


def test_without_https_cookies_are_still_out_of_reach_of_scripts(client):
    answer = client.post("/sign-in", data={"email": "a@b.example"})

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("browser=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_every_page_has_the_headers(secure_app):
    with secure_app.app_context():
        headers = secure_app.test_client().get("/sign-in/link/some-token").headers

    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "object-src 'none'"):
        assert rule in policy
    for rule in ("base-uri 'none'", "frame-ancestors 'none'", "style-src 'self'"):
        assert rule in policy
    assert "unsafe" not in policy


def test_a_part_of_a_page_and_a_file_have_the_headers_that_concern_them(secure_app):
    """The others hold for the page in which they are."""
    with secure_app.app_context():
        client = secure_app.test_client()
        part = client.get("/no-such-page", headers={"HX-Request": "true"}).headers
        file = client.get("/static/table.js").headers
        full = client.get(
            "/no-such-page", headers={"HX-Request": "true", "HX-Request-Type": "full"}
        )

    for headers in (part, file):
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" not in headers
        assert sum(len(f"{name}: {value}\r\n") for name, value in headers) < 300
    assert part["Cache-Control"] == "no-store"
    assert "script-src 'self'" in full.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/health/live", "/account"])
def test_what_is_no_page_loads_nothing(client, path):
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; base-uri 'none'; ")
    assert "self" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_new_colour_of_the_school_is_in_the_next_page_and_nothing_else_may_be(client):
    for colour in ("#7a1f3d", "#123456"):
        save_school(SchoolSpec("Het Baken", colour), None, now=NOW)
        page = client.get("/sign-in")
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = page.headers["Content-Security-Policy"]
        assert f"--accent:{colour}" in style
        assert f"style-src 'self' 'sha256-{digest}';" in policy
        assert policy.count("sha256-") == 1


def test_nothing_personal_stays_in_the_browser(client, school):
    """Point 31."""
    sign_in(client, school.people["Alice"])

    for path in ("/account", "/sign-in", "/sign-in/code", "/sign-in/link/x", "/no-such-page"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path
    assert client.post("/sign-out").headers["Cache-Control"] == "no-store"


def test_no_request_by_get_changes_anything(app: Flask):
    """Point 30: whatever changes something is named by a rule for POST alone, or is a form too."""
    changing = {"PUT", "PATCH", "DELETE"}

    assert not [rule for rule in app.url_map.iter_rules() if rule.methods & changing]


@pytest.fixture
def everybody(db, school):
    """One person with all roles, so that no wall hides a form from the test."""
    person_id = school.people["Bart"]
    account = db.get(Account, service.account_of(person_id))
    account.administrator = account.scheduler = True
    db.add(Student(person_id=person_id, source="test", source_id="both", number="1"))
    db.commit()
    assert db.scalar(select(Guardian.id).where(Guardian.person_id == person_id))
    assert db.scalar(select(Teacher.id).where(Teacher.person_id == person_id))
    return person_id


def test_no_change_goes_without_the_token_against_forgery(app, client, everybody, monkeypatch):
    """Point 30: every rule for POST, as somebody who may open all pages, by form and by htmx."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    sign_in(client, everybody)
    walked = []
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        view = app.view_functions[rule.endpoint]
        assert getattr(view, "access", None) is not None, f"{rule.endpoint} has no mark"
        assert view.access <= set(Role)
        values = {name: 1 if "int" in str(rule) else "x" for name in rule.arguments}
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(path, data={"email": "a@b.example"}, headers=headers)
            assert answer.status_code == 400, (rule.endpoint, answer.status_code)
        walked.append(rule.endpoint)

    assert "accounts.sign_out" in walked
    assert "accounts.use_link" in walked


def test_with_the_token_a_form_goes(app, client, school, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    page = client.get("/sign-in").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]

    answer = client.post("/sign-in", data={"email": "a@b.example", "csrf_token": token})

    assert answer.status_code == 303


def test_a_form_sent_after_the_session_ended_leads_to_signing_in(app, client, school, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert client.post("/account/password").location == "/sign-in?next=/account"
    assert "Dit is dus niet gebeurd." in client.get("/sign-in").text
