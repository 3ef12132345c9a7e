"""Without a mouse: the order of the keys, what a screen reader is told, and where one is afterwards."""

import re
from itertools import pairwise

import pytest

from app.core import clock
from tests.e2e import imported, view
from tests.e2e.scenes import SCENES, box
from tests.e2e.stage import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

NARROW = {"viewport": PHONE["viewport"]}


def tab_to(page, selector, at_most=80):
    """Press Tab until the focus is there; return how often."""
    for stop in range(1, at_most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("it => document.activeElement.matches(it)", selector):
            return stop
    pytest.fail(f"no way to {selector} by Tab")


def test_two_talks_are_booked_by_tab_and_space_alone(stage, visit):
    page = visit("Alice", stage.table("Noor"), **NARROW)
    for teacher, slot in [("Bart", 2), ("Vera", 0)]:  # in the list teacher after teacher
        time = f"[id='l{stage.cell('Noor', teacher, slot)}']"
        tab_to(page, time)
        assert _ring(page), "where one is must be seen"
        page.keyboard.press("Space")
        assert page.locator(time).is_checked()
    tab_to(page, "#book")
    page.keyboard.press("Space")
    page.locator(".outcome").wait_for()
    assert stage.talks() == {("Noor", "Bart", 2), ("Noor", "Vera", 0)}


class TestArrowsInTheTable:
    """The wide table is a grid: one stop for Tab, and arrows from cell to cell."""

    @pytest.fixture
    def page(self, stage, visit):
        def page_(*booked):
            if booked:
                stage.book("Alice", "Noor", *booked)
            page = visit("Alice", **DESKTOP)
            page.clock.install()
            page.goto(stage.table("Noor"))
            return page

        return page_

    @pytest.fixture
    def time(self, stage):
        """The id of a time's box. The columns are Bart, Kader and Vera."""
        return lambda teacher, slot: f"t{stage.cell('Noor', teacher, slot)}"

    def press(self, page, *keys):
        for key in keys:
            page.keyboard.press(key)
        return view.focus(page)

    def text(self, page):
        return page.evaluate("document.activeElement.innerText")

    def test_it_is_few_stops_from_the_top_to_the_button_and_two_talks_are_booked(
        self, stage, page, time
    ):
        page = page()
        stops = tab_to(page, ".times-table input")
        assert view.focus(page) == time("Bart", 0)
        assert _ring(page)
        stops += tab_to(page, "#book")
        # Two more for a further evening and one for each further child: 15 for three in two evenings.
        assert stops <= 11
        self.press(page, "Shift+Tab", "Space", "ArrowDown", "ArrowDown", "ArrowRight", "Space")
        tab_to(page, "#book", at_most=2)  # "all or nothing" is before it
        self.press(page, "Space")
        page.locator(".outcome").wait_for()
        assert stage.talks() == {("Noor", "Bart", 0), ("Noor", "Kader", 2)}

    def test_arrows_go_to_every_cell_and_to_the_actions_in_the_heads(self, stage, page, time):
        stage.book("Carol", "Kim", ("Vera", 1))
        page = page(("Bart", 3))
        tab_to(page, ".times-table input")
        assert view.focus(page) == time("Kader", 0)
        assert self.press(page, "End") == time("Vera", 0)
        assert self.press(page, "ArrowDown") == "TD"
        assert self.text(page) == "Anderen"
        assert _ring(page)
        assert self.press(page, "ArrowDown") == time("Vera", 2)
        assert self.press(page, "Control+Home") == "A"
        assert self.text(page) == "Wijzigen"
        assert self.press(page, "ArrowRight") == "BUTTON"
        assert self.press(page, "ArrowDown") == "TD"
        assert self.text(page) == "vrij"
        assert self.press(page, "Control+End") == time("Vera", 11)
        over_the_break = ["ArrowUp"] * 11
        assert self.press(page, *over_the_break) == time("Vera", 0)

    def test_a_poll_that_writes_the_cell_anew_leaves_the_focus_in_its_place(
        self, stage, page, time
    ):
        page = page()
        tab_to(page, ".times-table input")
        assert self.press(page, "End", "ArrowDown") == time("Vera", 1)
        stage.book("Carol", "Kim", ("Vera", 1))
        stage.wait_for_pictures()
        page.clock.run_for(16_000)
        page.locator(f"[id='{time('Vera', 1)}']").wait_for(state="detached")
        view.settled(page)
        assert view.focus(page) == "TD"
        assert self.text(page) == "Anderen"
        assert page.locator(".times-table [tabindex='0']").count() == 1
        assert self.press(page, "ArrowDown") == time("Vera", 2)


def _ring(page) -> bool:
    """Whether the focused element, or the label it fills, has an outline."""
    return page.evaluate(
        """() => [document.activeElement, document.activeElement.closest("label")].some((it) =>
             it && getComputedStyle(it).outlineStyle !== "none"
             && parseFloat(getComputedStyle(it).outlineWidth) >= 2
             && it.checkVisibility({ opacityProperty: true }))"""
    )


_STOP = """() => {
  const it = document.activeElement;
  if (it === document.body || stops.includes(it)) return null;
  stops.push(it);
  const { top, bottom, left, right } = (it.closest("label") ?? it).getBoundingClientRect();
  return { top, bottom, left, right, what: it.outerHTML.slice(0, 90) };
}"""


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("table-booked", 360),
        ("table-booked", 1280),
        ("table-conflict", 768),
        ("overview", 360),
        ("account-error", 768),
        ("round-new-error", 1280),
        ("round-conflicts", 768),
        ("prints-doors", 768),
        ("people-found", 360),
        ("family", 1280),
        ("desk", 768),
        ("evening", 1280),
        ("evening", 360),
        ("called-off", 768),
        ("alternatives", 360),
        ("teaching-check", 360),
        ("to-check-all-kinds", 768),
        ("to-check-settled", 360),
        ("to-check-all-kinds", 1280),
        ("import-run-stopped", 1280),
    ],
)
def test_the_keys_go_through_a_page_as_the_eye_does(stage, visit, name, width):
    """From one stop to the next, never up without going to the right."""
    visitor, show = SCENES[name]
    page = visit(visitor, viewport={"width": width, "height": 4000})
    show(stage, page)
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); window.stops = []")
    stops = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None:
            break
        stops.append(stop)
    stops = [stop for stop in stops if 'class="skip"' not in stop["what"]]
    assert len(stops) > 8
    for one, other in pairwise(stops):
        up = other["bottom"] <= one["top"] + 1
        assert not (up and other["left"] < one["right"] - 1), (one["what"], other["what"])


