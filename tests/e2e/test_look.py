"""What stays true of the look when sizes, colours, motion and paper are other ones."""

import re

import pytest

from tests.e2e import axe, view
from tests.e2e.scenes import SCENES, box
from tests.e2e.stage import DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

# What WCAG 1.4.12 lets a reader ask for.
_SPACING = """
  * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
  p { margin-block-end: 2em !important; }
"""

# Text that is cut off: its box hides what does not fit.
_CUT = """() => [...document.querySelectorAll("main *, header *, footer *")].filter((it) => {
  const { overflowX, overflowY } = getComputedStyle(it);
  const left_out = ".visually-hidden, .skip, .brand span, svg, svg *, textarea";
  if (!it.checkVisibility() || it.matches(left_out)) return false;
  return (overflowX === "hidden" && it.scrollWidth > it.clientWidth + 1)
    || (overflowY === "hidden" && it.scrollHeight > it.clientHeight + 1);
}).map((it) => it.outerHTML.slice(0, 90))"""

NARROWEST = {"width": 320, "height": 640}
WIDE_CONTENT = [
    "sign-in-code-error",
    "table-booked",
    "table-as-table",
    "table-moving",
    "overview",
    "account-error",
    "teaching",
    "rounds",
    "round-check",
    "round-new-error",
    "round-new-of-two-branches",
    "round-settings",
    "round-conflicts",
    "round-conflicts-asked-again",
    "round-conflicts-of-teacher-and-room",
    "evening",
    "evening-left",
    "teacher-left",
    "evening-of-two-branches",
    "talks-list",
    "called-off",
    "teacher-absent",
    "alternatives",
    "teaching-check",
    "merging",
    "parting",
    "to-check-all-kinds",
    "to-check-settled",
    "imports",
    "import-run-accepted",
    "import-run-partial",
    "import-run-stopped",
]


@pytest.mark.parametrize("name", WIDE_CONTENT)
def test_nothing_is_cut_off_or_sideways_at_320_pixels_with_wide_spacing_or_double_text(
    stage, visit, name
):
    visitor, show = SCENES[name]
    page = visit(visitor, viewport=NARROWEST, bypass_csp=True)  # a reader's own style is no script
    show(stage, page)
    assert axe.overflow(page) == 0
    assert page.evaluate(_CUT) == []
    style = page.add_style_tag(content=_SPACING)
    assert axe.overflow(page) == 0
    assert page.evaluate(_CUT) == []
    style.evaluate("it => it.remove()")
    page.set_viewport_size({"width": 640, "height": 800})
    view.set_text_size(page, 200)
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert page.evaluate(size) == 32
    assert axe.overflow(page) == 0
    assert page.evaluate(_CUT) == []
    page.set_viewport_size(PHONE["viewport"])
    assert axe.overflow(page) == 0
    assert page.evaluate(_CUT) == []


@pytest.mark.parametrize("name", ["desk-beyond-maximum", "talks-in-the-way-error"])
def test_what_is_wrong_far_down_a_page_is_in_view(stage, visit, name):
    visitor, show = SCENES[name]
    page = visit(visitor, **PHONE)
    show(stage, page)
    error = page.locator(".error")
    view.until(
        lambda: error.bounding_box()["y"] < PHONE["viewport"]["height"], "the fault is below"
    )
    assert (
        page.locator(":focus")
        .get_attribute("aria-describedby")
        .startswith(error.get_attribute("id"))
    )


LOW_AND_LARGE = [
    (width, height, percent)
    for width, height in ((740, 360), (640, 400), (360, 740), (1280, 800))
    for percent in (100, 200)
]
"""A phone held sideways and upright, a low window, a desk; each with text at twice its size, too."""


_TO_THE_MIDDLE = """it => {
  const around = it.closest("#table") ?? it.closest(".save, .ticked, .picked").parentElement;
  const { top, height } = around.getBoundingClientRect();
  scrollBy(0, top + height / 2 - innerHeight / 2);
}"""


