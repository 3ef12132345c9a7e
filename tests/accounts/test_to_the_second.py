"""Until when a link, a code, a session and a try count: to the second, and to the last one."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import limits, links, policy, service
from app.accounts.models import SignInSession, SignInToken
from app.accounts.own_page import load_account_page
from app.core.access import Role
from app.school.models import Guardian
from tests.accounts.walk import ALICE, is_signed_in
from tests.signing_in import sign_in
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(db, school):
    """Alice has asked for a mail; return its request."""
    links.request_link(ALICE, "a secret of this browser", remote_address="192.0.2.1", now=NOW)
    return db.scalars(select(SignInToken.id)).one()


@pytest.fixture
def sent(monkeypatch):
    """The codes that were mailed."""
    codes = []
    monkeypatch.setattr(
        links.mails, "send_link", lambda _to, _language, _token, code, **_more: codes.append(code)
    )
    return codes


def type_code(code, now):
    browser = service.Browser("192.0.2.1", "a browser")
    return links.use_code(
        code, "a secret of this browser", None, remember=False, browser=browser, now=now
    )


def test_a_mail_that_waited_half_an_hour_is_still_sent_and_later_none(asked, sent):
    links.send_link(asked, now=NOW + 30 * MINUTE + SECOND)
    assert sent == []
    links.send_link(asked, now=NOW + 30 * MINUTE)
    assert len(sent) == 1


def test_a_link_lives_ten_minutes_from_when_its_mail_leaves(asked, sent):
    links.send_link(asked, now=NOW + 20 * MINUTE)
    assert isinstance(type_code(sent[0], NOW + 30 * MINUTE), links.Look)
    assert isinstance(type_code(sent[0], NOW + 30 * MINUTE - SECOND), service.Opened)


def test_a_code_that_is_sent_anew_has_five_tries_of_its_own(asked, sent):
    links.send_link(asked, now=NOW)
    for _ in range(links.CODE_TRIES):
        type_code("nonsense", NOW)
    assert isinstance(type_code(sent[0], NOW), links.Look)
    links.send_link(asked, now=NOW + MINUTE)
    for _ in range(links.CODE_TRIES - 1):
        type_code("nonsense", NOW + MINUTE)
    assert isinstance(type_code(sent[1], NOW + MINUTE), service.Opened)


def test_a_fourth_mail_leaves_a_quarter_of_an_hour_after_the_first():
    allowance = limits.mails(limits.place("a@b.example", "192.0.2.1"))
    assert [allowance.take(NOW + number * SECOND) for number in range(3)] == [
        NOW + number * SECOND for number in range(3)
    ]
    early, late = NOW + 15 * MINUTE - SECOND, NOW + 15 * MINUTE
    assert allowance.take(early) == limits.LimitReached(SECOND)
    assert allowance.take(late) == late


def test_a_session_ends_when_it_was_to_end_when_it_began(client, db, school, moment):
    """Whoever was of the office then, and is only a parent now, has no longer one for it."""
    sign_in(client, school.people["Alice"], now=NOW)
    db.execute(update(SignInSession).values(expires_at=NOW + 30 * MINUTE))
    db.commit()
    moment.move_to(NOW + 30 * MINUTE - SECOND, tick=False)
    assert is_signed_in(client)
    moment.move_to(NOW + 30 * MINUTE, tick=False)
    assert not is_signed_in(client)


def test_who_has_just_signed_in_has_for_ten_minutes():
    assert policy.is_fresh(NOW, NOW + 10 * MINUTE)
    assert not policy.is_fresh(NOW, NOW + 10 * MINUTE + SECOND)


def test_only_families_are_remembered():
    remembered = policy.REMEMBERED_LIFE
    for roles in ({Role.GUARDIAN}, {Role.STUDENT}):
        assert policy.session_limits(roles, remembered=True).absolute == remembered
    for roles in ({Role.GUARDIAN, Role.TEACHER}, {Role.SCHEDULER}, set()):
        assert policy.session_limits(roles, remembered=True).absolute < remembered


def test_what_is_over_is_kept_a_day_to_the_second(db, school, client):
    sign_in(client, school.people["Alice"], now=NOW)
    db.execute(update(SignInSession).values(ended_at=NOW))
    db.commit()
    assert service.purge(now=NOW + service.KEPT)["sessions"] == 0
    assert service.purge(now=NOW + service.KEPT + SECOND)["sessions"] == 1


def test_a_device_is_listed_until_its_session_ends(client, db, school):
    sign_in(client, school.people["Alice"], now=NOW)
    account_id, expires_at = db.execute(
        select(SignInSession.account_id, SignInSession.expires_at)
    ).one()
    assert len(load_account_page(account_id, expires_at - SECOND).devices) == 1
    assert load_account_page(account_id, expires_at).devices == ()


def test_a_session_that_has_ended_ended_then_whatever_comes_after(client, db, school):
    """So it is not kept a day longer for it."""
    sign_in(client, school.people["Alice"], now=NOW)
    account_id = db.scalars(select(SignInSession.account_id)).one()
    service.end_sessions_of_account(account_id, now=NOW)
    service.end_access([school.people["Alice"]], now=NOW + MINUTE)
    service.end_sessions_of_account(account_id, now=NOW + MINUTE)
    assert db.scalars(select(SignInSession.ended_at)).one() == NOW


def test_a_link_at_an_address_opens_nothing_once_the_access_of_one_who_has_it_ends(
    db, school, asked, sent
):
    """It belongs to no account yet: who lives at the address is found out when it is used."""
    links.send_link(asked, now=NOW)
    service.end_access([school.people["Carol"]], now=NOW)
    assert db.get(SignInToken, asked, populate_existing=True).used_at is None
    service.end_access([school.people["Alice"]], now=NOW + MINUTE)
    assert db.get(SignInToken, asked, populate_existing=True).used_at == NOW + MINUTE
    assert isinstance(type_code(sent[0], NOW + MINUTE), links.Look)


def test_who_has_no_role_left_begins_no_session(db, school):
    """The last one may end between the two steps of signing in."""
    account_id = service.account_of(school.people["Carol"])
    browser = service.Browser("192.0.2.1", "a browser")

    def begin():
        return service.open_session(
            account_id, way="link", remember=False, browser=browser, now=NOW
        )

    assert begin().token
    db.execute(
        update(Guardian)
        .where(Guardian.person_id == school.people["Carol"])
        .values(ended_on=NOW.date())
    )
    db.commit()
    with pytest.raises(service.AccountClosed):
        begin()
