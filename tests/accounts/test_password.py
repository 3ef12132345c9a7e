"""Signing in with a password, and setting one. Point 28 as far as passwords go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import credentials, limits, passwords, service
from app.accounts.models import Account
from app.accounts.passwords import Rank
from app.core import clock
from app.school.models import Person
from tests.accounts.walk import is_signed_in
from tests.signing_in import sign_in
from tests.small_school import NOW

GOOD = "fiets lamp november"
OTHER = "wolk trompet zaterdagje"


def give_password(person_id, password=GOOD):
    account_id = service.account_of(person_id)
    credentials.set_password(account_id, password, now=clock.now())
    return account_id


def enter(client, email="alice@family.example", password=GOOD, **data):
    return client.post("/sign-in/password", data={"email": email, "password": password, **data})


@pytest.fixture
def flood(monkeypatch):
    """Let somebody in the client's network fail as often as all there may, at other addresses."""

    def flood():
        few = (limits.Limit(3, timedelta(seconds=3)),) * 4
        monkeypatch.setattr(limits, "PASSWORDS_OF_NETWORK", few)
        for number in range(3):
            where = limits.place(f"p{number}@family.example", "127.0.0.1")
            limits.passwords(where).take(clock.now())

    return flood


@pytest.fixture
def alice(school):
    give_password(school.people["Alice"])
    return school.people["Alice"]


class TestSigningIn:
    def test_with_the_right_password(self, client, alice):
        assert enter(client, " Alice@Family.example").location == "/"
        assert is_signed_in(client)

    def test_with_a_wrong_one_or_an_unknown_address_says_the_same(self, client, alice, school):
        wrong = enter(client, password="iets anders dan dat")
        unknown = enter(client, email="niemand@family.example")
        without = enter(client, email="carol@family.example")

        assert wrong.status_code == unknown.status_code == without.status_code == 422
        for answer in (unknown, without):
            # The same page, but for the address that was typed.
            assert abs(len(answer.data) - len(wrong.data)) <= 2
        assert not is_signed_in(client)

    def test_checks_two_hashes_whether_or_not_anybody_has_the_address(
        self, client, alice, school, monkeypatch
    ):
        checked = []
        real = passwords.matches

        def counted(stored, password):
            checked.append(stored)
            return real(stored, password)

        monkeypatch.setattr(passwords, "matches", counted)
        counts = []
        for email in ("alice@family.example", "carol@family.example", "no@body.example"):
            enter(client, email=email, password="iets anders dan dat")
            counts.append(len(checked))
            checked.clear()

        assert counts == [2, 2, 2]

    def test_is_slowed_after_five_wrong_ones_for_three_minutes_at_most(self, client, alice, moment):
        for _ in range(5):
            enter(client, password="iets anders dan dat")

        refused = enter(client)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "180"
        assert "over 3 minuten" in refused.text
        assert not is_signed_in(client)

        moment.move_to(NOW + timedelta(minutes=3), tick=False)
        assert enter(client).status_code == 303

    def test_in_a_flood_answers_at_once_and_says_when_to_try_again(self, client, alice, flood):
        flood()

        refused = enter(client)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "3"
        assert not is_signed_in(client)

    def test_waits_a_moment_for_its_turn_and_what_got_none_was_no_try(
        self, client, alice, monkeypatch
    ):
        monkeypatch.setattr(passwords, "PATIENCE", 0.01)
        with passwords.queue.turn(Rank.KNOWN):
            refused = [enter(client) for _ in range(6)]

        assert {answer.status_code for answer in refused} == {429}
        assert {answer.headers["Retry-After"] for answer in refused} == {"2"}
        assert [enter(client, password="iets anders dan dat").status_code for _ in range(5)] == [
            422
        ] * 5

    def test_is_refused_by_the_count_before_it_takes_a_place_in_the_line(self, client, alice):
        for _ in range(5):
            enter(client, password="iets anders dan dat")

        with passwords.queue.turn(Rank.KNOWN):
            assert enter(client).headers["Retry-After"] == "180"

    def test_is_not_kept_from_a_known_browser_by_its_own_network(self, app, client, alice, flood):
        enter(client)
        client.post("/sign-out")
        for _ in range(10):
            enter(app.test_client(), password="iets anders dan dat")
        flood()

        assert enter(client).status_code == 303

    def test_is_slowed_in_the_same_way_for_an_unknown_address(self, client, alice):
        statuses = [enter(client, email="no@body.example").status_code for _ in range(7)]

        assert statuses == [422] * 5 + [429] * 2

    def test_is_not_kept_from_its_owner_by_another_network(self, client, alice):
        for _ in range(20):
            client.post(
                "/sign-in/password",
                data={"email": "alice@family.example", "password": "iets anders dan dat"},
                environ_base={"REMOTE_ADDR": "203.0.113.9"},
            )

        assert enter(client).status_code == 303

    def test_goes_to_whose_password_it_is_where_two_share_an_address(self, client, db, school):
        for name, password in (("Bob", GOOD), ("Bea", OTHER)):
            db.get(Person, school.people[name]).email_key = "samen@family.example"
            db.commit()
            give_password(school.people[name], password)

        enter(client, "samen@family.example", OTHER)

        assert "Bea van den Berg" in client.get("/account").text

    @pytest.mark.parametrize("state", ["ended", "closed"])
    def test_is_not_for_who_has_left(self, client, db, alice, state):
        if state == "ended":
            db.get(Person, alice).ended_on = NOW.date()
        else:
            db.scalar(select(Account).where(Account.person_id == alice)).closed_at = NOW
        db.commit()

        assert enter(client).status_code == 422

    def test_renews_an_old_hash(self, client, db, alice, monkeypatch):
        account = db.scalar(select(Account).where(Account.person_id == alice))
        before = account.password_hash
        monkeypatch.setattr(passwords, "is_outdated", lambda stored: stored == before)

        enter(client)

        db.expire_all()
        assert account.password_hash != before
        client.post("/sign-out")
        assert enter(client).status_code == 303


