"""What a visitor sees of a page, and taps that must show."""

import time

# Own text and state of what is really in view: not covered, not scrolled away, not hidden.
_IN_VIEW = """() => {
  const seen = [];
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    if (right - left < 4 || bottom - top < 4) continue;
    const front = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (!front || !(front.contains(element) || element.contains(front))) continue;
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3);
    const text = texts.map((node) => node.data.trim()).join("");
    const state = [element.checked, element.getAttribute("aria-current"), element.open];
    if (text || state.some(Boolean)) seen.push([text, ...state.map(String)].join(" "));
  }
  return seen;
}"""


def in_view(page) -> list[str]:
    """Return the texts and states inside the window, in the order of the page."""
    return page.evaluate(_IN_VIEW)


def tap(page, target) -> None:
    """Tap where the target stands; fails unless something in view changes, and the view stays."""
    target.evaluate("element => element.scrollIntoView({ block: 'center' })")
    before = in_view(page)
    target.tap()
    until(lambda: in_view(page) != before, f"nothing in view changed by tapping {target}")


def until(happens, otherwise: str) -> None:
    """Wait at most ten seconds. (Playwright's own wait_for_function needs eval: the CSP forbids it.)"""
    deadline = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def set_text_size(page, percent: int) -> None:
    """Make text as large as a reader can in the settings of a browser, without zooming."""
    sizes = {"standard": 16 * percent // 100}
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": sizes})


def follow(target) -> None:
    """Click what leads to another page, and wait until that page stands.

    A click of Playwright's own returns while the other page is on its way.
    """
    with target.page.expect_navigation():
        target.click()


def settled(page) -> None:
    """Wait until no request of the table is on its way and what came is in the page."""
    busy = page.locator(".htmx-request, .htmx-swapping")
    until(lambda: not busy.count(), "the table did not come to rest")


def announcement(page) -> str:
    """Return what the status region says, once it says something."""
    status = page.locator("#status")
    until(lambda: status.inner_text().strip(), "nothing was said")
    return status.inner_text()


def focus(page) -> str:
    """Return the id of the focused element, else its tag."""
    return page.evaluate("document.activeElement.id || document.activeElement.tagName")


def loads(page) -> list[str]:
    """Return a list to which every whole page adds its address from now on."""
    addresses = []

    def note(request):
        if request.is_navigation_request() and request.frame == page.main_frame:
            addresses.append(request.url)

    page.on("request", note)
    return addresses
