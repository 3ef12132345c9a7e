from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import counters, limits
from app.accounts.models import SignInTry
from app.accounts.passwords import Rank
from tests.small_school import NOW

MINUTE = timedelta(minutes=1)
HOUR = 60
OWNER = "192.0.2.1"
HELD = {}


def mail(minutes=0.0, *, address="a@b.example", net=OWNER, known=""):
    return take(limits.mails(limits.place(address, net, known)), minutes)


def password(minutes=0.0, *, address="a@b.example", net=OWNER, known=""):
    return take(limits.passwords(limits.place(address, net, known)), minutes)


@pytest.fixture(autouse=True)
def held():
    """What the counters hold: in these tests no database, which would take seconds."""
    HELD.clear()
    return HELD


def take(allowance, minutes):
    counts = counters.Counts(HELD, NOW + minutes * MINUTE)
    outcome = allowance.judge(counts)
    if is_let(outcome):
        HELD.update(counts.after(allowance.counters))
    return outcome


def is_let(outcome):
    return not isinstance(outcome, limits.LimitReached)


def in_site(number, prefix="2001:db8:1"):
    """The networks of a /48, a new /64 each time, and a new /56 as long as there are any."""
    return f"{prefix}:{(number * 256 + number // 256) % 65536:x}::{number + 1:x}"


def in_provider(number):
    """A new /48 of a /32 each time."""
    return f"2001:db9:{number:x}::1"


def anywhere(number):
    """A new /32 each time."""
    return f"2a{number // 65536:02x}:{number % 65536:x}::1"


FROM = [
    pytest.param(lambda _number: OWNER, id="one address"),
    pytest.param(lambda number: f"198.51.100.{number % 256}", id="a /24"),
    pytest.param(lambda number: f"203.7.{number // 8 % 256}.{number % 256}", id="a /16"),
    pytest.param(in_site, id="a /48"),
    pytest.param(in_provider, id="a /32"),
    pytest.param(anywhere, id="a botnet"),
]


@pytest.mark.only_on("sqlite")  # no database is asked
def test_who_looked_at_the_clock_before_the_last_one_counts_too():
    for number in range(20):
        mail(10, net=anywhere(number))
    assert not is_let(mail(10 - 0.001, net=anywhere(21)))
    assert is_let(mail(10 - 2 * HOUR, net=anywhere(21)))  # the clock was put back