class TestSettingOne:
    def change(self, client, password=OTHER, current=""):
        data = {"password": password, "current": current}
        return client.post("/account/password", data=data)

    def test_needs_nothing_more_right_after_signing_in(self, client, school):
        sign_in(client, school.people["Carol"])

        assert self.change(client).status_code == 303
        client.post("/sign-out")
        assert enter(client, "carol@family.example", OTHER).status_code == 303

    def test_needs_the_present_one_later(self, client, alice, moment):
        sign_in(client, alice)
        moment.move_to(NOW + timedelta(minutes=11), tick=False)

        assert 'autocomplete="current-password"' in client.get("/account").text
        assert self.change(client, current="iets anders dan dat").status_code == 422
        assert self.change(client).status_code == 422
        assert self.change(client, current=GOOD).status_code == 303

    def test_needs_a_new_sign_in_later_where_there_is_none(self, client, school, moment):
        sign_in(client, school.people["Carol"])
        moment.move_to(NOW + timedelta(minutes=11), tick=False)

        assert "/sign-in?next=/account" in client.get("/account").text
        assert self.change(client).status_code == 409

    @pytest.mark.parametrize(
        "password", ["kort", "x" * 201, "Wachtwoord2027", "alicejansen1", "hetbaken2027"]
    )
    def test_refuses_what_is_too_short_too_long_or_easy(self, client, alice, password):
        sign_in(client, alice)

        answer = self.change(client, password)

        assert answer.status_code == 422
        assert 'aria-describedby="password-error password-hint"' in answer.text

    def test_takes_long_ones(self, client, alice):
        sign_in(client, alice)
        long = "een heel lang wachtwoord " * 8

        assert self.change(client, long.strip()).status_code == 303

    def test_is_slowed_after_ten_tries(self, client, alice, moment):
        """Somebody at a device that is signed in must not find the present one by trying."""
        sign_in(client, alice)
        moment.move_to(NOW + timedelta(minutes=11), tick=False)
        wrong = [self.change(client, current="iets anders dan dat") for _ in range(11)]

        assert [answer.status_code for answer in wrong] == [422] * 10 + [429]
        assert self.change(client, current=GOOD).status_code == 429
        moment.move_to(NOW + timedelta(minutes=12), tick=False)
        assert self.change(client, current=GOOD).status_code == 303

    def test_sends_a_notice(self, client, alice, postbox):
        postbox()
        sign_in(client, alice)
        self.change(client)

        (mail,) = postbox()

        assert mail.recipient == "alice@family.example"
        assert OTHER not in mail.text

    def test_does_not_let_two_at_one_address_have_the_same(self, client, db, school, alice):
        db.get(Person, school.people["Adam"]).email_key = "alice@family.example"
        db.commit()
        sign_in(client, school.people["Adam"])

        assert self.change(client, GOOD).status_code == 422
        assert self.change(client, OTHER).status_code == 303


class TestAnInvitation:
    @pytest.fixture
    def link(self, school, postbox):
        vera = service.account_of(school.people["Vera"])
        credentials.invite(vera, now=clock.now())
        return postbox()[-1].link

    def test_works_once_and_signs_in(self, app, client, link):
        assert client.get(link).status_code == 200
        assert not is_signed_in(client)

        assert client.post(link, data={"password": GOOD}).status_code == 303
        assert is_signed_in(client)

        other = app.test_client()
        gone = other.post(link, data={"password": OTHER})
        assert gone.status_code == 410
        assert 'href="/sign-in/password"' in gone.text  # for who sent it twice
        assert enter(other, "vera@school.example").status_code == 303

    def test_is_not_used_up_by_a_weak_password(self, client, link):
        assert client.post(link, data={"password": "Welkom2027!"}).status_code == 422
        assert client.post(link, data={"password": GOOD}).status_code == 303

    def test_ends_after_fourteen_days(self, client, link, moment):
        moment.move_to(NOW + timedelta(days=13, hours=23), tick=False)
        assert client.get(link).status_code == 200
        moment.move_to(NOW + timedelta(days=14), tick=False)
        assert client.post(link, data={"password": GOOD}).status_code == 410

    def test_ends_with_a_newer_one(self, client, link, school, postbox):
        credentials.invite(service.account_of(school.people["Vera"]), now=clock.now())
        newer = postbox()[-1].link

        assert client.get(link).status_code == 410
        assert client.get(newer).status_code == 200

    def test_ends_with_the_account(self, client, db, link, school):
        db.get(Person, school.people["Vera"]).ended_on = NOW.date()
        db.commit()

        assert client.get(link).status_code == 410

    def test_does_not_sign_in_as_a_mail_link_would(self, client, link):
        token = link.rsplit("/", 1)[-1]

        assert client.post(f"/sign-in/link/{token}").status_code == 410


def test_a_reset_ends_all_sessions(app, client, school, postbox):
    vera = school.people["Vera"]
    thief = app.test_client()
    sign_in(thief, vera)
    client.post("/sign-in", data={"email": "vera@school.example"})

    client.post(postbox()[-1].link, data={"password": GOOD})

    assert not is_signed_in(thief)
    assert is_signed_in(client)
    assert [mail.recipient for mail in postbox()] == ["vera@school.example"]
