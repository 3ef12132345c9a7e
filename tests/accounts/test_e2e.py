"""Signing in and staying signed in, in a browser."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.accounts.models import SignInSession, SignInToken, SignInTry
from app.bookings.models import Booking, Claim
from app.core import clock
from app.extensions import db
from app.handlers import HANDLERS
from app.mail.box import load_letters
from app.mail.models import BoxedMail
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.school.models import Person
from tests.browser import launch
from tests.e2e.stage import PHONE
from tests.signing_in import cookie_of
from tests.small_school import open_school

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("postgresql")]


@pytest.fixture(autouse=True)
def moment():
    """The site runs in the time of today."""


@pytest.fixture(scope="module")
def demo_site(shared_site):
    site = shared_site(workers=1, demo=True)
    open_school(site)
    return site


@pytest.fixture
def site(demo_site):
    """The site, on which nobody has tried to sign in."""
    yield demo_site
    with demo_site.app.app_context():
        for table in (SignInTry, SignInSession, SignInToken, BoxedMail, OutboxMessage):
            db.session.execute(delete(table))
        db.session.commit()


def deliver(site):
    """Do what the worker does, and return the text of the newest mail."""
    with site.app.app_context():
        deliver_due(HANDLERS)
        return load_letters()[0].text


@pytest.mark.parametrize("javascript", [True, False])
def test_a_parent_signs_in_by_mail_with_keys_alone(site, new_page, javascript):
    page = new_page(java_script_enabled=javascript, viewport={"width": 360, "height": 740})
    page.goto(f"{site.base_url}/account")
    page.get_by_role("textbox").focus()
    page.keyboard.type("alice@family.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    link = re.search(r"\S+/sign-in/link/\S+", deliver(site))[0]

    page.goto(link)
    page.locator("main button[type=submit]").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/account")
    assert page.locator("main").get_by_text("Alice Jansen").is_visible()


def test_the_code_is_typed_where_the_mail_was_asked(site, new_page):
    page, phone = new_page(), new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{site.base_url}/sign-in")
    page.get_by_role("textbox").fill("alice@family.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    mail = deliver(site)

    phone.goto(re.search(r"\S+/sign-in/link/\S+", mail)[0])
    assert "andere browser" in phone.locator("h1").inner_text()
    page.get_by_role("textbox").fill(re.search(r"^\w{4}-\w{4}$", mail, re.MULTILINE)[0])
    page.keyboard.press("Enter")

    page.wait_for_url("**/children/*")


def test_a_scanner_that_runs_the_scripts_of_the_page_does_not_use_the_link_up(site, new_page):
    page = new_page()
    page.goto(f"{site.base_url}/sign-in")
    page.get_by_role("textbox").fill("alice@family.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    link = re.search(r"\S+/sign-in/link/\S+", deliver(site))[0]

    scanner = new_page()
    scanner.goto(link, wait_until="networkidle")
    page.goto(link, wait_until="networkidle")
    with site.app.app_context():
        assert db.session.scalar(select(SignInToken.used_at)) is None

    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/children/*")


def test_from_the_invitation_to_three_talks_for_two_children_in_nine_taps_and_four_pages(
    site, new_page
):
    page = new_page(base_url=site.base_url, **PHONE)
    opened, taps = [], 0
    page.on("domcontentloaded", lambda page: opened.append(page.url))

    def tap(target):
        nonlocal taps
        taps += 1
        target.scroll_into_view_if_needed()
        target.tap()

    def time_of(number, name):
        page.locator(f"#table[data-name={name}]").wait_for()
        return page.locator("#as-list .teacher").nth(number).locator(".times label").nth(number)

    def follow(link):
        nonlocal taps
        taps += 1
        page.goto(link)

    follow("/talks/start")  # of the invitation
    page.get_by_role("textbox").fill("alice@family.example")
    tap(page.locator("form[action='/sign-in'] button"))
    page.wait_for_url("**/sign-in/code")
    follow(re.search(r"\S+/sign-in/link/\S+", deliver(site))[0])
    tap(page.locator("main form button"))
    tap(time_of(0, "Noor"))
    tap(time_of(1, "Noor"))
    tap(page.locator("#book"))
    tap(time_of(2, "Sem"))
    tap(page.locator("#book"))
    page.locator(".outcome", has_text="Sem").wait_for()

    with site.app.app_context():
        talks = db.session.execute(select(Booking.student_id)).all()
        db.session.execute(delete(Claim))
        db.session.execute(delete(Booking))
        db.session.commit()
    assert len(talks) == 3
    assert len(set(talks)) == 2
    assert taps <= 9
    assert len(opened) <= 4, opened


def test_a_link_that_opens_in_another_browser_of_the_phone_gives_a_mail_for_that_one(
    site, new_page
):
    asked, within_mail = new_page(base_url=site.base_url), new_page(**PHONE)
    asked.goto("/sign-in")
    asked.get_by_role("textbox").fill("alice@family.example")
    asked.keyboard.press("Enter")
    asked.wait_for_url("**/sign-in/code")

    within_mail.goto(re.search(r"\S+/sign-in/link/\S+", deliver(site))[0])
    within_mail.locator("main button").tap()
    within_mail.wait_for_url("**/sign-in/code")
    within_mail.goto(re.search(r"\S+/sign-in/link/\S+", deliver(site))[0])
    within_mail.locator("main button").tap()
    within_mail.wait_for_url("**/children/*")


@pytest.fixture
def keeping_page(playwright_driver):
    """A page in a browser that keeps pages for going back, as people's browsers do."""
    browser = launch(playwright_driver, ignore_default_args=["--disable-back-forward-cache"])
    yield browser.new_page(locale="nl-NL")
    browser.close()


