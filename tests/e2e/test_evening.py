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


def here(page):
    """What the focus is on: a cell, a head's button, or the name of a teacher."""
    return page.evaluate(
        "() => { const it = document.activeElement, { cell, row, column } = it.dataset;"
        " return cell ?? row ?? column ?? it.tagName }"
    )


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_arrow_keys_reach_the_heads_which_choose_all_of_it(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    ids, slots = stage.school.teachers, stage.school.slots
    cell(stage, page, "Bart", 0).focus()
    press(page, "ArrowLeft")
    assert here(page) == str(ids["Bart"])
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(page, "Space")
    assert picked(page) == 12
    view.until(lambda: "12" in view.announcement(page), "the number was not told")
    press(page, "Enter")
    assert picked(page) == 0
    press(page, "ArrowLeft")
    assert here(page) == "SUMMARY"
    press(page, "ArrowLeft", "ArrowUp")  # to the left is no more, and above is the corner
    assert here(page) == "SUMMARY"
    press(page, "Enter")
    assert page.locator("details[open]").count() == 1
    press(page, "Home", "ArrowRight", "ArrowUp")
    assert here(page) == str(slots[1])
    press(page, "Enter")
    assert picked(page) == 3
    press(page, "ArrowRight", "ArrowDown")
    assert here(page) == f"{ids['Bart']}-{slots[2]}"


def test_control_with_home_and_end_goes_to_the_first_and_the_last_cell(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    ids, slots = stage.school.teachers, stage.school.slots
    cell(stage, page, "Bart", 3).focus()
    press(page, "Control+End")
    assert here(page) == f"{ids['Vera']}-{slots[11]}"
    press(page, "Home")
    assert here(page) == f"{ids['Vera']}-{slots[0]}"
    press(page, "End", "Control+Home")
    assert here(page) == f"{ids['Bart']}-{slots[0]}"
    press(page, "ArrowUp", "End")
    assert here(page) == str(slots[11])


def test_the_tab_key_stops_once_in_the_matrix_where_one_was_last(stage, visit):
    page = visit("Anna", address(stage), **DESKTOP)
    tabbed = (
        "[...document.querySelectorAll('#matrix *')]"
        ".filter((it) => it.tabIndex >= 0 && it.checkVisibility()).length"
    )
    assert page.evaluate(tabbed) == 1
    cell(stage, page, "Vera", 4).focus()
    press(page, "Home", "ArrowLeft", "Tab")
    assert not page.evaluate("document.activeElement.closest('#matrix')")
    press(page, "Shift+Tab")
    assert here(page) == str(stage.school.teachers["Vera"])
    assert page.evaluate(tabbed) == 1
    page.set_viewport_size({"width": 700, "height": 800})  # a block per teacher, which opens
    view.until(lambda: page.evaluate(tabbed) == 3, "the names are no stops")
    page.set_viewport_size(DESKTOP["viewport"])
    view.until(lambda: page.evaluate(tabbed) == 1, "the names stayed stops")


def test_a_screen_reader_hears_what_a_head_is_and_whether_all_is_chosen(stage, visit):
    page = visit("Anna", address(stage), locale="en-GB", **DESKTOP)

    def head(pressed):
        return page.get_by_role(
            "button", name="Whole evening: Mevr. De Vries", exact=False, pressed=pressed
        )

    assert page.get_by_role("grid").count() == 1
    assert page.get_by_role("rowheader").count() == 3 + 1  # and how full each time is
    head(pressed=False).click()
    assert head(pressed=True).count() == 1
    cell(stage, page, "Vera", 5).focus()
    press(page, "Space")
    assert head(pressed=False).count() == 1
    column = page.get_by_role("button", name="18:30, all teachers shown")
    column.click()
    assert column.get_attribute("aria-pressed") == "true"


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
