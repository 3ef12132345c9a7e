"""Point 26: a session begins anew, and an old cookie is dead."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Account, SignInSession, SignInToken, SignInTry
from app.core import clock
from app.school.models import Guardian, Person, Teacher
from tests.accounts.walk import is_signed_in
from tests.signing_in import sign_in
from tests.small_school import NOW


def cookie_of(client):
    with client.session_transaction() as cookie:
        return dict(cookie)


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

    def test_is_where_another_language_leads_back_to(self, client, alice):
        sign_in(client, alice)
        assert re.search(r'name="next"\s+value="/account"', client.get("/account").text)

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
                SignInTry(key=f"k{number}", empty_at=at),
            ]
        )
    db.commit()

    service.purge(now=NOW)

    assert db.scalars(select(SignInSession.token_hash)).all() == ["s1"]
    assert db.scalars(select(SignInToken.token_hash)).all() == ["t1"]
    assert db.scalars(select(SignInTry.key)).all() == []  # they count no more


def test_of_two_roles_each_ends_by_itself(client, db, school):
    sign_in(client, school.people["Bart"])
    assert client.get("/teaching").status_code == 200

    db.scalar(select(Teacher).where(Teacher.source_id == "Bart")).ended_on = NOW.date()
    db.commit()
    assert client.get("/teaching").status_code == 404
    assert client.get("/talks").status_code == 200

    db.scalar(select(Guardian).where(Guardian.source_id == "Bart")).ended_on = NOW.date()
    db.commit()
    assert client.get("/talks").status_code == 404


@pytest.mark.parametrize("path", ["/sign-out", "/account/devices/end"])
def test_signing_out_tells_the_browser_to_forget_its_pages(client, school, path):
    sign_in(client, school.people["Alice"])

    assert client.post(path).headers["Clear-Site-Data"] == '"cache"'