def test_after_signing_out_going_back_shows_nothing_of_before(site, keeping_page):
    page = keeping_page
    with site.app.app_context():
        alice = db.session.scalar(select(Person.id).where(Person.given_name == "Alice"))
        name, value = cookie_of(site.app, alice).split("=", 1)
    page.context.add_cookies([{"name": name, "value": value, "url": site.base_url}])
    page.goto(f"{site.base_url}/account")
    assert page.locator("main").get_by_text("Alice Jansen").is_visible()
    page.locator("form[action='/sign-out']").evaluate("it => it.requestSubmit()")
    page.wait_for_url("**/sign-in")

    page.go_back()

    page.wait_for_url("**/sign-in?next=/account")
    assert "Alice Jansen" not in page.content()


def test_a_session_that_ends_warns_and_can_be_kept(site, page):
    with site.app.app_context():
        alice = db.session.scalar(select(Person.id).where(Person.given_name == "Alice"))
        name, value = cookie_of(site.app, alice).split("=", 1)
    page.context.add_cookies([{"name": name, "value": value, "url": site.base_url}])
    page.clock.install()
    page.goto(f"{site.base_url}/account")
    page.locator("#password").fill("half a sentence")
    dialog = page.locator("#ending")

    _leave_seconds(site, 100)
    page.clock.fast_forward(7200_000 - 119_000)
    dialog.get_by_role("button").first.wait_for()
    assert dialog.get_by_role("button").first.evaluate("it => it === document.activeElement")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    with site.app.app_context():
        seen_at = db.session.scalar(select(SignInSession.seen_at))
    assert clock.now() - seen_at < timedelta(minutes=1)

    _leave_seconds(site, -1)
    page.clock.fast_forward(7200_000)
    dialog.get_by_role("link").wait_for()
    assert page.locator("#password").input_value() == "half a sentence"
    assert page.url.endswith("/account")


def _leave_seconds(site, seconds):
    """Let the session have been in use so long ago that it ends in this many seconds."""
    seen_at = clock.now() - timedelta(hours=2) + timedelta(seconds=seconds)
    with site.app.app_context():
        db.session.execute(update(SignInSession).values(seen_at=seen_at))
        db.session.commit()
