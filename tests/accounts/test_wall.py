import re

import pytest
from flask import Blueprint

from app.accounts import service
from app.accounts.session import begin, safe_path
from app.core import clock
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


@pages.post("/sign-in/<int:person_id>")
@public
def sign_in_as(person_id):
    """Sign in as the sign-in pages do."""
    here = service.Browser("", "")
    way = {"way": "link", "remember": False, "browser": here}
    return begin(service.open_session_of(person_id, **way, now=clock.now()))


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


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ("/pages/teachers?a=1", "/pages/teachers?a%3D1"),
        ("/rounds/7/children/3", "/rounds/7/children/3"),
        ("/talks/5/remark", "/talks/5/remark"),
        ("/talks/5/move", "/talks"),  # no page of its own, nor one for a talk
        ("/account/devices/9/end", "/account"),
        ("/office/rounds/7/evening?evening=2", "/office/rounds/7/evening?evening%3D2"),
        ("/office/rounds/week", "/office/rounds"),
    ],
)
def test_a_form_sent_too_late_leads_to_signing_in_and_back_to_the_form(client, sent, page):
    assert client.post(sent).location == f"/sign-in?next={page}"


def test_after_signing_in_the_page_says_once_that_what_was_sent_is_not_saved(client, school):
    client.get(client.post("/account/password").location)

    answer = client.post(f"/pages/sign-in/{school.people['Alice']}")

    assert answer.location == "/account"
    assert 'id="unsent"' in client.get("/account").text
    assert 'id="unsent"' not in client.get("/account").text


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [("Alice", "en", "You were signed out"), ("Noor", "nl", "Je was uitgelogd")],
)
def test_what_is_not_saved_is_said_in_the_words_of_who_signs_in(
    client, school, name, language, words
):
    person_id = school.people[name]
    service.choose_language(person_id, language)
    client.post("/account/password", headers={"Accept-Language": "nl"})

    client.post(f"/pages/sign-in/{person_id}", headers={"Accept-Language": "nl"})

    assert words in client.get("/account").text


@pytest.mark.parametrize("path", ["/sign-out", "/session?marker=session", "/account/devices/end"])
def test_nothing_is_lost_by_what_no_form_sent(client, school, path):
    client.get(client.post(path).location)

    client.post(f"/pages/sign-in/{school.people['Alice']}")

    assert 'id="unsent"' not in client.get("/account").text


def _key(client):
    return re.search(r'data-tab="(\w+) (\w+)"', client.get("/account").text).groups()


def test_the_key_of_a_tab_is_one_persons_and_in_each_session_another(client, school):
    sign_in(client, school.people["Alice"])
    person, before = _key(client)
    assert _key(client) == (person, before)

    sign_in(client, school.people["Alice"])
    again, now = _key(client)
    assert (again, now != before) == (person, True)

    sign_in(client, school.people["Carol"])
    assert _key(client)[0] != person


def test_who_is_not_signed_in_gets_no_key(client, school):
    assert "data-tab" not in client.get("/sign-in").text


def test_a_page_says_whether_it_answers_a_form_and_whether_that_failed(client, school):
    sign_in(client, school.people["Alice"])

    assert "data-sent" in client.post("/account/password", data={"password": "x"}).text
    for page in ("/account", "/talks"):
        assert not re.search("data-(sent|failed)", client.get(page).text)
    assert "data-failed" in client.post("/account/devices/999999/end").text


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