class TestAfterEachSwap:
    """The focus is where it was or on what came of the act, and the status region tells it."""

    @pytest.fixture
    def page(self, stage, visit):
        def page_(*booked, path=None):
            ids = stage.book("Alice", "Noor", *booked) if booked else []
            return (visit("Alice", (path or stage.table("Noor")).format(*ids), **NARROW), *ids)

        return page_

    def press(self, page, selector, until):
        target = page.locator(selector).locator("visible=true").first
        target.focus()
        page.evaluate("document.getElementById('status').textContent = ''")
        page.keyboard.press("Enter")
        page.locator(until).first.wait_for()
        view.settled(page)
        assert view.focus(page) != "BODY"

    def is_in_messages(self, page):
        return page.evaluate("document.activeElement.closest('#messages') !== null")

    def test_of_booking(self, stage, page):
        (page,) = page()
        box(stage, page, "Noor", "Vera", 0).check()
        self.press(page, "#book", ".outcome")
        assert view.focus(page) == "book"
        assert "De Vries" in view.announcement(page)

    def test_of_booking_the_last_talk_which_takes_the_button_away(self, stage, page):
        page, _ = page(("Bart", 3))
        box(stage, page, "Noor", "Vera", 0).check()
        self.press(page, "#book", ".outcome")
        assert self.is_in_messages(page)
        assert "De Vries" in view.announcement(page)

    def test_of_losing(self, stage, page):
        (page,) = page()
        box(stage, page, "Noor", "Vera", 0).check()
        stage.book("Carol", "Kim", ("Vera", 0))
        self.press(page, "#book", ".outcome[data-tone=loss]")
        assert self.is_in_messages(page)
        assert "18.30" in view.announcement(page)

    def test_of_an_error(self, stage, page):
        (page,) = page()
        box(stage, page, "Noor", "Vera", 0).check()
        stage.change_round(closes_at=clock.now())
        self.press(page, "#book", "#messages [role=alert]")
        assert self.is_in_messages(page)

    def test_of_beginning_to_move_and_leaving_it(self, page):
        page, _ = page(("Vera", 0))
        self.press(page, ".teacher[data-state=mine] .actions a", "#moving")
        assert view.focus(page) == "moving"
        self.press(page, "#stay", ".teacher[data-state=mine]")
        assert view.focus(page).startswith(("teacher-", "table-title"))

    def test_of_moving(self, stage, page):
        page, _ = page(("Vera", 0))
        self.press(page, ".teacher[data-state=mine] .actions a", "#moving")
        self.press(page, f"#as-list button[value='{stage.cell('Noor', 'Vera', 3)}']", ".outcome")
        assert self.is_in_messages(page)
        assert "19.00" in view.announcement(page)

    def test_of_cancelling(self, page):
        page, talk = page(("Vera", 0))
        page.locator(f"[popovertarget=cancel-{talk}]").locator("visible=true").first.focus()
        page.keyboard.press("Enter")
        self.press(page, f"#cancel-{talk} button[type=submit]", ".outcome")
        assert self.is_in_messages(page)
        assert "De Vries" in view.announcement(page)

    def test_of_going_to_the_other_child(self, stage, page):
        (page,) = page()
        link = f"child-{stage.school.students['Sem']}"
        self.press(page, f"#{link}", "#table[data-name=Sem]")
        assert view.focus(page) == link
        assert "Sem" in view.announcement(page)

    def test_of_going_to_the_table(self, page):
        (page,) = page()
        self.press(page, "#view-table", "table.times-table")
        assert view.focus(page) == "view-table"

    def test_of_a_poll_that_takes_the_time_under_the_focus(self, stage, page, visit):
        page = visit("Alice", **NARROW)
        page.clock.install()
        page.goto(stage.table("Noor"))
        time = box(stage, page, "Noor", "Vera", 0)
        time.check()
        time.focus()
        stage.book("Carol", "Kim", ("Vera", 0))
        stage.wait_for_pictures()
        page.clock.run_for(16_000)
        time.wait_for(state="detached")
        view.settled(page)
        assert view.focus(page) == f"teacher-{stage.school.teachers['Vera']}"
        page.clock.run_for(100)
        assert "18.30" in view.announcement(page)


