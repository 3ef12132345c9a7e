"""The language that somebody chooses, on the site and in mails."""

import re

import pytest

from app.accounts import queries, service
from app.school.models import Person
from app.school.reading import load_reader
from tests.signing_in import sign_in


@pytest.fixture
def own(db, school):
    """The language that somebody chose, and the one of their mails: own("Alice")."""

    def read(name):
        db.expire_all()
        person_id = school.people[name]
        return db.get(Person, person_id).own_language, load_reader(person_id).language

    return read


def choose(client, code, back="/account"):
    return client.post("/language", data={"language": code, "next": back})


def test_is_kept_for_who_is_signed_in_and_used_in_the_mails(client, school, own):
    sign_in(client, school.people["Alice"])
    assert choose(client, "en", "/account?a=b").location == "/account?a=b"
    assert own("Alice") == ("en", "en")
    assert own("Adam") == ("", "nl")
    page = client.get("/account").text
    assert '<html lang="en"' in page
    assert re.search(r'value="en"\s+lang="en"\s+aria-current="true"', page)
    choose(client, "xx")
    assert own("Alice") == ("en", "en")


def test_chosen_before_signing_in_is_kept_for_who_signs_in(client, own, fetch):
    choose(client, "en")
    client.post(fetch().link)
    assert own("Alice") == ("en", "en")


def test_of_who_used_the_browser_before_is_not_the_next_ones(client, school, own, fetch):
    sign_in(client, school.people["Carol"])
    choose(client, "en")
    client.post("/sign-out")
    client.post(fetch().link)
    assert own("Alice") == ("", "nl")


def test_comes_along_to_another_browser(client, school, fetch):
    service.choose_language(school.people["Alice"], "en")
    client.post(fetch().link)
    assert '<html lang="en"' in client.get("/account").text


def test_stays_when_the_school_says_another(db, school, own):
    service.choose_language(school.people["Alice"], "en")
    db.get(Person, school.people["Alice"]).language = "nl"
    db.commit()
    assert own("Alice") == ("en", "en")


def test_is_that_of_mails_to_set_a_password(school, own):
    service.choose_language(school.people["Vera"], "en")
    account = service.account_of(school.people["Vera"])
    assert queries.load_addressee(account).language == "en"


@pytest.mark.parametrize("path", ["/sign-in?next=/talks", "/sign-in/password", "/sign-in/code"])
def test_stands_at_the_top_of_each_page_and_comes_back_to_it(client, path):
    page = client.get(path).text
    top = page.split("</header>")[0]
    assert 'class="languages"' in top
    assert f'value="{path}"' in top
    assert page.count('class="languages"') == 1


def test_comes_back_to_a_form_that_was_refused(client):
    page = client.post("/sign-in", data={"email": "nonsense"}).text
    assert re.search(r'name="next"\s+value="/sign-in"', page)
