"""An evening of a large school fits the office's screen."""

import pytest

from app.accounts.models import Account
from app.extensions import db
from app.school.models import Person
from tests.e2e import axe
from tests.e2e.stage import DESKTOP
from tests.rush.school import build
from tests.signing_in import cookie_of

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

_INNER = """() => [...document.querySelectorAll("main *")]
  .filter((element) => element.scrollWidth > element.clientWidth
    && ["auto", "scroll"].includes(getComputedStyle(element).overflowX))
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture
def page(live_site, new_page):
    site = live_site(workers=1)
    with site.app.app_context():
        round_id = build(6).round_id
        names = {"given_name": "Ingrid", "family_name": "Mulder"}
        person = Person(**names, sort_key="mulder", search_key="mulder")
        db.session.add(person)
        db.session.flush()
        person_id = person.id
        db.session.add(Account(person_id=person_id, administrator=True))
        db.session.commit()
        key, _, value = cookie_of(site.app, person_id).partition("=")
        db.session.remove()
    page = new_page(base_url=site.base_url, **DESKTOP)
    page.context.add_cookies([{"name": key, "value": value, "url": site.base_url}])
    page.goto(f"/office/rounds/{round_id}/evening")
    return page


def test_sixty_teachers_and_thirty_times_are_seen_without_scrolling_sideways(page):
    assert page.locator("[data-cell]").count() >= 60 * 30
    assert axe.overflow(page) == 0
    assert page.evaluate(_INNER) == []
