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
