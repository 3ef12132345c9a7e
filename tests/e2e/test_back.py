"""Going back and loading a page again: what is said is true, or is said once."""

import pytest
from sqlalchemy import select

from app.bookings import service
from app.bookings.models import Booking
from app.core import clock
from app.extensions import db
from tests.e2e.stage import DESKTOP
from tests.e2e.view import follow, settled, until

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

# This browser keeps no pages for going back. One that does shows the page as it was, and says so.
KEPT = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


@pytest.fixture
def cancel_behind(stage):
    """Let the other parent cancel all talks that stand."""

    def cancel_behind_():
        with stage.site.app.app_context():
            standing = select(Booking.id).where(Booking.cancelled_at.is_(None))
            for booking_id in db.session.scalars(standing).all():
                service.cancel(stage.school.actors["Adam"], booking_id, now=clock.now())
            db.session.remove()

    return cancel_behind_


def choose(page, stage, *cell):
    page.locator(f"[id='t{stage.cell(*cell)}']").click()
    page.locator("#book").click()
    page.locator(".outcome", has_text="Het gesprek staat").wait_for()


def no_message(page):
    until(lambda: not page.locator("#messages").inner_text().strip(), "the message stayed")


@pytest.mark.parametrize("kept", [False, True])
def test_back_does_not_show_that_a_talk_stands_which_was_cancelled_meanwhile(
    stage, visit, cancel_behind, kept
):
    page = visit("Alice", f"{stage.table('Noor')}?view=table", **DESKTOP)
    choose(page, stage, "Noor", "Vera", 0)
    if kept:
        cancel_behind()
        page.evaluate(KEPT)
    else:
        page.goto("/talks")
        cancel_behind()
        page.go_back()
    no_message(page)
    page.locator(f"[id='t{stage.cell('Noor', 'Vera', 0)}']").wait_for()


def test_a_time_that_is_ticked_and_not_reserved_outlives_going_back(stage, visit, cancel_behind):
    stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"{stage.table('Noor')}?view=table", **DESKTOP)
    ticked = page.locator(f"[id='t{stage.cell('Noor', 'Bart', 2)}']")
    ticked.click()
    cancel_behind()
    with page.expect_navigation():
        page.evaluate(KEPT)
    page.locator(f"[id='t{stage.cell('Noor', 'Vera', 0)}']").wait_for()
    assert ticked.is_checked()


def test_loading_again_does_not_say_of_a_talk_that_stands_again_that_it_is_cancelled(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/cancel", **DESKTOP)
    follow(page.locator("main form button"))
    page.reload()
    assert page.locator("#messages [data-state=cancelled]").is_visible()
    choose(page, stage, "Noor", "Vera", 0)
    page.reload()
    no_message(page)
    assert stage.talks() == {("Noor", "Vera", 0)}


def test_a_message_goes_with_the_poll_that_shows_otherwise(stage, visit, cancel_behind):
    page = visit("Alice", f"{stage.table('Noor')}?view=table", **DESKTOP)
    choose(page, stage, "Noor", "Vera", 0)
    with page.expect_response(lambda it: "marker=" in it.url):
        page.locator("#poll").dispatch_event("every")
    settled(page)
    assert page.locator(".outcome").is_visible()
    cancel_behind()
    page.locator("#poll").dispatch_event("every")
    no_message(page)


def test_what_was_said_once_is_not_said_by_going_back(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/remark", **DESKTOP)
    said = page.locator("main [data-said]")

    def save():
        page.goto(f"/talks/{talk}/remark")
        follow(page.locator("main button"))
        assert said.is_visible()

    save()
    follow(page.locator("a[href='/talks/log']"))
    page.go_back()
    assert not said.count()
    save()
    with page.expect_navigation():
        page.evaluate(KEPT)
    assert not said.count()


def test_what_was_typed_is_not_lost_by_going_back(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/remark", **DESKTOP)
    page.locator("textarea").fill("Hij leest thuis niet meer.")
    page.evaluate(f"{KEPT}; document.title = 'the same page'")
    page.wait_for_timeout(200)
    assert page.title() == "the same page"
    assert page.locator("textarea").input_value() == "Hij leest thuis niet meer."


def test_a_choice_from_a_menu_is_not_lost_by_going_back_either(visit):
    page = visit("Vera", "/teaching", **DESKTOP)
    with page.expect_navigation():  # nothing is chosen yet
        page.evaluate(KEPT)
    menu = page.locator("select[name=first]").first
    menu.evaluate("it => (it.selectedIndex = 2)")
    page.evaluate(f"{KEPT}; document.title = 'the same page'")
    page.wait_for_timeout(200)
    assert page.title() == "the same page"
    assert menu.evaluate("it => it.selectedIndex") == 2


def test_what_was_typed_is_not_shown_to_who_goes_back_after_it_was_signed_out(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/remark", **DESKTOP)
    page.locator("textarea").fill("Hij leest thuis niet meer.")
    page.evaluate("sessionStorage.clear()")  # as another page of this tab does
    with page.expect_navigation():
        page.evaluate(KEPT)
    assert page.locator("textarea").input_value() == ""
