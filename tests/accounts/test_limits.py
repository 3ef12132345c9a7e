from datetime import timedelta
from itertools import pairwise

from app.accounts import limits
from tests.school import NOW

MINUTE = timedelta(minutes=1)


def mail(minutes=0.0, *, address="a@b.example", net="192.0.2.1"):
    where = limits.place("link", address, net)
    return limits.try_mail(where, now=NOW + minutes * MINUTE)


def password(minutes=0.0, *, address="a@b.example", net="192.0.2.1"):
    where = limits.place("password", address, net)
    return limits.try_password(where, now=NOW + minutes * MINUTE).next_at


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


def test_from_however_many_networks_an_address_gets_ten_mails_in_a_quarter_of_an_hour():
    sent = [mail(0, net=f"198.51.100.{number}") for number in range(50)]

    assert len([one for one in sent if one]) == 10


def test_a_busy_network_is_slowed_and_never_refused():
    leaves = [mail(0, address=f"parent{number}@b.example") for number in range(100)]

    assert leaves[:20] == [NOW] * 20
    assert NOW < leaves[20] < leaves[25]
    assert leaves[99] == NOW + MINUTE


def test_a_house_with_ipv6_is_one_network():
    for number in range(4):
        last = mail(0, net=f"2001:db8:1:2::{number}")
    other = mail(0, net="2001:db8:1:3::1")

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
    limits.forget_password_tries(limits.place("password", "a@b.example", "192.0.2.1"))

    assert all(password() is None for _ in range(5))


def test_a_flood_of_passwords_from_one_network_gets_slower_answers():
    delays = [
        limits.try_password(
            limits.place("password", f"p{number}@b.example", "192.0.2.1"), now=NOW
        ).delay
        for number in range(120)
    ]

    assert delays[49] == timedelta(0)
    assert timedelta(0) < delays[55] < delays[65]
    assert delays[119] == timedelta(seconds=2)


def test_the_keys_show_no_address():
    where = limits.place("link", "alice@family.example", "192.0.2.1")

    assert not any("alice" in key or "192.0.2.1" in key for key in vars(where).values())
