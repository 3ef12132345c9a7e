"""What a phone has to load before it shows the table, counted by the browser."""

import pytest

from app.extensions import db
from tests.browser import received
from tests.e2e.stage import PHONE
from tests.rush.school import build

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

WITH_BROTLI = "gzip, deflate, br, zstd"  # as Chromium asks over https
WITH_GZIP = "gzip, deflate"  # as every browser asks over http, and some proxies


@pytest.fixture(scope="module")
def table(shared_site):
    """A site, the path of a table of twelve teachers where all is free, and a parent's cookie."""
    site = shared_site(workers=1)
    with site.app.app_context():
        school = build(1, signed_in=1)
        db.session.remove()
    (family,) = school.families
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    path = f"/rounds/{school.round_id}/children/{family.children[0]}"
    return site.base_url, path, serializer.dumps({"_user_id": family.token})


@pytest.fixture
def visit(new_page, table):
    """Open the table in a browser that knows these encodings.

    Returns the page, and how many bytes came for each path, headers included.
    """
    base_url, path, cookie = table

    def visit_(accept):
        page = new_page(base_url=base_url, extra_http_headers={"Accept-Encoding": accept}, **PHONE)
        page.context.add_cookies([{"name": "session", "value": cookie, "url": base_url}])
        sizes = received(page)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page, sizes

    return visit_


# Of this the table itself is 9.2 and 10.9 KiB.
@pytest.mark.parametrize(("accept", "most"), [(WITH_BROTLI, 35), (WITH_GZIP, 40)])
def test_a_first_visit_is_four_requests_and_few_bytes(visit, accept, most):
    page, sizes = visit(accept)
    told = f"{sum(sizes.values()) / 1024:.1f} KiB in {len(sizes)} requests: {sizes}"
    print(told)
    assert len(sizes) <= 4, told
    assert sum(sizes.values()) <= most * 1024, told
    assert page.locator("#table").is_visible()


def test_a_second_visit_loads_the_page_alone(visit, table):
    page, sizes = visit(WITH_BROTLI)
    assert len(sizes) == 4
    sizes.clear()
    page.goto(page.url)
    page.wait_for_load_state("networkidle")
    _base_url, path, _cookie = table
    assert [name for name, size in sizes.items() if size] == [path]
