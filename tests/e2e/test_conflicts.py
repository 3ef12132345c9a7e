"""What becomes of talks that a change touches: with keys alone, and without JavaScript."""

import pytest

from app.extensions import db
from tests.e2e import axe, scenes
from tests.e2e.stage import DESKTOP, PHONE
from tests.e2e.view import follow
from tests.rescheduling.many import administrator, school_with_talks
from tests.signing_in import cookie_of

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

MANY = 60
WITH_OR_WITHOUT = pytest.mark.parametrize("script", [True, False])


def chosen(page, student):
    card = page.locator(".conflicts li", has_text=student)
    return card.locator("input:checked").get_attribute("value").partition(" ")[0]


def press(button):
    button.focus()
    with button.page.expect_navigation():
        button.page.keyboard.press("Enter")


@WITH_OR_WITHOUT
def test_answers_are_kept_when_a_family_reserves_meanwhile(stage, visit, script):
    page = visit("Anna", java_script_enabled=script, **DESKTOP)
    scenes.round_conflicts(stage, page)
    first = page.locator(".conflicts li", has_text="Noor").locator("input").first
    first.focus()
    page.keyboard.press("Space")
    page.locator("[name=rest]:checked").focus()
    page.keyboard.press("ArrowUp")  # from the first to the last: ask me again
    stage.book("Carol", "Kim", ("Vera", 2))
    press(page.locator("[value=confirm]"))

    assert "Alleen over 1 gesprek" in page.locator("[role=alert]").inner_text()
    assert page.locator(".conflicts li:visible").count() == 1
    page.locator("details > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".conflicts li:visible").count() == 3
    assert chosen(page, "Noor") == "keep"


@pytest.fixture
def asked(live_site, new_page):
    """The question about many talks."""
    site = live_site(workers=1)
    with site.app.app_context():
        round_id = school_with_talks(MANY)
        key, _, value = cookie_of(site.app, administrator()).partition("=")
        db.session.remove()

    def asked_(**options):
        page = new_page(base_url=site.base_url, **options)
        page.context.add_cookies([{"name": key, "value": value, "url": site.base_url}])
        page.goto(f"/office/rounds/{round_id}/settings")
        page.locator("#evenings-0-first_start").fill("16:05")
        page.locator("#evenings-0-end").fill("17:05")
        follow(page.locator("[value=save]"))
        page.locator(".rest").wait_for()
        return page

    return asked_


def test_figures_of_many_talks_fit_every_screen_and_reader(asked):
    def fits():
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size["viewport"])
            assert axe.overflow(page) == 0
            assert axe.findings(page)["violations"] == []
            assert axe.small_targets(page) == []

    page = asked(**PHONE)
    fits()
    page.locator("details > summary").click()
    fits()
    follow(page.locator("[value^='open:']").first)
    page.locator(".conflicts").wait_for()
    fits()


@WITH_OR_WITHOUT
def test_talks_of_one_teacher_have_other_answers_than_all(asked, script):
    page = asked(java_script_enabled=script, **DESKTOP)
    assert page.locator(".conflicts").count() == 0
    page.locator("[name=rest][value=cancel]").check()
    page.locator("details > summary").click()
    follow(page.locator("[value^='open:']").first)
    page.locator(".conflicts li").first.locator("[value=keep]").check()
    follow(page.locator("[value=review]"))
    assert page.locator("details[open]", has_text="1 gekozen").count()
    assert (
        "59 worden afgezegd, 1 blijft"
        in page.locator(".rest label:has([value=cancel])").inner_text()
    )
    follow(page.locator("[value=confirm]"))
    assert page.locator("[role=status]", has_text="59 worden afgezegd, 1 blijft").count()
