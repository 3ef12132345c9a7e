"""One stage for all browser tests, and visitors to it."""

from urllib.parse import urlsplit

import pytest

from tests.e2e.stage import Stage
from tests.signing_in import cookie_of
from tests.sites import running_sites


@pytest.fixture(scope="session")
def site_stage(databases, tmp_path_factory):
    with running_sites(databases, tmp_path_factory.mktemp("e2e")) as start:
        # Calendars at Microsoft look set up; nobody is asked, as no worker runs.
        yield Stage(start(workers=1, ms_tenant_id="tenant", ms_client_id="client"))


@pytest.fixture
def stage(site_stage):
    yield site_stage
    site_stage.clear()


@pytest.fixture
def visit(stage, new_page):
    """Visit as somebody, or as a stranger: visit("Alice", "/talks", **PHONE); returns the page.

    Fails if a page requests anything from another host.
    """
    strangers, ours = [], stage.site.base_url

    def note(request):
        address = urlsplit(request.url)
        if address.scheme != "data" and f"{address.scheme}://{address.netloc}" != ours:
            strangers.append(request.url)

    def visit_(name=None, path=None, **options):
        page = new_page(base_url=ours, **options)
        page.context.on("request", note)
        if name:
            with stage.site.app.app_context():
                cookie = cookie_of(stage.site.app, stage.school.people[name])
            key, value = cookie.split("=", 1)
            page.context.add_cookies([{"name": key, "value": value, "url": ours}])
        if path:
            page.goto(path)
        return page

    yield visit_
    assert not strangers
