"""Many tries in the same moment, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.accounts import credentials, limits, links, staff
from app.accounts.models import Account, SignInSession
from app.accounts.service import Browser, Opened
from app.core import clock
from app.core.access import Role
from app.core.errors import DomainError
from app.core.statements import let_go
from app.extensions import db
from app.handlers import HANDLERS
from app.mail.box import load_letters
from app.outbox.worker import deliver_due
from tests.accounts.test_limits import in_site
from tests.sites import make_app
from tests.small_school import small_school

pytestmark = pytest.mark.race

AT_ONCE = 12
GOOD = "fiets lamp november"
HERE = Browser("192.0.2.1", "Firefox, Linux")


@pytest.fixture
def app(databases):
    app = make_app(databases.migrated(), demo=True)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def at_once(app, function):
    """Call a function in several threads in one moment and return what it gave."""
    start = Barrier(AT_ONCE)

    def call(number):
        start.wait()
        with app.app_context():
            return function(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(AT_ONCE)))


def test_many_requests_at_once_do_not_slip_through_the_limits(app):
    now = clock.now()

    def ask(_number):
        where = limits.place("a@b.example", "192.0.2.1")
        return [
            not isinstance(rule(where).take(now), limits.LimitReached)
            for rule in (limits.mails, limits.passwords)
        ]

    outcomes = at_once(app, ask)

    assert sum(mail for mail, _ in outcomes) == limits.MAILS
    assert sum(password for _, password in outcomes) == limits.PASSWORDS_THERE[0].burst


def test_many_who_guess_at_once_do_not_keep_the_owner_out(app):
    """The long form of this, at full force on a site, is in ``test_attack``."""
    with app.app_context():
        alice = small_school(db.session).people["Alice"]
        credentials.set_password(links.service.account_of(alice), GOOD, now=clock.now())

    def sign_in(browser, password, address="alice@family.example"):
        try:
            return credentials.sign_in(
                address, password, remember=False, browser=browser, now=clock.now()
            )
        except DomainError as refused:
            return refused

    def guess(number):
        tried = []
        for more in range(2):
            browser = Browser(in_site(AT_ONCE * more + number), "")
            address = f"p{number}-{more}@family.example" if more % 2 else "alice@family.example"
            tried.append(sign_in(browser, "iets anders dan dat", address))
            if number == 0:  # the owner comes as well
                assert isinstance(sign_in(replace(HERE, known_as="laptop"), GOOD), Opened)
        let_go()  # of the thread's connection
        return tried

    tried = [one for each in at_once(app, guess) for one in each]

    assert len(tried) == 2 * AT_ONCE
    assert not any(isinstance(one, Opened) for one in tried)
    with app.app_context():
        assert isinstance(sign_in(HERE, GOOD), Opened)


def test_a_link_used_many_times_at_once_signs_in_once(app):
    with app.app_context():
        small_school(db.session)
        links.request_link(
            "alice@family.example", "browser", remote_address="192.0.2.1", now=clock.now()
        )
        deliver_due(HANDLERS)
        token = load_letters()[0].text.split("/sign-in/link/")[1].split()[0]

    def use(_number):
        outcome = links.use_link(
            token, "browser", None, remember=False, browser=HERE, now=clock.now()
        )
        return isinstance(outcome, Opened)

    assert sum(at_once(app, use)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInSession)) == 1


def test_a_code_tried_many_times_at_once_is_tried_five_times(app):
    with app.app_context():
        small_school(db.session)
        links.request_link(
            "alice@family.example", "browser", remote_address="192.0.2.1", now=clock.now()
        )
        deliver_due(HANDLERS)
        row = db.session.scalar(select(links.SignInToken))
        row_id = row.id

    at_once(
        app,
        lambda number: links.use_code(
            f"0000000{number}", "browser", None, remember=False, browser=HERE, now=clock.now()
        ),
    )

    with app.app_context():
        assert db.session.get(links.SignInToken, row_id).tries == links.CODE_TRIES


def test_two_first_sign_ins_at_once_make_one_account(app):
    with app.app_context():
        person_id = small_school(db.session).people["Alice"]

    made = at_once(app, lambda _number: links.service.account_of(person_id))

    assert len(set(made)) == 1
    with app.app_context():
        accounts = select(Account.id).where(Account.person_id == person_id)
        assert len(db.session.scalars(accounts).all()) == 1


def test_of_administrators_who_are_removed_at_once_one_stays(app):
    def address(number):
        return f"admin{number}@school.example"

    with app.app_context():
        for number in range(AT_ONCE):
            staff.create_office(Role.ADMINISTRATOR, address(number), "Eva", now=clock.now())

    def remove(number):
        try:
            return staff.remove_office(Role.ADMINISTRATOR, address(number), now=clock.now())
        except staff.LastAdministrator:
            return []

    removed = at_once(app, remove)

    assert removed.count([]) == 1
    with app.app_context():
        assert len(staff.administrators()) == 1
