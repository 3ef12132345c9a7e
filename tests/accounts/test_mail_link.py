"""Signing in by a mail, as the pages do it: points 21 to 23 of the list in the design."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.accounts import known, service
from app.accounts.models import Account, SignInSession, SignInToken
from app.audit.models import AuditEntry
from app.core import clock
from app.extensions import db as _db
from app.outbox.models import OutboxMessage
from app.school.models import Person, Teacher
from tests.accounts.walk import ALICE, ask, is_signed_in, set_mail
from tests.small_school import NOW


def test_a_guardian_signs_in_by_the_link(client, school, fetch):
    mail = fetch()
    assert mail.recipient == ALICE

    assert not is_signed_in(client)
    answer = client.post(mail.link)

    assert (answer.status_code, answer.location) == (303, "/")
    assert is_signed_in(client)


def test_the_page_one_wanted_is_the_page_one_gets(client, school, fetch):
    away = client.get("/talks?x=1")
    assert away.location == "/sign-in?next=/talks?x%3D1"
    client.get(away.location)

    assert client.post(fetch().link).location == "/talks?x=1"


def test_the_mail_is_found_however_the_address_is_written(client, school, fetch):
    assert fetch("  ALICE@Family.Example ").recipient == ALICE


def test_what_no_database_can_hold_in_an_address_is_left_out(client, school, fetch):
    assert fetch("ali\0ce@family.example").recipient == ALICE


def test_a_student_gets_a_link_too(client, db, school, fetch):
    set_mail(db, school.people["Noor"], "noor@school.example")

    client.post(fetch("noor@school.example").link)

    assert is_signed_in(client)


def test_a_code_typed_in_another_browser_is_told_from_a_wrong_one(app, client, school, fetch):
    mail = fetch()
    elsewhere, wrong = (
        browser.post("/sign-in/code", data={"code": code}).text
        for browser, code in ((app.test_client(), mail.code), (client, "AAAA-AAAA"))
    )
    assert "U vroeg in deze browser geen mail aan." in elsewhere
    assert "Deze code werkt niet." in wrong
    assert client.post("/sign-in/code", data={"code": mail.code}).status_code == 303


class TestALinkThatMustNotWork:
    """Point 21."""

    def test_used_twice(self, app, client, school, fetch):
        mail = fetch()
        client.post(mail.link)
        client.post("/sign-out")

        assert client.post(mail.link).status_code == 410
        assert not is_signed_in(client)

    def test_after_ten_minutes(self, client, school, fetch, moment):
        mail = fetch()
        moment.move_to(NOW + timedelta(minutes=10), tick=False)

        assert client.post(mail.link).status_code == 410
        assert not is_signed_in(client)

    def test_after_a_newer_one(self, client, school, fetch):
        old, new = fetch(), fetch()

        assert client.post(old.link).status_code == 410
        assert client.post("/sign-in/code", data={"code": old.code}).status_code == 422
        assert client.post(new.link).status_code == 303

    def test_after_a_strangers_request_it_still_works(self, app, client, school, fetch, postbox):
        mail = fetch()
        ask(app.test_client())
        postbox()

        assert client.post(mail.link).status_code == 303

    def test_in_another_browser(self, app, client, school, fetch):
        mail = fetch()
        other = app.test_client()

        page, answer = other.get(mail.link), other.post(mail.link)

        assert page.status_code == answer.status_code == 403
        assert "andere browser" in page.text
        assert "toestel" not in page.text.partition("<main")[2].partition("</main>")[0]
        assert ALICE not in page.text
        assert not is_signed_in(other)
        assert client.post(mail.link).status_code == 303

    def test_in_another_browser_but_one_tap_sends_a_mail_for_that_one(
        self, app, client, school, fetch, postbox
    ):
        mail = fetch()
        other = app.test_client()
        again = f"{mail.link}/again"
        assert f'action="{again}"' in other.get(mail.link).text

        answer = other.post(again)

        assert (answer.status_code, answer.location) == (303, "/sign-in/code")
        assert ALICE not in other.get(answer.location).text
        (new,) = postbox()
        assert new.recipient == ALICE
        assert client.get(new.link).status_code == 403
        assert other.post("/sign-in/code", data={"code": mail.code}).status_code == 422
        assert other.post("/sign-in/code", data={"code": new.code}).status_code == 303
        assert is_signed_in(other)
        assert client.post(mail.link).status_code == 303  # the first one still works

    def test_when_it_is_gone_it_sends_no_mail_either(self, app, client, school, fetch, postbox):
        mail = fetch()
        client.post(mail.link)
        for link in (mail.link, "/sign-in/link/of-nobody"):
            assert app.test_client().post(f"{link}/again").status_code == 410
        assert postbox() == []

    def test_in_another_browser_that_asked_too(self, app, client, school, fetch, postbox):
        mail = fetch()
        other = app.test_client()
        ask(other, "carol@family.example")
        postbox()

        assert other.post(mail.link).status_code == 403

    def test_of_somebody_who_left_in_between(self, client, db, school, fetch):
        mail = fetch()
        db.get(Person, school.people["Alice"]).ended_on = NOW.date()
        db.commit()

        assert client.post(mail.link).status_code == 410

    def test_sent_to_an_address_that_changed_in_between(self, client, db, school, fetch):
        mail = fetch()
        service.end_access([school.people["Alice"]], now=clock.now())
        set_mail(db, school.people["Alice"], "alice@new.example")

        assert client.post(mail.link).status_code == 410

    def test_made_up(self, client, school, fetch):
        fetch()

        assert client.get("/sign-in/link/made-up").status_code == 410
        assert client.post("/sign-in/link/made-up").status_code == 410


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/password"])
def test_who_is_signed_in_already_is_told_so_above_the_form(client, school, fetch, path):
    assert "You are signed in as" not in client.get(path, headers={"Accept-Language": "en"}).text
    client.post(fetch().link)
    page = (
        client.get(path, headers={"Accept-Language": "en"})
        .text.split("<main")[1]
        .split("</main>")[0]
    )
    told, _form = page.split('name="email"')
    assert "You are signed in as <strong><bdi>Alice Jansen</bdi></strong>" in told
    assert 'href="/"' in told
    assert 'action="/sign-out"' in told


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/sign-in/password"])
def test_asking_only_for_the_headers_of_a_page_is_no_try(client, path):
    assert client.head(path).status_code == client.get(path).status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(client, db, school, fetch, method):
    """Point 22: scanners of mail open links."""
    mail = fetch()
    before = db.execute(select(SignInToken.__table__)).all()

    for _ in range(3):
        assert getattr(client, method)(mail.link).status_code == 200

    db.rollback()
    assert db.execute(select(SignInToken.__table__)).all() == before
    assert db.scalars(select(SignInSession)).all() == []
    assert not is_signed_in(client)
    assert client.post(mail.link).status_code == 303


def test_the_code_signs_in_where_the_mail_was_asked(app, client, school, fetch):
    mail = fetch()

    assert app.test_client().post("/sign-in/code", data={"code": mail.code}).status_code == 422
    answer = client.post("/sign-in/code", data={"code": mail.code.lower().replace("-", " ")})

    assert answer.status_code == 303
    assert is_signed_in(client)
    assert client.post(mail.link).status_code == 410


def test_a_code_can_be_tried_five_times(client, school, fetch):
    mail = fetch()
    for _ in range(4):
        client.post("/sign-in/code", data={"code": "0000-0000"})
    assert client.post("/sign-in/code", data={"code": mail.code}).status_code == 303
    client.post("/sign-out")

    mail = fetch()
    for _ in range(5):
        client.post("/sign-in/code", data={"code": "0000-0000"})
    assert client.post("/sign-in/code", data={"code": mail.code}).status_code == 422
    assert not is_signed_in(client)


def test_a_request_that_waits_for_its_mail_opens_nothing(client, db, school):
    ask(client)
    row = db.scalar(select(SignInToken))

    assert client.post(f"/sign-in/link/{row.token_hash}").status_code == 410
    assert client.post("/sign-in/code", data={"code": " "}).status_code == 422


def test_a_fourth_request_sends_nothing_says_so_and_leaves_the_third_mail_good(
    client, school, postbox
):
    for _ in range(3):
        assert ask(client).location == "/sign-in/code"
    refused = ask(client)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert 'aria-describedby="email-error"' in refused.text
    assert f'value="{ALICE}"' in refused.text
    assert 'href="/sign-in/code"' in refused.text
    mails = postbox()
    assert len(mails) == 3
    assert client.post(mails[-1].link).status_code == 303


def test_after_a_quarter_of_an_hour_of_others_asking_there_is_a_mail_again(
    app, client, school, postbox, moment
):
    """Point 23."""
    for minute in range(30):
        moment.move_to(NOW + timedelta(minutes=minute), tick=False)
        ask(app.test_client())
    moment.move_to(NOW + timedelta(minutes=45), tick=False)
    postbox()

    ask(client)

    assert client.post(postbox()[-1].link).status_code == 303


def test_a_browser_that_signed_in_before_gets_its_mail_whatever_strangers_ask(
    app, client, school, fetch, postbox, moment
):
    client.post(fetch().link)
    client.post("/sign-out")
    for number in range(130):
        app.test_client().post(
            "/sign-in",
            data={"email": ALICE},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        )
    for _ in range(5):
        ask(app.test_client())  # in the same house
    _db.session.execute(delete(OutboxMessage))
    _db.session.commit()

    assert client.post(fetch().link).status_code == 303

    stranger = app.test_client()
    stranger.set_cookie("known", "made-up." + "0" * 64)
    assert ask(stranger).status_code == 429
    assert postbox() == []


def test_who_got_a_strangers_mail_gets_one_for_this_browser_whatever_strangers_ask(
    app, client, school, postbox
):
    for number in range(30):
        ask(app.test_client(), environ_base={"REMOTE_ADDR": f"198.{number}.100.1"})
    mails = postbox()
    assert ask(client).status_code == 429

    again = [client.post(f"{mails[0].link}/again") for _ in range(4)]

    assert len(mails) == 6
    assert [answer.status_code for answer in again] == [303, 303, 303, 429]
    assert ALICE not in again[-1].text
    assert client.post(postbox()[-1].link).status_code == 303


def test_being_known_at_one_address_says_nothing_at_another(app, client, school, fetch):
    client.post(fetch().link)
    cookie = client.get_cookie("known").value

    assert known.known_as(" Alice@family.example ", {"known": cookie})
    assert known.known_as("adam@family.example", {"known": cookie}) == ""


@pytest.mark.parametrize("address", ["192.0.2.1:5678", "[::1]:99", "nonsense"])
def test_an_address_as_some_proxies_write_it_is_no_fault(client, school, address):
    answer = client.post("/sign-in", data={"email": ALICE}, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == 303


def test_nothing_is_kept_of_a_mail_to_an_address_that_nobody_has(client, db, school, postbox):
    ask(client, "nobody@family.example")
    assert len(db.scalars(select(SignInToken)).all()) == 1

    assert postbox() == []

    assert db.scalars(select(SignInToken)).all() == []
    assert client.post("/sign-in/code", data={"code": "0000-0000"}).status_code == 422


def test_a_mail_that_finds_nobody_waiting_any_more_is_not_sent(client, school, postbox, moment):
    ask(client)
    moment.move_to(NOW + timedelta(hours=1), tick=False)

    assert postbox() == []


def test_the_mail_names_nobody_and_says_the_language_of_its_reader(client, db, school, postbox):
    ask(client)
    db.get(Person, school.people["Alice"]).language = "en"
    db.commit()

    mail = postbox()[0]

    assert "http://localhost/sign-in/link/" in mail.text
    assert mail.subject == "Sign in at Het Baken"
    for name in ("Noor", "Sem", "Vries", "Jansen", "18:30"):
        assert name not in mail.text + mail.subject


def test_a_forged_host_does_not_reach_the_mail(client, school, postbox):
    client.post("/sign-in", data={"email": ALICE}, headers={"Host": "evil.example"})

    assert "evil.example" not in postbox()[0].text


class TestStaff:
    @pytest.mark.parametrize("who", ["vera", "anna", "bart"])
    def test_get_no_link_to_sign_in_but_one_to_choose_a_password(
        self, client, db, school, postbox, who
    ):
        if who == "bart":  # a father too, with one address
            assert db.scalar(select(Teacher.id).where(Teacher.source_id == "Bart"))
        ask(client, f"{who}@school.example")

        (mail,) = postbox()

        assert "/sign-in/link/" not in mail.text
        assert "/sign-in/password" in mail.text
        answer = client.post(mail.link, data={"password": "fiets lamp november"})
        assert answer.status_code == 303
        assert is_signed_in(client)

    def test_a_strangers_request_does_not_end_the_link_in_hand(self, client, school, postbox, app):
        ask(client, "vera@school.example")
        (mail,) = postbox()
        ask(app.test_client(), "vera@school.example")
        (other,) = postbox()

        answer = client.post(mail.link, data={"password": "fiets lamp november"})
        assert answer.status_code == 303
        assert client.get(other.link).status_code == 410

    def test_a_reset_works_for_an_hour(self, client, school, postbox, moment):
        ask(client, "vera@school.example")
        (mail,) = postbox()
        moment.move_to(NOW + timedelta(minutes=60), tick=False)

        assert client.get(mail.link).status_code == 410
        answer = client.post(mail.link, data={"password": "fiets lamp november"})
        assert answer.status_code == 410


@pytest.mark.parametrize("state", ["ended", "closed"])
def test_who_may_not_come_in_gets_no_mail(client, db, school, postbox, state):
    if state == "ended":
        db.get(Person, school.people["Alice"]).ended_on = NOW.date()
    else:
        db.add(Account(person_id=school.people["Alice"], closed_at=NOW))
    db.commit()

    ask(client)

    assert postbox() == []


def test_an_account_is_made_at_the_first_sign_in_only(client, db, school, fetch):
    person = school.people["Alice"]
    assert db.scalar(select(Account).where(Account.person_id == person)) is None

    for _ in range(2):
        client.post(fetch().link)

    assert len(db.scalars(select(Account).where(Account.person_id == person)).all()) == 1


def test_signing_in_is_written_down(client, db, school, fetch):
    client.post(fetch().link, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})

    entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "session.signed_in"))
    assert entry.actor_person_id == school.people["Alice"]
    assert entry.details == {
        "way": "link",
        "device": "Firefox, Linux",
        "network": "127.0.0.0/24",
    }


def test_only_hashes_of_secrets_are_kept(client, db, school, fetch):
    mail = fetch()
    client.post(mail.link)
    with client.session_transaction() as cookie:
        session_secret = cookie["_user_id"]

    kept = [str(row) for table in _db.metadata.sorted_tables for row in db.execute(select(table))]

    letters = [text for text in kept if "sign-in/link" in text]
    assert len(letters) == 1  # the demo's box
    for secret in (mail.token, mail.code.replace("-", ""), session_secret):
        assert not any(secret in text for text in kept if text not in letters)


def test_a_parent_who_no_longer_teaches_signs_in_as_parents_do(client, db, school, fetch):
    db.scalar(select(Teacher).where(Teacher.source_id == "Bart")).ended_on = NOW.date()
    db.commit()

    assert client.post(fetch("bart@school.example").link).status_code == 303
