"""The walk most families make: three talks for two children, on a phone."""

import re

import pytest

from tests.e2e import view
from tests.e2e.stage import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("postgresql")]


@pytest.fixture
def box(stage):
    """Point to the box of a time in the list, or in the table."""

    def box_(page, student, teacher, slot, place="l"):
        return page.locator(f"[id='{place}{stage.cell(student, teacher, slot)}']")

    return box_


def child(page, name):
    return page.locator(".children a", has_text=name)


def test_three_talks_for_two_children_take_five_taps_and_one_load(stage, visit, box):
    page = visit("Alice", **PHONE)
    loads, taps = view.loads(page), 0
    page.goto(stage.table("Noor"))

    def tap(target):
        nonlocal taps
        taps += 1
        view.tap(page, target)

    tap(box(page, "Noor", "Vera", 0))
    tap(box(page, "Noor", "Bart", 2))
    tap(page.locator("#book"))
    page.locator("#table[data-name=Sem]").wait_for()  # all is chosen for Noor
    assert page.url.endswith(stage.table("Sem"))
    message = page.locator("#messages").inner_text()
    for talk in (
        r"18\.30\W+mevr\. De Vries\W+Noor · B\d\d",
        r"18\.50\W+dhr\. Bakker\W+Noor · B\d\d",
    ):
        assert re.search(talk, message), message
    said = view.announcement(page)
    assert re.search(r"18\.30\W+mevr\. De Vries", said)
    assert "voor Sem" in said
    assert "voor Sem" in page.locator("#chosen").inner_text()
    tap(box(page, "Sem", "Kader", 4))
    tap(page.locator("#book"))
    page.locator(".outcome", has_text="mevr. Kaya").wait_for()
    assert re.search(r"19\.10\W+mevr\. Kaya\W+Sem · B\d\d", page.locator("#messages").inner_text())

    assert taps <= 5
    assert len(loads) == 1, loads
    assert stage.talks() == {("Noor", "Vera", 0), ("Noor", "Bart", 2), ("Sem", "Kader", 4)}

    page.go_back()
    page.locator("#table[data-name=Noor]").wait_for()
    assert page.locator(".teacher[data-state=mine]").count() == 2
    assert not page.locator(".outcome").count()


def test_the_bar_names_the_next_child_after_reserving_and_leads_there(stage, visit, box):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    assert not page.locator("#next").count()
    box(page, "Noor", "Vera", 0).tap()
    page.locator("#book").tap()
    on = page.locator("#next")
    on.wait_for()
    assert on.inner_text() == "Verder met Sem"
    assert page.locator("#table[data-name=Noor]").count(), "one more can be chosen for Noor"
    view.tap(page, on)
    page.locator("#table[data-name=Sem]").wait_for()
    assert "18.30" in page.locator(".outcome").inner_text()
    assert not page.locator("#next").count()
    box(page, "Sem", "Bart", 2).tap()
    page.locator("#book").tap()
    page.locator(".outcome", has_text="Bakker").wait_for()
    assert not page.locator("#next").count(), "each child has a talk"


def test_who_moves_a_talk_when_all_is_chosen_stays(stage, visit):
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 2))
    page = visit("Alice", stage.table("Noor"), **PHONE)
    page.locator(".teacher[data-state=mine]", has_text="De Vries").locator("a").tap()
    page.locator("#moving").wait_for()
    page.locator(f"#as-list button[value='{stage.cell('Noor', 'Vera', 5)}']").tap()
    page.locator(".outcome").wait_for()
    view.settled(page)
    assert page.url.endswith(stage.table("Noor"))


def test_the_choice_for_each_child_waits_while_one_looks_at_the_other(stage, visit, box):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box(page, "Noor", "Vera", 0).tap()
    child(page, "Sem").tap()
    page.locator("#table[data-name=Sem]").wait_for()
    box(page, "Sem", "Bart", 3).tap()
    assert child(page, "Noor").locator(".waiting").inner_text()
    child(page, "Noor").tap()
    page.locator("#table[data-name=Noor]").wait_for()
    assert box(page, "Noor", "Vera", 0).is_checked()
    page.go_back()
    page.locator("#table[data-name=Sem]").wait_for()
    assert box(page, "Sem", "Bart", 3).is_checked()

    # The same time for the other child cannot be meant: the family is in one place at a time.
    box(page, "Sem", "Kader", 0).tap()
    assert "De Vries" in page.locator("#said").inner_text()
    child(page, "Noor").tap()
    page.locator("#table[data-name=Noor]").wait_for()
    assert not box(page, "Noor", "Vera", 0).is_checked()


def test_who_loses_a_time_keeps_the_others_and_is_one_tap_from_the_nearest(stage, visit, box):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box(page, "Noor", "Vera", 0).tap()
    box(page, "Noor", "Bart", 2).tap()
    stage.book("Carol", "Kim", ("Vera", 0))
    view.tap(page, page.locator("#book"))

    page.locator(".outcome[data-tone=loss]").wait_for()
    assert stage.talks() == {("Kim", "Vera", 0), ("Noor", "Bart", 2)}
    message = page.locator("#messages")
    assert re.search(r"18\.30\W+mevr\. De Vries", message.inner_text())
    view.tap(page, message.locator(".times label").first)
    view.tap(page, page.locator("#book"))
    page.locator(".outcome:not([data-tone])").wait_for()
    assert ("Noor", "Vera", 1) in stage.talks()


