"""Codes that the office hands out to who does not get in by mail."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import codes, limits
from app.accounts.models import SignInToken
from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.school.models import Person
from tests.accounts.walk import ALICE, ask, is_signed_in, set_mail
from tests.signing_in import sign_in
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)
NET = {"REMOTE_ADDR": "203.0.113.9"}


def enter(client, code, email=ALICE, **options):
    return client.post("/sign-in/school-code", data={"email": email, "code": code}, **options)


@pytest.fixture
def hand_out(school):
    def hand_out(name="Alice", now=NOW):
        return codes.hand_out(school.actors["Anna"], school.people[name], reason="belde", now=now)

    return hand_out


def test_an_administrator_sees_a_new_code_once_and_it_signs_in(app, client, db, school):
    sign_in(client, school.people["Anna"])
    page = f"/office/people/{school.people['Alice']}/code"
    assert client.get(page).status_code == 200

    shown = client.post(page, data={"reason": "belde"}).text

    code = re.search(r"\b\w{4}-\w{4}\b", shown.split("<main")[1])[0]
    assert "http://localhost/sign-in/school-code" in shown
    assert code not in client.get(page).text
    kept = [str(row) for row in db.execute(select(SignInToken.__table__))]
    assert not any(code.replace("-", "") in row for row in kept)
    other = app.test_client()
    assert enter(other, code.lower().replace("-", " "), " Alice@Family.example ").location == "/"
    assert is_signed_in(other)


def test_it_stands_in_the_log_with_who_gave_it_why_and_who_used_it(client, db, school, hand_out):
    enter(client, hand_out())

    given, used = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert (given.action, given.actor_person_id) == (
        "account.code_handed_out",
        school.people["Anna"],
    )
    assert given.details == {"person_id": school.people["Alice"], "reason": "belde"}
    assert (used.actor_person_id, used.details["way"]) == (school.people["Alice"], "office code")


def test_a_reason_is_needed(client, db, school):
    sign_in(client, school.people["Anna"])

    answer = client.post(f"/office/people/{school.people['Alice']}/code", data={"reason": " "})

    assert answer.status_code == 422
    assert 'aria-describedby="reason-error' in answer.text
    assert db.scalars(select(SignInToken)).all() == []


def test_it_works_once(app, client, hand_out):
    code = hand_out()
    enter(client, code)

    assert enter(app.test_client(), code).status_code == 422


def test_it_works_for_half_an_hour(client, hand_out, moment):
    code = hand_out()
    moment.move_to(NOW + codes.LIFE, tick=False)
    assert enter(client, code).status_code == 422
    moment.move_to(NOW + codes.LIFE - timedelta(seconds=1), tick=False)
    assert enter(client, code).status_code == 303


def test_a_newer_one_ends_it(client, hand_out):
    old, new = hand_out(), hand_out()

    assert enter(client, old).status_code == 422
    assert enter(client, new).status_code == 303


@pytest.mark.parametrize("email", ["carol@family.example", "nobody@family.example"])
def test_it_opens_nothing_with_another_address(client, hand_out, email):
    code = hand_out()
    wrong = enter(client, "0000-0000")

    other = enter(client, code, email)

    assert other.status_code == wrong.status_code == 422
    assert abs(len(other.data) - len(wrong.data)) <= 2
    assert not is_signed_in(client)


def test_of_two_at_one_address_it_opens_the_account_of_whom_it_is_for(client, db, school, hand_out):
    """Also where they may not share it for signing in by mail."""
    set_mail(db, school.people["Adam"], ALICE)
    hand_out("Alice")

    enter(client, hand_out("Adam"))

    assert "Adam" in client.get("/account").text


def test_it_ends_with_the_address(client, db, school, hand_out):
    code = hand_out()
    set_mail(db, school.people["Alice"], "alice@new.example")

    assert enter(client, code).status_code == 422


def test_wrong_tries_of_strangers_do_not_end_it(app, client, hand_out):
    code = hand_out()
    wrong = [enter(app.test_client(), "0000-0000", environ_base=NET) for _ in range(7)]

    assert [answer.status_code for answer in wrong] == [422] * 5 + [429] * 2
    assert wrong[-1].headers["Retry-After"] == "180"
    assert enter(client, code).status_code == 303


def test_tries_of_codes_and_of_passwords_are_counted_apart(client, hand_out):
    where = limits.place(ALICE, "127.0.0.1")
    for _ in range(5):
        limits.passwords(where).take(NOW)

    assert enter(client, hand_out()).status_code == 303


@pytest.mark.parametrize(
    ("name", "told"), [("Vera", "password"), ("Bart", "password"), ("Noor", "no mail address")]
)
def test_who_gets_none_is_told(client, db, school, hand_out, name, told):
    """Bart is a father too; the mails that strangers ask for let staff choose a password."""
    sign_in(client, school.people["Anna"])
    page = f"/office/people/{school.people[name]}/code"

    assert told in client.get(page, headers={"Accept-Language": "en"}).text
    assert client.post(page, data={"reason": "belde"}).status_code == 409
    with pytest.raises(codes.NoCode):
        hand_out(name)


def test_there_is_none_for_who_has_left(client, db, school, hand_out):
    code = hand_out()
    db.get(Person, school.people["Alice"]).ended_on = NOW.date()
    db.commit()

    with pytest.raises(NotFoundError):
        hand_out()
    assert enter(client, code).status_code in {409, 422}
    assert not is_signed_in(client)


def test_the_pages_on_which_one_misses_a_mail_lead_to_it(client, school):
    assert 'href="/sign-in/school-code"' in client.get("/sign-in/code").text
    for _ in range(3):
        ask(client)
    assert 'href="/sign-in/school-code"' in ask(client).text


def test_the_pages_of_a_family_lead_to_it(client, school):
    sign_in(client, school.people["Anna"])

    page = client.get(f"/office/students/{school.students['Noor']}").text

    assert f'href="/office/people/{school.people["Alice"]}/code"' in page
    sign_in(client, school.people["Sofie"])
    assert "/code" not in client.get(f"/office/students/{school.students['Noor']}").text
