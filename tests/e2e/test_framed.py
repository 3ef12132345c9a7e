"""A teacher's own list opens within a site that the school names, and within no other."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import update

from app.accounts import feeds
from app.accounts.models import FeedKind
from app.core import clock
from app.extensions import db
from app.settings.models import School

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]


@pytest.fixture
def board(stage):
    """The address of Bart's list, with a talk in it."""
    stage.book("Carol", "Kim", ("Bart", 1))
    actor = stage.school.actors["Bart"]
    with stage.site.app.app_context():
        feeds.make_address(actor, FeedKind.BOARD, now=clock.now())
        return f"{stage.site.base_url}/board/{feeds.secret_of(actor, FeedKind.BOARD)}"


@pytest.fixture
def portal(board):
    """Another site, with the list in a frame; return its origin."""

    class _Portal(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<!DOCTYPE html><iframe src="{board}"></iframe>'.encode())

        def log_message(self, *_message):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), _Portal) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def name_site(stage):
    def name_site_(*origins):
        with stage.site.app.app_context():
            db.session.execute(update(School).values(frame_origins=" ".join(origins)))
            db.session.commit()
            db.session.remove()

    yield name_site_
    name_site_()


def test_only_a_site_that_the_school_names_shows_it(new_page, portal, name_site):
    page = new_page().context.new_page()  # whose complaints are not a fault
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(portal)
    assert page.frames[1].locator("table").count() == 0
    assert any("frame-ancestors" in text for text in refused)

    name_site(portal)
    page.goto(portal)
    frame = page.frame_locator("iframe")
    frame.locator("table").wait_for()
    assert "K.Ö." in frame.locator("table").inner_text()
    with page.expect_popup() as popup:
        frame.locator("a").click()
    popup.value.wait_for_load_state()
    assert "/sign-in" in popup.value.url
    assert popup.value.evaluate("window.opener") is None
    assert page.url == f"{portal}/"