def _faults_of_the_bar(page, button) -> list[str]:
    """What is wrong with a bar in the windows of ``LOW_AND_LARGE``, in the middle of what it is for."""
    faults = []
    for width, height, percent in LOW_AND_LARGE:
        view.set_text_size(page, percent)
        page.set_viewport_size({"width": width, "height": height})
        button.evaluate(_TO_THE_MIDDLE)
        at = f"{width} x {height}, text at {percent} %"
        if not _is_whole_in_view(button):
            faults.append(f"{at}: the button is not in view")
        bar = button.evaluate("it => it.closest('.tray, .save, .ticked, .picked').offsetHeight")
        if bar > height * 0.62:
            faults.append(f"{at}: the bar leaves {height - bar} pixels")
        if wider := axe.overflow(page):
            faults.append(f"{at}: {wider} pixels wider than the window")
    return faults


def _is_whole_in_view(target) -> bool:
    return target.evaluate(
        """it => {
          const { left, right, top, bottom } = it.getBoundingClientRect();
          const front = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1
            && it.contains(front);
        }"""
    )


def test_the_button_is_in_view_after_a_tick_in_low_windows_and_with_large_text(stage, visit):
    page = visit("Alice", f"{stage.table('Noor')}?view=list", **DESKTOP)
    for shown in ("list", "table"):
        page.goto(f"{stage.table('Noor')}?view={shown}")
        box(stage, page, "Noor", "Vera", 0).check()
        box(stage, page, "Noor", "Bart", 4).check()
        assert _faults_of_the_bar(page, page.locator("#book")) == []
        view.set_text_size(page, 100)
        page.set_viewport_size(DESKTOP["viewport"])


@pytest.mark.access_full
@pytest.mark.parametrize(
    ("name", "tick", "button"),
    [
        ("table-booked", "", "#book"),  # with a message above it
        ("table-conflict", "", "#book"),
        ("teaching-check", "[name=slots]", ".ticked [value=block]"),
        ("round-new-error", "", ".save button"),
        ("round-conflicts", "", ".save [value=confirm]"),
        ("evening", "tbody [data-cell]", ".picked [value=block]"),
    ],
)
def test_every_bar_is_in_view_in_low_windows_and_with_large_text(stage, visit, name, tick, button):
    visitor, show = SCENES[name]
    page = visit(visitor, **DESKTOP)
    show(stage, page)
    if tick:
        page.locator(tick).first.click()
    assert _faults_of_the_bar(page, page.locator(button).first) == []


_HIDDEN_FOCUS = """() => {
  const it = document.activeElement.closest("label") ?? document.activeElement;
  const { left, right, top, bottom } = it.getBoundingClientRect();
  const points = [top + 2, (top + bottom) / 2, bottom - 2];
  const seen = points.some((y) => it.contains(document.elementFromPoint((left + right) / 2, y)));
  return seen ? "" : it.outerHTML.slice(0, 200);
}"""


@pytest.mark.parametrize("height", [640, 360])
def test_what_is_focused_is_never_under_the_tray_or_the_children(stage, visit, height):
    """WCAG 2.4.11, with a message standing in the tray and the phone in either direction."""
    visitor, show = SCENES["table-booked"]
    page = visit(visitor, viewport={"width": 1000 - height, "height": height})
    show(stage, page)
    boxes = page.locator("#table [name=cells]").locator("visible=true")
    boxes.first.focus()
    for _ in range(boxes.count() - 1):
        page.keyboard.press("Tab")
        assert not page.evaluate(_HIDDEN_FOCUS)


@pytest.mark.access_full
def test_what_the_arrows_reach_is_never_under_the_tray_or_the_heads(stage, visit):
    visitor, show = SCENES["table-booked"]
    page = visit(visitor, **DESKTOP)
    show(stage, page)
    page.locator(".times-table [tabindex='0']").focus()
    down, up = ["ArrowDown"] * 12, ["ArrowUp"] * 12
    for width, height, percent in LOW_AND_LARGE:
        view.set_text_size(page, percent)
        page.set_viewport_size({"width": width, "height": height})
        for key in ("Control+Home", *down, "ArrowRight", *up, "End", *down):
            page.keyboard.press(key)
            assert not page.evaluate(_HIDDEN_FOCUS), (width, height, percent, key)


