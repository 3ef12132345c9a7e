"""Accessibility of every page: in every size, theme and language in turn, or in all of them."""

import re
from itertools import product

import pytest

from app.handlers import HANDLERS
from app.mail.box import load_letters
from app.outbox.worker import deliver_due
from tests.e2e import axe
from tests.e2e.scenes import SCENES
from tests.e2e.view import follow, set_text_size
from tests.small_school import open_school

pytestmark = pytest.mark.only_on("sqlite")

WIDTHS = (320, 360, 768, 1280)
THEMES = ("light", "dark")
LANGUAGES = ("nl", "en")
LOOKS = tuple(product(WIDTHS, THEMES, LANGUAGES))
# Text in percent of its size, and windows into which a page then fits without scrolling sideways.
TEXTS = (
    *((200, 360, 740), (100, 740, 360), (200, 740, 360)),
    *((200, 320, 640), (200, 640, 400), (200, 1280, 800)),
)
STEP = 5  # has no factor in common with the number of looks: all of them come, well mixed


@pytest.fixture
def inspect(stage, visit):
    """Show a scene in one language; yield each look, then each size of text, and all that is wrong."""

    def inspect_(name, language, looks, texts):
        visitor, show = SCENES[name]
        (width, theme), *_ = looks
        page = visit(
            visitor,
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            reduced_motion="reduce",  # a theme is measured, not the way to it
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
        )
        axe.carry(page)
        show(stage, page)
        assert page.locator("html").get_attribute("lang") == language
        for width, theme in looks:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=theme)
            faults = [*axe.findings(page)["violations"], *axe.small_targets(page)]
            if wider := axe.overflow(page):
                faults.append(f"{wider} pixels wider than the window")
            yield (width, theme), faults
        for percent, width, height in texts:
            set_text_size(page, percent)
            page.set_viewport_size({"width": width, "height": height})
            wider = axe.overflow(page)
            yield (percent, width, height), [f"{wider} pixels wider than the window"] * bool(wider)
        page.context.close()

    return inspect_


@pytest.mark.e2e
@pytest.mark.parametrize(("number", "name"), tuple(enumerate(SCENES)))
def test_each_page_and_state_is_accessible(inspect, number, name):
    *look, language = LOOKS[number * STEP % len(LOOKS)]
    found = inspect(name, language, [tuple(look)], TEXTS[:1])
    assert {look: faults for look, faults in found if faults} == {}


@pytest.mark.e2e
def test_the_demo_and_the_page_behind_a_mailed_link_are_accessible(live_site, new_page):
    site = live_site(workers=1, demo=True)
    open_school(site)
    page = new_page(base_url=site.base_url, viewport={"width": 360, "height": 800})

    def look():
        assert axe.findings(page)["violations"] == []
        assert axe.small_targets(page) == []
        assert axe.overflow(page) == 0

    page.goto("/sign-in")
    assert page.locator("#demo-title").is_visible()
    look()
    page.locator("[type=email]").fill("alice@family.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    with site.app.app_context():
        deliver_due(HANDLERS)
        mail = load_letters()[0].text
    page.goto("/demo/mailbox")
    look()
    follow(page.locator("main a").first)
    look()
    page.goto(re.search(r"\S+/sign-in/link/\S+", mail)[0])
    look()


@pytest.mark.access_full
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
def test_each_page_and_state_is_accessible_in_every_size_and_theme(inspect, name, language):
    found = inspect(name, language, tuple(product(WIDTHS, THEMES)), TEXTS)
    assert {look: faults for look, faults in found if faults} == {}


_CONTRAST = """pairs => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return pairs.map(([one, other, least]) => {
    const [bright, dark] = [light(one), light(other)].sort((a, b) => b - a);
    return [one, other, least, (bright + 0.05) / (dark + 0.05)];
  });
}"""

_ON_GROUNDS = {  # what axe cannot measure: pseudo-elements, pictures, what lies over another thing
    4.5: {
        "ink": ("paper", "surface", "accent-tint", "amber-tint", "loss-tint"),
        "muted": ("paper", "surface", "accent-tint"),
        "accent": ("paper", "surface", "accent-tint"),
        "accent-ink": ("accent",),
        "amber-ink": ("surface", "amber-tint", "accent-tint"),
        "loss": ("paper", "surface", "loss-tint", "accent-tint"),
        "dot-ink": tuple(f"hue-{number}" for number in range(6)),
    },
    3: {
        "accent-line": ("paper", "surface"),
        "edge": ("paper", "surface"),
        "amber": ("paper", "surface"),
        **{f"hue-{number}": ("paper", "surface", "amber-tint") for number in range(6)},
    },
}


@pytest.mark.e2e
@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_can_be_told_from_what_is_under_them(visit, theme):
    page = visit(None, "/sign-in", color_scheme=theme)
    pairs = [
        (one, ground, least)
        for least, colours in _ON_GROUNDS.items()
        for one, grounds in colours.items()
        for ground in grounds
    ]
    measured = page.evaluate(_CONTRAST, pairs)
    assert [pair for pair in measured if pair[3] < pair[2]] == []
    assert len({round(pair[3], 2) for pair in measured}) > 20  # they were really read
