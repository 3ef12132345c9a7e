"""What the table shows by itself: times that go, and the moment it opens."""

from datetime import timedelta

import pytest

from app.core import clock
from tests.e2e import view
from tests.e2e.stage import PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("postgresql")]


def polls(page):
    addresses = []
    page.on("request", lambda request: "marker=" in request.url and addresses.append(request.url))
    return addresses


def test_what_others_take_goes_by_itself_and_disturbs_nothing(stage, visit):
    stage.book("Bob", "Tim", ("Vera", 1))
    stage.change_round(opens_at=clock.now())
    page = visit("Alice", stage.table("Noor"), **PHONE)
    loads = view.loads(page)

    def box(teacher, slot):
        return page.locator(f"[id='l{stage.cell('Noor', teacher, slot)}']")

    box("Vera", 3).tap()
    box("Bart", 6).tap()
    rest = page.locator(f"#card-{stage.school.teachers['Vera']} details.rest")
    rest.locator("summary").tap()
    assert rest.evaluate("it => it.open")
    box("Kader", 5).focus()
    place = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(place)
    assert page.evaluate("scrollY") > 0

    stage.book("Carol", "Kim", ("Vera", 3), ("Kader", 0))
    box("Kader", 0).wait_for(state="detached", timeout=7_000)

    assert box("Vera", 3).count() == 0
    assert box("Bart", 6).is_checked()
    assert "19.00" in page.locator("#said").inner_text()
    assert "De Vries" in view.announcement(page)
    assert "19.00" not in page.locator("#chosen").inner_text()
    assert rest.evaluate("it => it.open")
    assert box("Kader", 5).evaluate("it => it === document.activeElement")
    assert abs(page.evaluate(place) - before) < 3
    assert not loads


def test_a_poll_is_small_when_nothing_is_new_and_none_is_sent_from_a_hidden_tab(stage, visit):
    page = visit(**PHONE, name="Alice")
    page.clock.install()
    page.goto(stage.table("Noor"))
    asked = polls(page)
    with page.expect_response(lambda answer: "marker=" in answer.url) as answer:
        page.clock.fast_forward(15_000)
    assert answer.value.status == 204

    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { get: () => window.away, configurable: true });
          window.away = true;
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    asked.clear()
    page.clock.run_for(120_000)
    assert not asked

    stage.book("Carol", "Kim", ("Vera", 0))
    stage.wait_for_pictures()
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.locator(f"[id='l{stage.cell('Noor', 'Vera', 0)}']").wait_for(state="detached")
    assert len(asked) == 1


def test_a_message_stays_while_the_table_changes_under_it(stage, visit):
    page = visit("Alice", **PHONE)
    page.clock.install()
    page.goto(stage.table("Noor"))
    page.locator(f"[id='l{stage.cell('Noor', 'Vera', 0)}']").tap()
    page.locator("#book").tap()
    page.locator(".outcome").wait_for()
    stage.book("Carol", "Kim", ("Bart", 0))
    page.clock.fast_forward(15_000)
    page.locator(f"[id='l{stage.cell('Noor', 'Bart', 0)}']").wait_for(state="detached")
    assert "De Vries" in page.locator(".outcome").inner_text()


def test_before_opening_the_page_counts_down_by_the_clock_of_the_school_and_opens(stage, visit):
    stage.change_round(opens_at=clock.now() + timedelta(minutes=70))
    page = visit("Alice", **PHONE)
    page.clock.install(time="2001-01-01T00:00:00")  # what a phone thinks the time is says nothing
    page.goto(stage.table("Noor"))
    loads = view.loads(page)
    number = page.locator("#opens .number")
    number.wait_for()
    assert number.inner_text()[:4] in {"1:10", "1:09"}
    assert page.locator("#choose").count() == 0
    page.locator("#opens a").focus()
    page.clock.fast_forward(9 * 60_000)
    view.until(lambda: number.inner_text().startswith("1:00"), f"stands at {number.inner_text()}")

    stage.change_round(opens_at=clock.now() - timedelta(seconds=1))
    page.clock.fast_forward(61 * 60_000)
    page.clock.run_for(3_000)
    page.locator(f"[id='l{stage.cell('Noor', 'Vera', 0)}']").wait_for()
    assert view.focus(page) == "table-title"
    assert not loads


def test_when_choosing_ends_the_open_page_says_so(stage, visit):
    page = visit("Alice", **PHONE)
    page.clock.install()
    page.goto(stage.table("Noor"))
    page.locator(f"[id='l{stage.cell('Noor', 'Vera', 0)}']").tap()
    stage.change_round(closes_at=clock.now())
    page.locator("#book").tap()
    page.locator("#messages [role=alert]").wait_for()
    assert stage.talks() == set()
