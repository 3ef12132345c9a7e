"""The database is away while somebody works in a page: nothing chosen or typed is lost."""

import pytest

from tests.e2e import axe
from tests.e2e.stage import DESKTOP, PHONE
from tests.e2e.view import follow
from tests.outages import away
from tests.signing_in import cookie_of

# Only a server can be away for the site's processes, which keep SQLite's file open.
pytestmark = [pytest.mark.e2e, pytest.mark.only_on("postgresql")]

TITLE = "De site kan even niet bij de gegevens"


def test_times_that_could_not_be_reserved_stay_chosen_and_can_be_reserved_afterwards(stage, visit):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box = page.locator(f"[id='l{stage.cell('Noor', 'Vera', 0)}']")
    box.tap()
    with away(stage.site.app):
        page.locator("#book").tap()
        page.locator("#messages", has_text=TITLE).wait_for()
        assert "The site cannot reach its data" in page.locator("#messages").inner_text()
        assert box.is_checked()
        page.locator("#poll").dispatch_event("every")  # as it would by itself
        page.wait_for_timeout(300)
        assert box.is_checked()
    page.locator("#book").tap()
    page.locator(".outcome").wait_for()
    assert not page.locator("#messages", has_text=TITLE).count()


def test_a_remark_that_was_sent_comes_back_with_its_form(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/remark", **PHONE)
    page.locator("#remark").fill("Wij komen\nwat later.")
    with away(stage.site.app):
        follow(page.locator("main button[type=submit]"))
        assert page.locator("h1").inner_text() == TITLE
        assert page.locator("html").get_attribute("lang") == "nl"
        assert page.locator("section[lang=en]").is_visible()
        assert axe.findings(page)["violations"] == []
        assert (axe.small_targets(page), axe.overflow(page)) == ([], 0)
        follow(page.locator("section[lang=nl] a.button"))  # too early
        assert page.locator("h1").inner_text() == TITLE
    follow(page.locator("section[lang=nl] a.button"))
    page.locator("#typed-back").wait_for()
    assert page.locator("#remark").input_value() == "Wij komen\nwat later."
    follow(page.locator("main button[type=submit]"))
    assert "wat later" in page.locator(".talk .remark").inner_text()


def test_a_button_that_alters_a_form_leaves_it_as_it_is(stage, visit):
    page = visit("Anna", f"/office/rounds/{stage.school.round_id}/settings", **DESKTOP)
    page.locator("#explanation").fill("Neem uw agenda mee.")
    evenings = page.locator("#evenings fieldset.evening")
    before = evenings.count()
    with away(stage.site.app):
        page.locator("#add-evening").click()
        page.locator("#unaltered").wait_for()
        assert evenings.count() == before
        assert page.locator("#explanation").input_value() == "Neem uw agenda mee."
    page.locator("#add-evening").click()
    evenings.nth(before).wait_for()
    assert not page.locator("#unaltered").is_visible()


def test_nobody_is_told_to_be_signed_out_because_the_database_is_away(stage, visit):
    page = visit()
    page.clock.install()
    with stage.site.app.app_context():
        key, value = cookie_of(stage.site.app, stage.school.people["Alice"]).split("=", 1)
    page.context.add_cookies([{"name": key, "value": value, "url": stage.site.base_url}])
    page.goto("/talks")
    with away(stage.site.app), page.expect_response("**/session*") as asked:
        page.clock.fast_forward(24 * 3600_000)
    assert asked.value.status == 503
    page.wait_for_timeout(300)
    assert not page.locator("#ending").is_visible()
    with page.expect_response("**/session*") as asked:
        page.clock.fast_forward(31_000)
    assert asked.value.status == 200
