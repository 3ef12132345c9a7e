"""From asking to the evening: a family asks, a plan is made and published, all see it on a phone."""

import pytest

from app.core import clock
from app.extensions import db
from app.planner import runs
from app.planner.execution import carry_out
from tests.e2e.stage import PHONE
from tests.e2e.view import follow

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]


def ask(page, stage, **children):
    """Tick teachers by child, and go through the steps."""
    page.goto(f"/rounds/{stage.school.round_id}/ask")
    for child, teachers in children.items():
        fields = page.locator(f"#child-{stage.school.students[child]}")
        for teacher in teachers:
            fields.get_by_text(teacher).tap()
    follow(page.get_by_role("button", name="Bewaren en verder"))
    follow(page.get_by_role("button", name="Bewaren en verder"))


def work(stage):
    """Do what the worker does when the office has asked for a plan."""
    with stage.site.app.app_context():
        begun = runs.take_next(now=clock.now())
        carry_out(begun, clock=clock.now, moves=300)
        db.session.remove()


def test_a_family_asks_the_office_publishes_and_all_see_it(stage, visit):
    stage.change_round(mode="requests")
    family = visit("Alice", **PHONE)
    ask(family, stage, Noor=["De Vries", "Bakker"], Sem=["Kaya"])
    assert family.locator(".asked li[id]").count() == 3

    office = visit("Anna", f"/office/rounds/{stage.school.round_id}/plans", **PHONE)
    follow(office.get_by_role("button", name="Maak nu een rooster"))
    office.locator("#progress").wait_for()
    work(stage)
    office.locator("#publish").wait_for()  # the page has asked by itself
    assert office.locator("[data-box=new]").count() == 3 + 1
    family.goto("/talks")
    assert family.locator(".talk").count() == 0  # nothing of it before it is published

    follow(office.get_by_role("button", name="Maak alles bekend"))
    assert "3 gesprekken hebben een tijd." in office.locator("main").inner_text()
    family.goto("/talks")
    assert family.locator(".talk").count() == 3
    teacher = visit("Vera", "/teaching", **PHONE)
    assert teacher.get_by_text("Noor Jansen").count() >= 1

    follow(office.get_by_role("link", name="Neem dit rooster terug"))
    follow(office.get_by_role("button", name="Neem terug"))
    family.goto("/talks")
    assert family.locator(".talk").count() == 0
    assert "3 gesprekken aangevraagd" in family.locator("main").inner_text()


def test_without_a_script_the_office_looks_again_and_publishes(stage, visit):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera")
    page = visit("Anna", java_script_enabled=False, **PHONE)
    page.goto(f"/office/rounds/{stage.school.round_id}/plans")
    page.get_by_role("button", name="Maak nu een rooster").tap()
    page.get_by_text("Het rooster begint zo.").wait_for()
    work(stage)
    page.get_by_role("link", name="Kijk opnieuw").tap()
    page.locator("[name=requests]").check()
    page.get_by_role("button", name="Maak bekend wat aangevinkt is").tap()
    page.get_by_text("1 gesprek heeft een tijd.").wait_for()


def test_with_the_keyboard_alone_a_plan_is_published(stage, visit):
    stage.change_round(mode="both")
    stage.ask("Alice", "Noor", "Vera")
    page = visit("Anna", f"/office/plans/{stage.plan()}")
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "all":
            break
    page.keyboard.press("Enter")
    page.get_by_text("1 gesprek heeft een tijd.").wait_for()
