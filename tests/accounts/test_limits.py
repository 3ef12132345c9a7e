from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.accounts import limits
from app.accounts.models import SignInTry
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)


def mail(minutes=0.0, *, address="a@b.example", net="192.0.2.1", known=""):
    where = limits.place("link", address, net, known)
    return limits.try_mail(where, now=NOW + minutes * MINUTE)


def password(minutes=0.0, *, address="a@b.example", net="192.0.2.1", known=""):
    where = limits.place("password", address, net, known)
    return limits.try_password(where, now=NOW + minutes * MINUTE)


def test_an_address_gets_three_mails_in_a_quarter_of_an_hour():
    assert all(mail(minute) for minute in range(3))

    assert mail(3) is None
    assert mail(14.9) is None
    assert mail(15.1)


def test_asking_in_vain_does_not_make_the_wait_longer():
    for minute in range(15):
        mail(minute)

    assert mail(15.1)


def test_after_ten_mails_a_day_there_is_still_one_in_a_quarter_of_an_hour():
    sent = [minute for minute in range(0, 8 * 60, 5) if mail(minute)]

    assert len([minute for minute in sent if minute < 50]) == 10
    later = [minute for minute in sent if minute >= 60]
    assert {b - a for a, b in pairwise(later)} == {15}
    assert all(mail(24 * 60 + 500 + minute) for minute in range(3))


def test_whoever_keeps_an_address_busy_does_not_lock_its_owner_out():
    for minute in range(40):
        mail(minute, net="203.0.113.9")

    assert mail(40, net="192.0.2.1")


def test_many_networks_at_one_address_are_slowed_and_lock_nobody_out():
    sent = [mail(0, net=f"198.51.100.{number}") for number in range(80)]

    assert all(sent)
    assert sent[:11] == [NOW] * 11
    assert NOW < sent[11] < sent[20]
    assert mail(0, net="192.0.2.1") == NOW + 10 * MINUTE


def test_a_mailbox_gets_a_hundred_mails_in_a_quarter_of_an_hour_at_most():
    sent = [mail(0, net=f"198.51.{number // 200}.{number % 200}") for number in range(300)]

    assert len([one for one in sent if one]) == 100
    assert mail(0, known="the owner's browser")


def test_a_known_browser_gets_its_mails_whatever_others_do_at_the_address():
    for number in range(150):
        mail(0, net=f"198.51.100.{number}")
    for _ in range(40):
        mail(0)  # somebody in the same house too

    assert [mail(minute, known="laptop") for minute in range(3)] == [
        NOW + minute * MINUTE for minute in range(3)
    ]
    assert mail(3, known="laptop") is None
    assert mail(3, known="phone")


def test_a_known_browser_tries_passwords_whatever_others_do_at_the_address():
    for _ in range(10):
        password()
    for number in range(60):
        password(net=f"198.51.100.{number}")
    for number in range(80):
        password(address=f"p{number}@b.example")

    assert [password(known="laptop") for _ in range(6)] == [*[None] * 5, NOW + 15 * MINUTE]


def test_a_busy_network_is_slowed_and_never_refused():
    leaves = [mail(0, address=f"parent{number}@b.example") for number in range(100)]

    assert leaves[:20] == [NOW] * 20
    assert NOW < leaves[20] < leaves[25]
    assert leaves[99] == NOW + MINUTE


def test_a_house_with_ipv6_is_one_network():
    for number in range(4):
        last = mail(0, net=f"2001:db8:1:2{number}::1")
    other = mail(0, net="2001:db8:1:100::1")

    assert last is None
    assert other


def test_wrong_passwords_are_slowed_for_at_most_a_quarter_of_an_hour():
    assert all(password(minute) is None for minute in range(5))

    assert password(5) == NOW + 15 * MINUTE
    assert password(14.9) == NOW + 15 * MINUTE
    assert password(15.1) is None


def test_another_network_does_not_lock_an_owner_out_of_the_password():
    for minute in range(5):
        for number in range(20):
            password(minute, net=f"198.51.100.{number}")

    assert password(5, net="192.0.2.1") is None


def test_the_right_password_starts_the_count_anew():
    for _ in range(4):
        password()
    where = limits.place("password", "a@b.example", "192.0.2.1")
    limits.forget_password_tries(where, tried_at=NOW)

    assert all(password() is None for _ in range(5))


def test_right_passwords_do_not_make_a_network_busy(db):
    for number in range(60):
        where = limits.place("password", f"p{number}@b.example", "192.0.2.1")
        at = NOW + timedelta(seconds=number)
        assert limits.try_password(where, now=at) is None
        limits.forget_password_tries(where, tried_at=at)

    assert db.scalars(select(SignInTry)).all() == []


def test_a_flood_of_passwords_from_one_network_is_told_to_pause():
    second = 1 / 60
    assert [password(address=f"p{number}@b.example") for number in range(50)] == [None] * 50

    later = password(address="other@b.example")
    assert NOW < later < NOW + timedelta(seconds=1)
    assert password(second, address="other@b.example") is None
    for number in range(40):
        password(2 + number * 3 * second, address=f"q{number}@b.example")
    last = 2 + 39 * 3 * second
    assert (
        password(last + second, address="r@b.example") == NOW + last * MINUTE + 2 * second * MINUTE
    )
    assert password(last + second, address="r@b.example", net="203.0.113.7") is None


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("192.0.2.1:5678", "192.0.2.1"),
        ("[2001:db8::1]:99", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", "not an address"),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(written, same):
    assert limits.place("link", "a", written) == limits.place("link", "a", same)


def test_the_keys_show_no_address():
    where = limits.place("link", "alice@family.example", "192.0.2.1")

    for key in (where.address, where.both, where.network):
        assert "alice" not in key
        assert "192.0.2.1" not in key
