"""Accessibility of every page: in every size, theme and language in turn, or in all of them."""

from itertools import product

import pytest

from tests.e2e import axe
from tests.e2e.scenes import SCENES

pytestmark = pytest.mark.only_on("sqlite")

WIDTHS = (320, 360, 768, 1280)
THEMES = ("light", "dark")
LANGUAGES = ("nl", "en")
LOOKS = tuple(product(WIDTHS, THEMES, LANGUAGES))
STEP = 5  # has no factor in common with the number of looks: all of them come, well mixed


@pytest.fixture
def inspect(stage, visit):
    """Show a scene in one look and return all that is wrong with it."""

    def inspect_(name, width, theme, language):
        visitor, show = SCENES[name]
        page = visit(
            visitor,
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
        )
        show(stage, page)
        assert page.locator("html").get_attribute("lang") == language
        faults = [*axe.findings(page)["violations"], *axe.small_targets(page)]
        if wider := axe.overflow(page):
            faults.append(f"{wider} pixels wider than the window")
        page.context.close()
        return faults

    return inspect_


@pytest.mark.e2e
@pytest.mark.parametrize(("number", "name"), tuple(enumerate(SCENES)))
def test_each_page_and_state_is_accessible(inspect, number, name):
    assert inspect(name, *LOOKS[number * STEP % len(LOOKS)]) == []


@pytest.mark.access_full
@pytest.mark.parametrize("name", SCENES)
def test_each_page_and_state_is_accessible_in_every_size_theme_and_language(stage, inspect, name):
    faults = {}
    for look in LOOKS:
        if found := inspect(name, *look):
            faults[look] = found
        stage.clear()
    assert faults == {}
