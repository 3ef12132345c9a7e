"""Making a round in a browser: the evening draws itself, and all of it goes without a script."""

import pytest

from tests.e2e import view
from tests.e2e.stage import DESKTOP, PHONE
from tests.e2e.view import follow

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]


@pytest.fixture
def new(visit):
    return lambda **options: visit("Anna", "/office/rounds/new", **options)


def times(page, number=0):
    return page.locator(f"#evenings-{number}-times li")


def test_the_evening_draws_itself_while_one_types(new):
    page = new(**DESKTOP)
    assert times(page).count() == 18
    end = page.locator("#evenings-0-end")
    end.fill("19:30")
    view.until(lambda: times(page).count() == 6, "the evening was not drawn")
    page.locator("#evenings-0-talk_minutes").fill("8")
    page.locator("#evenings-0-gap_minutes-error").wait_for()
    assert view.focus(page) == "evenings-0-talk_minutes"
    page.locator("#evenings-0-gap_minutes").fill("2")
    view.until(lambda: times(page).count() == 6, "the evening was not drawn")
    assert page.locator(".error").count() == 0
    assert end.input_value() == "19:30"


def test_quick_typing_in_one_field_after_another_loses_nothing(new):
    page = new(**DESKTOP)
    wanted = {"first_start": "14:00", "end": "16:00", "talk_minutes": "15", "gap_minutes": "5"}
    for name, value in wanted.items():
        page.locator(f"#evenings-0-{name}").fill(value)
    view.until(lambda: times(page).count() == 6, "the evening was not drawn")
    for name, value in wanted.items():
        assert page.locator(f"#evenings-0-{name}").input_value() == value


def test_one_goes_on_typing_where_an_evening_or_break_came(new):
    page = new(**PHONE)
    page.locator("#name").fill("Oudercontact 3")
    page.locator("#add-evenings-0-breaks").tap()
    page.locator("#evenings-0-breaks-0-start").wait_for()
    view.until(lambda: view.focus(page) == "evenings-0-breaks-0-start", "the focus stayed")
    page.locator("#evenings-0-breaks-0-start").fill("20:00")
    page.locator("#evenings-0-breaks-0-end").fill("20:15")
    page.locator("#evenings-0-times [data-state=break]").wait_for()
    page.locator("#add-evening").tap()
    page.locator("#evenings-1-day").wait_for()
    view.until(lambda: view.focus(page) == "evenings-1-day", "the focus stayed")
    assert page.locator("#evenings-1-breaks-0-start").input_value() == "20:00"
    page.locator("[value='remove:evenings-0']").tap()
    page.locator("#evenings-1").wait_for(state="detached")
    assert page.locator("#name").input_value() == "Oudercontact 3"


def test_ticking_a_department_ticks_its_classes_and_back(new):
    page = new(**DESKTOP)
    whole, h2a = page.locator("[name=departments]"), page.locator("[name=classes]")
    whole.check()
    assert h2a.is_checked()
    h2a.uncheck()
    assert not whole.is_checked()


def test_ticking_a_branch_ticks_its_departments_and_classes_and_no_others(stage, new):
    stage.open_second_branch()
    page = new(**DESKTOP)
    boxes = {
        name: page.locator(f"[name={name}]") for name in ("branches", "departments", "classes")
    }
    boxes["branches"].last.check()
    for box in boxes.values():
        assert [one.is_checked() for one in box.all()] == [False, True]
    boxes["departments"].last.uncheck()
    for box in boxes.values():
        assert [one.is_checked() for one in box.all()] == [False, False]


def test_enter_makes_nothing_by_accident(new):
    page = new(**DESKTOP)
    page.locator("#name").fill("Oudercontact 3")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#name").input_value() == "Oudercontact 3"
    assert page.locator("#faults").count() == 0


def test_a_round_is_made_and_led_on_without_javascript(new):
    page = new(java_script_enabled=False, **PHONE)
    page.locator("#name").fill("Oudercontact 3")
    page.locator("[name=departments]").check()
    page.locator("#evenings-0-day").fill("2040-03-06")
    page.locator("#evenings-0-end").fill("19:30")
    follow(page.locator("[data-without-script]"))
    assert times(page).count() == 6
    follow(page.locator("#add-evening"))
    assert page.locator("#evenings-1-first_start").input_value() == "18:30"
    page.locator("#evenings-1-day").fill("2040-03-08")
    page.locator("#opens_at").fill("2040-02-20T19:00")
    follow(page.locator("[value=save]"))
    follow(page.locator("#faults a").first)
    assert page.url.endswith("#closes_at")
    page.locator("#closes_at").fill("2040-03-01T20:00")
    follow(page.locator("[value=save]"))
    assert page.locator("h1").inner_text() == "Oudercontact 3"
    assert page.locator(".line li").first.get_attribute("aria-current") == "step"
    follow(page.locator("[name=state][value=published]"))
    follow(page.locator("[name=state][value=check]"))
    follow(page.locator("[name=state][value=draft]"))
    follow(page.locator("main .tabs a").nth(1))
    assert page.locator("#evenings-1-day").input_value() == "2040-03-08"


def test_an_odd_reference_week_is_said_while_one_fills_the_form_in(new):
    page = new(**DESKTOP)
    week = page.locator("#reference_week")
    week.fill("1999-W05")
    week.blur()
    page.locator("#week .doubt", has_text="1999-W05").wait_for()
    assert week.input_value() == "1999-W05"
    assert view.focus(page) != "add-evening"