@pytest.mark.only_on("sqlite")  # no database is asked
class TestMails:
    def test_an_address_gets_three_at_once_and_one_each_quarter_of_an_hour(self):
        assert all(is_let(mail(minute)) for minute in range(3))

        assert mail(3) == limits.LimitReached(12 * MINUTE)
        assert not is_let(mail(14.9))
        assert is_let(mail(15.1))

    def test_asking_in_vain_does_not_make_the_wait_longer(self):
        for minute in range(15):
            mail(minute)

        assert is_let(mail(15.1))

    @pytest.mark.parametrize("net", FROM)
    def test_a_mailbox_gets_ten_an_hour_from_all_strangers_together(self, net):
        sent = [
            second / 60
            for second in range(0, 3 * 3600, 36)
            for number in range(3)
            if is_let(mail(second / 60, net=net(second + number)))
        ]

        for begin in sent:
            assert sum(begin <= at < begin + HOUR for at in sent) <= 10

    @pytest.mark.parametrize("net", FROM[:-1])
    @pytest.mark.parametrize("minute", [0, 14, 80])
    def test_whoever_keeps_an_address_busy_leaves_a_mail_to_its_owner(self, net, minute):
        """Whichever address of a provider the attacker has, if the owner's is another one."""
        for at in range(minute + 1):
            for number in range(6):
                mail(at, net=net(6 * at + number))

        assert mail(minute, net="2606:4700::1") == NOW + minute * MINUTE

    def test_the_neighbours_of_an_attacker_are_left_a_mail_too(self):
        """In the same /48 another household, and with the same provider another organisation."""
        for _ in range(8):
            mail(net="2001:db8:1::1")
            mail(net="203.0.113.7")

        assert is_let(mail(net="2001:db8:1:100::1"))
        assert is_let(mail(net="2001:db8:2::1"))

    def test_a_known_browser_gets_its_mails_whatever_others_do_at_the_address(self):
        for number in range(150):
            mail(net=anywhere(number))
        for _ in range(40):
            mail()  # somebody in the same house too

        assert [mail(minute, known="laptop") for minute in range(3)] == [
            NOW + minute * MINUTE for minute in range(3)
        ]
        assert not is_let(mail(3, known="laptop"))
        assert is_let(mail(3, known="phone"))
        assert is_let(mail(15, known="laptop"))

    def test_of_1500_people_behind_one_address_none_waits_more_than_a_minute(self):
        seconds = [60 * number / 1500 for number in range(1500)]
        leaves = [
            mail(second / 60, address=f"parent{number}@b.example")
            for number, second in enumerate(seconds)
        ]

        assert leaves[:100] == [NOW + timedelta(seconds=second) for second in seconds[:100]]
        waits = [at - NOW - timedelta(seconds=s) for at, s in zip(leaves, seconds, strict=True)]
        assert timedelta(0) < waits[110] < waits[400] <= max(waits) == MINUTE

    def test_a_flood_ends_and_leaves_the_mails_of_others_to_go_first(self):
        mail(address="first@b.example", net=in_site(0))
        (site,) = (key for key, at in HELD.items() if at == NOW + timedelta(seconds=20))
        HELD[site] = NOW + 2990 * timedelta(seconds=20)
        sent = [
            is_let(mail(address=f"p{number}@b.example", net=in_site(number)))
            for number in range(20)
        ]

        assert sent == [True] * 10 + [False] * 10
        refused = mail(address="other@b.example", net=in_site(9))
        assert refused == limits.LimitReached(timedelta(seconds=20), by_network=True)
        assert mail(address="other@b.example", net="2001:db8:2::1") == NOW
        assert is_let(mail(1, address="other@b.example", net=in_site(9)))


@pytest.mark.only_on("sqlite")  # no database is asked
class TestPasswords:
    def test_a_household_gets_five_at_once_and_one_each_three_minutes(self):
        assert [password() for _ in range(5)] == [Rank.NEW] + [Rank.FAILED] * 4

        assert password() == limits.LimitReached(3 * MINUTE)
        assert is_let(password(3))
        assert not is_let(password(3))

    def test_trying_in_vain_does_not_make_the_wait_longer(self):
        for minute in range(30):
            password(minute / 10)

        assert is_let(password(3))

    def test_a_known_browser_tries_whatever_others_do(self):
        for number in range(100):
            password(net=anywhere(number))
            password()
            password(address=f"p{number}@b.example")

        assert not is_let(password())
        assert [password(known="laptop") for _ in range(6)] == [
            *([Rank.KNOWN] * 5),
            limits.LimitReached(3 * MINUTE),
        ]

    @pytest.mark.parametrize("net", FROM[1:])
    def test_nobody_elsewhere_locks_an_owner_out_or_lets_him_wait_for_who_failed(self, net):
        for number in range(300):
            password(number / 100, net=net(number))
            password(number / 100, net=net(number), address=f"p{number}@b.example")

        assert password(3, net="192.0.2.1") is Rank.NEW
        assert password(3, net="2606:4700::1") is Rank.NEW

    def test_one_organisation_does_not_lock_out_another_of_its_provider(self):
        for number in range(300):
            password(net=in_site(number))
            password(net=f"203.7.1.{number % 256}")

        assert is_let(password(net="2001:db8:2::1"))
        assert is_let(password(net="203.7.2.1"))

    def test_one_organisation_does_not_make_another_of_its_provider_wait_behind_who_failed(self):
        for number in range(700):
            password(net=in_site(number), address=f"p{number}@b.example")

        assert password(net="2001:db8:2::1") is Rank.NEW

    @pytest.mark.parametrize(
        ("net", "most"),
        [
            pytest.param(*net.values, most, id=net.id)
            for net, most in zip(FROM[:-1], (5, 10, 30, 10, 30), strict=True)
        ],
    )
    def test_guesses_at_one_address_are_few_from_whichever_networks(self, net, most):
        tried = [is_let(password(net=net(number))) for number in range(300)]

        assert sum(tried) == most

    def test_a_botnet_gets_one_guess_of_each_of_its_networks_and_fifty_more(self):
        tried = [is_let(password(net=anywhere(number % 100))) for number in range(300)]

        assert tried[:100] == [True] * 100
        assert sum(tried) == 100

    def test_of_1500_people_behind_one_address_of_whom_300_mistype_none_is_refused(self):
        for number in range(1500):
            allowance = limits.passwords(limits.place(f"p{number}@b.example", OWNER))
            minutes = number / 1500
            for _ in range(2 if number % 5 == 0 else 1):
                assert is_let(take(allowance, minutes))
            HELD.update(counters.Counts(HELD, NOW + minutes * MINUTE).after(allowance.counters, -1))

    def test_a_flood_from_one_network_is_told_to_wait_seconds(self):
        assert all(is_let(password(address=f"p{number}@b.example")) for number in range(300))

        assert password(address="x@b.example") == limits.LimitReached(
            timedelta(seconds=3), by_network=True
        )
        assert password(0.05, address="x@b.example") is Rank.FAILED
        assert password(address="x@b.example", net="203.0.113.7") is Rank.NEW

    def test_a_flood_of_guesses_does_not_lock_for_longer_than_a_quarter_of_an_hour(self):
        for number in range(400):
            password(net=anywhere(number))

        assert max(HELD.values()) <= NOW + 15 * MINUTE