def test_a_tick_is_told_and_so_is_a_time_that_fits_badly(stage, visit):
    stage.book("Alice", "Sem", ("Vera", 0))
    page = visit("Alice", stage.table("Noor"), **NARROW)
    box(stage, page, "Noor", "Bart", 1).check()
    said = view.announcement(page)
    assert "18.40" in said
    assert "Bakker" in said
    assert "De Vries" in said  # where the family is ten minutes before


@pytest.mark.parametrize("window", [NARROW, DESKTOP])
def test_an_entry_is_ticked_off_and_put_back_and_one_is_told_so_where_one_was(stage, visit, window):
    imported.guardians(stage, "Jansen", "Smit", "de Wit")
    page = visit("Sofie", "/office/review", **window)
    tab_to(page, "#no-address [name=subject]")
    assert _ring(page)
    page.keyboard.press("Enter")
    page.locator("#no-address #told:focus").wait_for()
    assert page.locator("#told[role=status]").inner_text() == "Afgevinkt."
    _is_seen(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#no-address .checks') !== null")

    tab_to(page, ".settled > summary")
    page.keyboard.press("Enter")
    tab_to(page, "[name=back]")
    assert page.evaluate("document.activeElement.innerText").split() == ["Terugzetten", "Jansen"]
    page.keyboard.press("Enter")
    page.locator("#no-address #told:focus").wait_for()
    assert page.locator("#told").inner_text() == "Dit staat weer op de lijst."
    _is_seen(page)
    assert page.locator("[name=subject]").count() == 3

    tab_to(page, "#no-address [name=every]")
    page.keyboard.press("Enter")
    page.locator("#told:focus").wait_for()
    assert page.locator("#told").inner_text() == "3 afgevinkt."
    _is_seen(page)


def test_a_yes_to_a_loss_is_read_out_where_it_stands(stage, visit):
    run_id = imported.record(stage, imported.STOPPED)
    page = visit("Anna", f"/office/imports/{run_id}", **NARROW)
    tab_to(page, "#stops button")
    page.keyboard.press("Enter")
    page.locator(".agreed:focus").wait_for()
    _is_seen(page)


def _is_seen(page):
    """The focused element is in the window."""
    assert page.evaluate(
        """() => {
             const { top, bottom } = document.activeElement.getBoundingClientRect();
             return top >= 0 && bottom <= innerHeight;
           }"""
    )


@pytest.mark.parametrize(
    ("locale", "cell", "tight", "taken"),
    [
        ("nl-NL", "18.50 uur, mevr. De Vries, Nederlands, vrij", "krap", "Anderen"),
        ("en-GB", "18:50, mevr. De Vries, Nederlands, free", "tight", "Others"),
    ],
)
def test_the_table_is_a_table_to_a_screen_reader(stage, visit, locale, cell, tight, taken):
    stage.book("Carol", "Kim", ("Vera", 1))
    stage.book("Alice", "Sem", ("Kader", 4))
    page = visit("Alice", stage.table("Noor"), locale=locale, **DESKTOP)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    tree = {}
    for node in nodes:
        if not node["ignored"]:
            name = node.get("name", {}).get("value", "").strip()
            tree.setdefault(node["role"]["value"], []).append(" ".join(name.split()))

    assert len(tree["grid"]) == 1
    assert re.fullmatch(r"[\w ]+ \d+ [\w ]+", tree["grid"][0])  # its day, and no more
    assert [re.sub(r" B\d\d$", "", name) for name in tree["columnheader"][1:]] == [
        "Dhr. Bakker Wiskunde",
        "Mevr. Kaya Engels",
        "Mevr. De Vries Nederlands",
    ]
    assert [name.replace(":", ".")[:5] for name in tree["rowheader"]][:2] == ["18.30", "18.40"]
    assert len(tree["rowheader"]) == 13  # twelve times and the break
    assert cell in tree["checkbox"]
    assert any(tight in name for name in tree["checkbox"])
    assert all(name for name in tree["checkbox"])
    assert taken in tree["gridcell"]
    assert tree["status"]
    assert sum("18.30" in name.replace(":", ".") for name in tree["checkbox"]) == 3


def test_a_teacher_who_blocked_times_stands_where_they_are_named(stage, visit):
    page = visit("Vera", "/teaching", **DESKTOP)
    tab_to(page, "[name=slots]")
    page.keyboard.press("Space")
    tab_to(page, "button[value=block]")
    page.keyboard.press("Enter")
    page.locator(".change-told").wait_for()

    focused = page.locator(":focus")
    assert focused.get_attribute("role") == "status"
    assert re.search(r"18.30.18.40 geblokkeerd", focused.text_content())
    assert focused.evaluate("it => it.closest('.teaching').querySelector('h2').checkVisibility()")
