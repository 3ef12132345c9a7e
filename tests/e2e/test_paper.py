"""What comes out of the printer, and the pack that opens without network."""

import re

import pytest
from sqlalchemy import delete

from app.core import clock
from app.exports import packs
from app.exports.models import EveningPack
from app.extensions import db
from tests.e2e import axe
from tests.e2e.scenes import SCENES

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

_PAGE = re.compile(rb"/Type\s*/Page\b")


def sheets(page) -> int:
    """How many sheets of paper the page takes."""
    return len(_PAGE.findall(page.pdf(format="A4", prefer_css_page_size=True)))


@pytest.mark.parametrize(
    ("scene", "expected"),
    [("prints-doors", 2), ("prints-tables", 2), ("prints-families", 1), ("prints-evening", 2)],
)
def test_each_room_and_teacher_has_a_sheet_and_families_share_one(stage, visit, scene, expected):
    visitor, show = SCENES[scene]
    page = visit(visitor)
    show(stage, page)

    assert sheets(page) == expected


def test_a_full_evening_of_a_teacher_is_one_sheet(stage, visit):
    """Thirty talks, each with two parents and a remark; the other evening stays folded."""
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    stage.remark("Alice", talk, "Hoe gaat het met begrijpend lezen, en leest ze thuis genoeg?")
    page = visit("Vera", "/teaching")
    page.locator("[data-state=talk]").evaluate(
        "row => row.parentNode.replaceChildren(...Array(30).fill().map(() => row.cloneNode(true)))"
    )

    assert page.locator(".teaching tbody").first.locator("tr").count() == 30
    assert sheets(page) == 1


def test_only_the_lists_are_printed(stage, visit):
    visitor, show = SCENES["prints-doors"]
    page = visit(visitor)
    show(stage, page)
    page.emulate_media(media="print")

    for gone in (".site-header", ".filters", ".site-footer", "h1"):
        assert not page.locator(gone).first.is_visible()
    assert page.locator("tr.running").first.is_visible()


def test_the_print_button_prints(stage, visit):
    visitor, show = SCENES["prints-doors"]
    page = visit(visitor)
    show(stage, page)
    page.evaluate("window.print = () => { window.printed = true }")
    page.locator("[data-print]").click()

    assert page.evaluate("window.printed")


@pytest.fixture
def pack_on_disk(stage, tmp_path):
    stage.book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    stage.book("Bob", "Tim", ("Vera", 5))
    with stage.site.app.app_context():
        ids = stage.school.round_id, stage.school.evening_id
        packs.make_pack(*ids, now=clock.now())
        file = packs.take_pack(stage.school.actors["Anna"], *ids, now=clock.now())
        db.session.remove()
    path = tmp_path / "pack.html"
    path.write_bytes(file.content)
    yield path
    with stage.site.app.app_context():
        db.session.execute(delete(EveningPack))
        db.session.commit()
        db.session.remove()


def test_the_pack_opens_from_a_disk_and_asks_nobody(pack_on_disk, new_page):
    page = new_page(bypass_csp=False)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pack_on_disk.as_uri())

    assert asked == [pack_on_disk.as_uri()]
    assert (
        page.locator(".leaf").first.evaluate("it => getComputedStyle(it).borderTopWidth") == "1px"
    )
    page.locator("nav a").last.click()
    assert page.locator("#evening h2").is_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pack_is_accessible(pack_on_disk, new_page, width):
    page = new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.goto(pack_on_disk.as_uri())

    assert axe.findings(page)["violations"] == []
    assert axe.small_targets(page) == []
    assert axe.overflow(page) == 0