def test_all_or_nothing_books_nothing_when_one_time_is_gone_and_keeps_the_ticks(stage, visit, box):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box(page, "Noor", "Vera", 0).tap()
    box(page, "Noor", "Bart", 2).tap()
    page.locator("#together input").tap()
    stage.book("Carol", "Kim", ("Vera", 0))
    page.locator("#book").tap()

    page.locator(".outcome[data-tone=loss]").wait_for()
    assert stage.talks() == {("Kim", "Vera", 0)}
    assert box(page, "Noor", "Bart", 2).is_checked()
    assert "18.50" in page.locator("#chosen").inner_text()


def test_a_talk_is_moved_by_one_tap_and_cancelled_by_two(stage, visit):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", stage.table("Noor"), **PHONE)
    card = page.locator(".teacher[data-state=mine]")

    view.tap(page, card.locator("a"))
    page.locator("#moving").wait_for()
    value = stage.cell("Noor", "Vera", 3)
    view.tap(page, page.locator(f"#as-list button[value='{value}']"))
    page.locator(".outcome").wait_for()
    assert "19.00" in page.locator("#messages").inner_text()
    assert stage.talks() == {("Noor", "Vera", 3)}

    view.tap(page, card.locator("button"))
    view.tap(page, page.locator(f"#cancel-{talk} button[type=submit]"))
    page.locator("[data-state=cancelled]").wait_for()
    assert stage.talks() == set()
    assert page.locator("#table[data-remaining='2']").count() == 1


def test_the_table_on_a_wide_screen_books_too(stage, visit, box):
    page = visit("Alice", stage.table("Sem"), **DESKTOP)
    box(page, "Sem", "Vera", 1, "t").click()
    page.locator("#book").click()
    page.locator(".outcome").wait_for()
    assert page.locator("td[data-state=mine]").inner_text().split() == ["S", "Sem"]
    assert stage.talks() == {("Sem", "Vera", 1)}


def test_on_a_wide_screen_only_the_times_that_count_are_shown_while_moving(stage, visit):
    stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"{stage.table('Noor')}?view=table", **DESKTOP)
    page.locator("th .column-actions a").click()
    page.locator("#moving").wait_for()
    assert page.locator("#as-table, #as-list .card:not([data-state=moving])").count() == 0
    page.locator(f"#as-list button[value='{stage.cell('Noor', 'Vera', 3)}']").click()
    page.locator("th .column-actions a").wait_for()
    assert stage.talks() == {("Noor", "Vera", 3)}


def test_the_heads_stay_in_view_while_the_page_scrolls(stage, visit):
    page = visit("Alice", stage.table("Noor"), viewport={"width": 1100, "height": 420})
    place = "it => it.getBoundingClientRect().top"
    row = page.locator("tbody tr").nth(4)
    row.evaluate("it => it.scrollIntoView({ block: 'center' })")
    assert page.locator("h1").evaluate(place) < 0, "the page itself scrolls"
    assert 0 <= page.locator("thead th").nth(1).evaluate(place) < row.evaluate(place)
    widths = page.locator("thead th + th").evaluate_all("all => all.map((it) => it.offsetWidth)")
    assert max(widths) - min(widths) <= 1


def test_without_a_network_the_choice_stays_and_the_page_says_so(stage, visit, box):
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box(page, "Noor", "Vera", 0).tap()
    page.route("**/rounds/**", lambda route: route.abort())
    page.locator("#book").tap()
    page.locator("#said:visible").wait_for()
    assert box(page, "Noor", "Vera", 0).is_checked()
    page.unroute("**/rounds/**")
    page.locator("#book").tap()
    page.locator(".outcome").wait_for()
    assert stage.talks() == {("Noor", "Vera", 0)}


def test_who_has_taken_a_time_is_nowhere_in_the_page(stage, visit):
    """Two families in turn take the same time: what a third one gets is the same to the letter."""

    def page_while(actor, student):
        stage.book(actor, student, ("Vera", 0))
        page = visit("Alice", stage.table("Noor"), **DESKTOP)
        tree = page.locator("#table").aria_snapshot()
        html = page.content()
        for name in ("Kim", "Carol", "Öztürk", "Tim", "Bob", "Smit", "Berg", "Lot"):
            assert not re.search(rf"\b{name}\b", html + tree)
        page.close()
        stage.clear()
        # What is new in every page: the session, tokens against forgery and double sending, the marker.
        html = re.sub(r'(?<=value=")[\w.-]{30,}(?=")|(?<=marker=)[\w.]+', "", html)
        return re.sub(r'data-(seconds|tab)="[\w ]+"', "", html), tree

    assert page_while("Carol", "Kim") == page_while("Bob", "Tim")
