"""The office's evening in a browser: choosing cells by mouse and by keys, and what a poll leaves."""

import pytest
from sqlalchemy import select

from app.bookings.models import Unavailability
from app.extensions import db
from tests.e2e import view
from tests.e2e.stage import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]


def address(stage):
    return f"/office/rounds/{stage.school.round_id}/evening"


def cell(stage, page, teacher, slot):
    value = f"{stage.school.teachers[teacher]}-{stage.school.slots[slot]}"
    return page.locator(f"[data-cell='{value}']")


def picked(page):
    return page.locator("[aria-selected=true]").count()


def blocked(stage):
    """How many ranges are blocked."""
    with stage.site.app.app_context():
        count = len(db.session.scalars(select(Unavailability.id)).all())
        db.session.remove()
    return count


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_over_cells_blocks_them_for_all_teachers_between(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    page.mouse.move(*middle(cell(stage, page, "Bart", 1)))
    page.mouse.down()
    page.mouse.move(*middle(cell(stage, page, "Vera", 3)), steps=6)
    page.mouse.up()
    assert picked(page) == 3 * 3
    page.locator("#picked [value=block]").click()
    page.wait_for_url(f"**{address(stage)}*")
    assert page.locator("[data-cell][data-state=blocked]").count() == 3 * 3
    assert blocked(stage) == 3


def test_keys_choose_as_the_mouse_does_and_escape_lets_go(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    cell(stage, page, "Bart", 0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert picked(page) == 4
    view.until(lambda: "4" in view.announcement(page), "the number was not told")
    page.keyboard.press("Shift+End")
    assert picked(page) == 2 * 12
    page.keyboard.press("Escape")
    assert picked(page) == 0
    assert not page.locator("#picked").is_visible()


def test_the_heads_choose_a_whole_evening_and_a_time(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    page.locator(f"[data-row='{stage.school.teachers['Vera']}']").click()
    assert picked(page) == 12
    page.locator(f"[data-column='{stage.school.slots[2]}']").click()
    assert picked(page) == 12 + 2


def test_a_poll_brings_news_and_leaves_what_is_chosen_and_open(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    page.locator(".matrix summary").first.click()
    cell(stage, page, "Vera", 5).click()
    stage.book("Carol", "Kim", ("Vera", 1))
    page.evaluate("document.getElementById('poll').dispatchEvent(new CustomEvent('every'))")
    news = cell(stage, page, "Vera", 1)
    view.until(lambda: news.get_attribute("data-state") == "talk", "no news came")
    assert picked(page) == 1
    assert page.locator("details[open]").count() == 1
    assert page.evaluate("document.activeElement.dataset.cell") == cell(
        stage, page, "Vera", 5
    ).get_attribute("data-cell")


def test_a_talk_says_who_under_the_pointer_and_in_the_open_row(stage, visit):
    stage.book("Carol", "Kim", ("Vera", 1))
    page = visit("Anna", address(stage), **DESKTOP)
    talk = cell(stage, page, "Vera", 1)
    talk.hover()
    assert talk.locator("span").bounding_box()["width"] > 50
    page.locator("summary", has_text="Vries").click()
    assert page.locator(".times a", has_text="Kim").is_visible()


def test_a_phone_without_javascript_opens_a_teacher_to_the_times(stage, visit):
    stage.book("Carol", "Kim", ("Vera", 1))
    page = visit("Anna", address(stage), java_script_enabled=False, **PHONE)
    talk = page.locator(".times a", has_text="Kim")
    assert not talk.is_visible()
    page.locator("summary", has_text="Vries").tap()
    assert talk.is_visible()
    assert not page.locator(".pick").first.is_visible()
