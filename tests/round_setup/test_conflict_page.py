"""The question before a change: shown first, and nothing lost on the way."""

import re

import pytest

from app.rounds.loading import load_spec
from tests.rescheduling.changed import at, talk


def chosen(page):
    """What is ticked for each talk."""
    found = re.findall(r'name="resolution-(\d+)"\s+value="(\w+)"\s+checked', page.text)
    return {int(booking_id): resolution for booking_id, resolution in found}


def hidden(page):
    """Everything that the question sends along."""
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)


@pytest.fixture
def url(school):
    return f"/office/rounds/{school.round_id}/settings"


def test_the_office_is_asked_before_anything_changes(db, office, book, settings_of, school, url):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    before = load_spec(school.round_id)
    page = office.post(
        url, data=settings_of(school.round_id, name="Later", evenings__0__first_start="19:00")
    )
    assert page.status_code == 200
    for words in ("This change touches 1 talk", "Noor Jansen", "mevr. De Vries", "19:00"):
        assert words in page.text
    assert chosen(page) == {booking_id: "move"}
    assert load_spec(school.round_id) == before

    answer = office.post(
        url, data=dict(hidden(page)) | {f"resolution-{booking_id}": "move", "do": "confirm"}
    )
    assert (answer.status_code, answer.location) == (303, f"/office/rounds/{school.round_id}")
    assert load_spec(school.round_id).name == "Later"
    assert talk(db, booking_id).starts_at == at(30)


def test_one_button_chooses_for_all_and_changes_nothing(db, office, book, settings_of, school, url):
    first, second = book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    page = office.post(url, data=settings_of(school.round_id, evenings__0__first_start="19:00"))
    for button, resolution in (
        ("keep-all", "keep"),
        ("cancel-all", "cancel"),
        ("move-all", "move"),
    ):
        page = office.post(url, data=dict(hidden(page)) | {"do": button})
        assert chosen(page) == {first: resolution, second: resolution}
    assert talk(db, first).starts_at == at(0)


def test_the_question_is_shown_again_with_what_was_chosen(office, book, settings_of, school, url):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    page = office.post(url, data=settings_of(school.round_id, evenings__0__first_start="19:00"))

    again = {f"resolution-{booking_id}": "cancel", "do": "review"}
    page = office.post(url, data=dict(hidden(page)) | again)

    assert chosen(page) == {booking_id: "cancel"}


@pytest.mark.parametrize("button", ["review", "cancel-all"])
def test_what_only_shows_the_question_saves_nothing_if_no_talk_is_touched_any_more(
    office, settings_of, school, url, button
):
    before = load_spec(school.round_id)

    page = office.post(url, data=settings_of(school.round_id, name="Later", do=button))

    assert page.status_code == 200
    assert load_spec(school.round_id) == before


def test_back_to_the_form_loses_nothing(office, book, settings_of, school, url):
    book("Alice", "Noor", ("Vera", 0))
    page = office.post(
        url, data=settings_of(school.round_id, name="Later", evenings__0__first_start="19:00")
    )
    page = office.post(url, data=dict(hidden(page)) | {"do": "edit"})
    assert 'value="Later"' in page.text
    assert 'value="19:00"' in page.text


def test_who_confirms_what_has_changed_is_asked_again(office, book, settings_of, school, url):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    page = office.post(url, data=settings_of(school.round_id, evenings__0__first_start="19:00"))
    book("Carol", "Kim", ("Vera", 3))
    page = office.post(
        url, data=dict(hidden(page)) | {f"resolution-{booking_id}": "cancel", "do": "confirm"}
    )
    assert page.status_code == 409
    assert "Meanwhile something changed" in page.text
    assert chosen(page) == {booking_id: "cancel"}


def test_the_question_asks_as_many_statements_for_many_talks_as_for_few(
    office, book, settings_of, school, url, statements
):
    book("Alice", "Noor", ("Vera", 0))
    sent = settings_of(school.round_id, evenings__0__first_start="19:30")
    office.post(url, data=sent)
    few = statements(lambda: office.post(url, data=sent))
    book("Carol", "Kim", ("Vera", 1), ("Bart", 2))
    book("Bart", "Lot", ("Kader", 3))
    office.post(url, data=sent)
    assert statements(lambda: office.post(url, data=sent)) == few


def test_a_round_that_goes_online_asks_what_becomes_of_each_talk(
    db, office, book, settings_of, school, url
):
    first, second = book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    page = office.post(url, data=settings_of(school.round_id, modality="teams"))
    for words in (
        "This change touches 2 talks",
        "the round does not offer this any more: at school",
        "change too: online (Teams), at the same time",
        "change all that can",
    ):
        assert words in page.text
    assert chosen(page) == {first: "switch", second: "switch"}
    page = office.post(url, data=dict(hidden(page)) | {"do": "keep-all"})
    assert chosen(page) == {first: "keep", second: "keep"}
    page = office.post(url, data=dict(hidden(page)) | {"do": "switch-all"})
    assert chosen(page) == {first: "switch", second: "switch"}
    each = {f"resolution-{first}": "keep", f"resolution-{second}": "switch", "do": "confirm"}
    answer = office.post(url, data=dict(hidden(page)) | each)
    assert answer.status_code == 303
    assert load_spec(school.round_id).modalities == ("teams",)
    assert [talk(db, id_).modality for id_ in (first, second)] == ["site", "teams"]


def test_what_families_may_choose_too_travels_along(office, book, settings_of, school, url):
    book("Alice", "Noor", ("Vera", 0))
    sent = settings_of(school.round_id, modality="teams") | {"also": ["meet", "phone"]}
    page = office.post(url, data=sent)
    also = [value for name, value in hidden(page) if name == "also"]
    assert also == ["meet", "phone"]
    confirmed = dict(hidden(page)) | {"also": also, "do": "confirm"}
    assert office.post(url, data=confirmed).status_code == 303
    assert load_spec(school.round_id).modalities == ("teams", "meet", "phone")


def test_the_form_warns_of_links_that_are_always_the_same(office, url):
    page = office.get(url).text
    assert "the next family can walk in. It needs a waiting room" in page
    assert office.post(url, data={"modality": "nowhere", "also": "x"}).status_code == 422