@pytest.mark.parametrize(
    ("net", "most"), [pytest.param(OWNER, 300, id="one address"), pytest.param("", 600, id="a /48")]
)
def test_what_is_kept_of_a_network_is_bounded_whatever_it_tries(net, most):
    let = sum(
        is_let(password(address=f"p{number}@b.example", net=net or in_site(number)))
        for number in range(most + 50)
    )

    assert let == most
    # Of each attempt that was let through: four rows at its address, one at all, and its networks.
    assert len(HELD) <= most * 7 + 4


class TestInTheDatabase:
    def tries(self, number, *, address="a@b.example", right=None):
        """How many of so many attempts are let through; each then is undone, if it is to be."""
        allowance = limits.passwords(limits.place(address, OWNER))
        let = 0
        for _ in range(number):
            if is_let(allowance.look(NOW)) and is_let(allowance.take(NOW)):
                let += 1
                if right is not None:
                    allowance.give_back(NOW, right=right)
        return let

    def test_the_right_password_starts_the_count_anew(self):
        assert self.tries(4) == 4
        assert self.tries(1, right=True) == 1
        assert self.tries(9) == 5

    def test_what_was_no_attempt_does_not_count(self):
        assert self.tries(4) == 4
        assert self.tries(9, right=False) == 9
        assert self.tries(9) == 1

    def test_right_passwords_do_not_make_a_network_busy(self, db):
        for number in range(20):
            assert self.tries(1, address=f"p{number}@b.example", right=True) == 1

        counters.purge(now=NOW)
        assert db.scalars(select(SignInTry)).all() == []

    def test_refusals_store_nothing(self, db):
        assert self.tries(5) == 5
        before = db.execute(select(SignInTry.key, SignInTry.empty_at)).all()

        assert self.tries(200) == 0

        assert len(before) == 7
        assert db.execute(select(SignInTry.key, SignInTry.empty_at)).all() == before

    def test_what_counts_no_more_is_deleted(self, db):
        self.tries(5)

        assert counters.purge(now=NOW + 14 * MINUTE) == 6
        assert counters.purge(now=NOW + 15 * MINUTE) == 1

    def test_the_keys_show_no_address(self, db):
        for rule in (limits.passwords, limits.mails):
            rule(limits.place("alice@family.example", OWNER)).take(NOW)
            rule(limits.place("alice@family.example", OWNER, "laptop")).take(NOW)

        for key in db.scalars(select(SignInTry.key)):
            assert len(key) == counters.KEY_LENGTH
            assert int(key, 16)


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
    assert limits.place("a", written) == limits.place("a", same)
