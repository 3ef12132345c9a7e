import pytest
from flask import Blueprint

from app.accounts.session import safe_path
from app.core.access import Role, current_actor, public, requires
from app.extensions import db
from tests.signing_in import sign_in
from tests.sites import make_app
from tests.small_school import NOW, small_school
from tests.statements import noted

pages = Blueprint("pages", __name__, url_prefix="/pages")


@pages.route("/unmarked", methods=["GET", "POST"])
def unmarked():
    return "unmarked"


@pages.route("/open")
@public
def opened():
    return "open"


@pages.route("/teachers", methods=["GET", "POST"])
@requires(Role.TEACHER)
def teachers():
    return f"hello {current_actor().name}"


@pytest.fixture(scope="module")
def app(databases):
    """The site with three pages more; the shared one cannot get new pages."""
    app = make_app(databases.migrated())
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.register_blueprint(pages)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def school(db):
    return small_school(db)


def test_a_view_without_a_mark_is_there_for_nobody(client, school):
    assert client.get("/pages/unmarked").status_code == 404
    sign_in(client, school.people["Anna"])
    assert client.get("/pages/unmarked").status_code == 404
    assert client.post("/pages/unmarked").status_code == 404


def test_a_public_view_is_open(client, school):
    assert client.get("/pages/open").text == "open"


def test_a_visitor_is_led_to_the_sign_in_page_and_back(client, school):
    answer = client.get("/pages/teachers?a=1&b=2")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/pages/teachers?a%3D1%26b%3D2"
    assert client.post("/pages/teachers").location == "/sign-in"


def test_htmx_is_told_to_open_the_sign_in_page_whole(client, school):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/rounds/7?view=table"}

    answer = client.get("/pages/teachers", headers=headers)

    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/rounds/7?view%3Dtable"


def test_an_open_page_that_is_no_address_is_no_fault(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}

    answer = client.get("/pages/teachers", headers=headers)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_to_the_wrong_role_the_page_does_not_exist(client, school):
    sign_in(client, school.people["Alice"])
    assert client.get("/pages/teachers").status_code == 404

    sign_in(client, school.people["Bart"])
    assert client.get("/pages/teachers").text == "hello Bart Bakker"


def test_outside_a_marked_view_there_is_no_current_actor(app):
    with app.test_request_context("/pages/open"), pytest.raises(LookupError):
        current_actor()


def test_files_are_open_without_a_question_to_the_database(client, school):
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "x"

    with noted() as seen, client.get("/static/css/base.css") as answer:
        assert answer.status_code == 200
    assert not seen
    with noted() as seen:
        client.get("/sign-in")
    assert seen


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "talks",
        "",
        None,
        "/",
    ],
)
def test_the_way_back_leads_to_a_path_of_this_site_only(path):
    assert safe_path(path) is None


def test_the_way_back_may_have_a_query():
    assert safe_path("/rounds/7?view=table") == "/rounds/7?view=table"


def test_another_site_cannot_be_wished_for(client, school):
    client.get("/sign-in?next=https://evil.example/")

    with client.session_transaction() as cookie:
        assert "next" not in cookie
    assert client.post("/language", data={"next": "//evil.example"}).location == "/"


def test_the_language_is_kept_through_signing_in_and_out(client, school):
    answer = client.post("/language", data={"language": "en", "next": "/sign-in?x=1"})
    assert answer.location == "/sign-in?x=1"
    assert "Send me a mail to sign in" in client.get("/sign-in").text
    assert client.post("/language", data={"language": "xx"}).status_code == 303

    sign_in(client, school.people["Alice"], now=NOW)
    client.post("/sign-out")

    assert '<html lang="en"' in client.get("/sign-in").text
