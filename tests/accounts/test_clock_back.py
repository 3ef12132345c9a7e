"""The machine's clock is put back: by a wrong time server, or a machine that was moved."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import credentials, policy, service
from app.accounts.models import SignInSession
from app.core import clock
from tests.accounts.walk import ask, is_signed_in
from tests.signing_in import sign_in
from tests.small_school import NOW

BACK = [timedelta(hours=2), timedelta(days=2)]
MINUTE = timedelta(minutes=1)


def begin(client, person_id):
    """Sign in as a person does, but for the proof."""
    account_id = service.account_of(person_id)
    opened = service.open_session(
        account_id, way="link", remember=False, browser=service.Browser("", ""), now=clock.now()
    )
    with client.session_transaction() as cookie:
        cookie["_user_id"] = opened.token


@pytest.fixture(params=BACK, ids=["two hours", "two days"])
def then(request):
    """The moment to which the clock goes back."""
    return NOW - request.param


@pytest.mark.parametrize("who", ["Alice", "Noor", "Vera", "Bart", "Anna"])
def test_nobody_is_signed_out(client, school, moment, then, who):
    sign_in(client, school.people[who])
    assert is_signed_in(client)
    for later in (timedelta(0), MINUTE, 14 * MINUTE, 28 * MINUTE):
        moment.move_to(then + later, tick=False)
        assert is_signed_in(client), later


@pytest.mark.parametrize("remember", [{}, {"remember": "y"}])
def test_nobody_is_signed_out_who_came_by_mail(client, school, moment, by_mail, then, remember):
    by_mail(**remember)
    moment.move_to(then, tick=False)
    assert is_signed_in(client)


def test_a_link_works_and_a_code_too(app, client, school, moment, fetch, postbox, then):
    other = app.test_client()
    ask(other)
    code = postbox()[-1].code
    link = fetch().link
    moment.move_to(then, tick=False)
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 303
    assert other.post("/sign-in/code", data={"code": code}).status_code == 303
    assert is_signed_in(client)
    assert is_signed_in(other)


def test_a_new_mail_comes_within_a_minute(client, school, moment, postbox, then):
    ask(client)
    postbox()
    moment.move_to(then, tick=False)
    ask(client)
    moment.move_to(then + timedelta(minutes=1), tick=False)  # the network seems to ask for many
    assert len(postbox()) == 1


def test_who_is_idle_after_it_is_signed_out_as_ever(client, school, moment, then):
    """Also if the clock was put back by more than any limit."""
    sign_in(client, school.people["Anna"])
    moment.move_to(then, tick=False)
    assert is_signed_in(client)
    moment.move_to(then + 15 * MINUTE, tick=False)
    assert not is_signed_in(client)


def test_nobody_stays_longer_than_a_session_lasts_after_it(client, school, moment, then):
    sign_in(client, school.people["Anna"])
    for minutes in range(0, 240, 10):
        moment.move_to(then + minutes * MINUTE, tick=False)
        assert is_signed_in(client), minutes
    moment.move_to(then + timedelta(hours=4), tick=False)
    assert not is_signed_in(client)


def test_sessions_that_nobody_uses_end_too(app, client, school, moment, then):
    """Whoever is there first notes it for all: of a table left open it is a poll."""
    left, other = app.test_client(), app.test_client()
    sign_in(left, school.people["Anna"])
    sign_in(other, school.people["Alice"])
    moment.move_to(then, tick=False)
    assert other.get("/session", headers={"HX-Request": "true"}).status_code == 200
    moment.move_to(then + 16 * MINUTE, tick=False)
    assert not is_signed_in(left)
    assert is_signed_in(other)


def test_a_step_of_a_moment_writes_nothing(client, db, school, moment):
    sign_in(client, school.people["Alice"])
    moment.move_to(NOW - timedelta(seconds=30), tick=False)
    assert is_signed_in(client)
    assert db.scalars(select(SignInSession)).one().seen_at == NOW


def test_a_link_that_is_not_used_ends_too(app, client, school, moment, fetch, then):
    other = app.test_client()
    sign_in(other, school.people["Carol"])
    link = fetch().link
    moment.move_to(then, tick=False)
    assert is_signed_in(other)
    moment.move_to(then + policy.LIVES["link"], tick=False)
    assert client.get(link).status_code == 410


@pytest.mark.parametrize("kind", ["invitation", "reset"])
def test_a_secret_for_a_password_lives_no_longer_than_it_does(client, school, moment, then, kind):
    account_id = school.actors["Anna"].account_id
    token = credentials.new_password_token(account_id, kind, now=clock.now())
    sign_in(client, school.people["Carol"])
    moment.move_to(then, tick=False)
    assert client.get(f"/password/{token}").status_code == 200
    assert is_signed_in(client)
    moment.move_to(then + policy.LIVES[kind] - MINUTE, tick=False)
    assert client.get(f"/password/{token}").status_code == 200
    moment.move_to(then + policy.LIVES[kind], tick=False)
    assert client.get(f"/password/{token}").status_code == 410


def test_the_old_password_is_asked_for_as_soon_as_ever(client, school, moment, then):
    """Else whoever finds a computer could choose a password until the clock has caught up."""
    sign_in(client, school.people["Alice"])
    moment.move_to(then, tick=False)
    assert is_signed_in(client)
    moment.move_to(then + policy.FRESH + MINUTE, tick=False)
    answer = client.post("/account/password", data={"password": "fiets lamp november"})
    assert answer.status_code == 409


@pytest.mark.parametrize("who", ["Alice", "Noor", "Vera", "Anna"])
def test_nobody_is_signed_out_when_it_is_put_right(app, client, school, moment, then, who):
    """Who was here before, and who has come in the meantime."""
    new = app.test_client()
    sign_in(client, school.people[who])
    moment.move_to(then, tick=False)
    assert is_signed_in(client)
    begin(new, school.people["Vera"])
    for minutes in (5, 10, 20):
        moment.move_to(then + minutes * MINUTE, tick=False)
        assert is_signed_in(client)
        assert is_signed_in(new)
    moment.move_to(NOW + 21 * MINUTE, tick=False)
    assert is_signed_in(client)
    assert is_signed_in(new)
    moment.move_to(NOW + timedelta(hours=13), tick=False)
    assert not is_signed_in(client)
    assert not is_signed_in(new)


def test_a_clock_that_was_ahead_signs_nobody_out_when_it_is_put_right(app, client, school, moment):
    """Those who came in the meantime stay as long as others, and take nobody with them."""
    new = app.test_client()
    sign_in(client, school.people["Anna"])
    moment.move_to(NOW + timedelta(days=2), tick=False)
    begin(new, school.people["Anna"])
    assert is_signed_in(new)
    for minutes in (1, 10, 20):
        moment.move_to(NOW + minutes * MINUTE, tick=False)
        assert is_signed_in(new)
        assert is_signed_in(client)
    moment.move_to(NOW + 36 * MINUTE, tick=False)
    assert not is_signed_in(new)
    assert not is_signed_in(client)


def test_it_may_go_back_twice(client, school, moment):
    sign_in(client, school.people["Anna"])
    for hours in (2, 5, 72):
        moment.move_to(NOW - timedelta(hours=hours), tick=False)
        assert is_signed_in(client), hours
    moment.move_to(NOW - timedelta(hours=72) + 15 * MINUTE, tick=False)
    assert not is_signed_in(client)