def test_the_states_of_a_time_differ_in_the_readers_own_colours(stage, visit):
    """With forced colours only shapes and words are left: no two states look alike."""
    stage.book("Carol", "Kim", ("Vera", 1))
    stage.book("Alice", "Sem", ("Kader", 2))
    page = visit("Alice", f"{stage.table('Noor')}?view=table", forced_colors="active", **DESKTOP)
    free = box(stage, page, "Noor", "Vera", 5).locator("..")
    near = box(stage, page, "Noor", "Vera", 3).locator("..")
    page.mouse.move(0, 0)

    def picture(cell):
        return cell.evaluate(
            """it => [it, ...it.querySelectorAll("*")].map((part) => {
                 const style = getComputedStyle(part), mark = getComputedStyle(part, "::before");
                 return [style.borderStyle, style.borderWidth, style.borderColor, mark.content,
                   mark.borderColor, part.children.length ? "" : part.innerText.replace(/[\\d.:]+/, "")];
               }).join()"""
        )

    plain, tight = picture(free), picture(near)
    before = free.screenshot()
    box(stage, page, "Noor", "Vera", 5).evaluate("it => { it.click(); it.blur() }")
    chosen = picture(free)
    assert len({plain, tight, chosen}) == 3
    assert free.screenshot() != before
    box(stage, page, "Noor", "Vera", 5).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    ring = free.evaluate("it => getComputedStyle(it).outlineStyle")
    assert ring == "solid"
    words = page.locator("table.times-table td[data-state]").all_inner_texts()
    assert all(word.strip() for word in words)


def test_who_wants_no_motion_gets_none(stage, visit):
    page = visit("Alice", stage.table("Noor"), reduced_motion="reduce", **DESKTOP)
    moving = "document.getAnimations().filter((it) => it.playState === 'running').length"
    box(stage, page, "Noor", "Vera", 0).check()
    assert page.evaluate(moving) == 0
    page.route("**/rounds/**", lambda _route: None)  # an answer that never comes
    page.locator("#book").click()
    page.locator("form.htmx-request").wait_for()
    page.wait_for_timeout(400)
    assert page.evaluate(moving) == 0


def test_a_wait_is_shown_only_when_it_is_long(stage, visit):
    page = visit("Alice", stage.table("Noor"), **DESKTOP)
    box(stage, page, "Noor", "Vera", 0).check()
    page.route("**/rounds/**", lambda _route: None)
    bar = "getComputedStyle(document.getElementById('table'), '::before').opacity"
    page.locator("#book").click()
    page.locator("form.htmx-request").wait_for()
    view.until(lambda: float(page.evaluate(bar)) > 0.5, "nothing says that it takes long")


@pytest.mark.parametrize(
    ("name", "shown", "hidden", "sheets"),
    [
        ("overview", [".talk-time", ".remark", "h1"], [".actions", ".rounds", ".site-footer"], 1),
        (
            "teaching",
            ["table.plain", ".remark", ".teaching h2"],
            ["[data-print]", ".sections", "h1"],
            1,
        ),
        ("table-booked", ["h1", ".mine, td[data-state=mine]"], ["#book", ".views", ".person"], 1),
    ],
)
def test_on_paper_there_is_what_one_needs_and_nothing_to_tap(
    stage, visit, name, shown, hidden, sheets
):
    visitor, show = SCENES[name]
    page = visit(visitor, **DESKTOP)
    show(stage, page)
    page.emulate_media(media="print")
    for selector in shown:
        assert page.locator(selector).locator("visible=true").count(), selector
    for selector in hidden:
        assert not page.locator(selector).locator("visible=true").count(), selector
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= sheets
