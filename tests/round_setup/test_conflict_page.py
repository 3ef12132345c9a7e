"""The question before a change: shown first, and nothing lost on the way."""

import re

import pytest

from app.bookings import moving, service
from app.bookings.rules import Choice
from app.rounds.loading import load_spec
from tests.rescheduling.changed import at, talk
from tests.small_school import NOW


def chosen(page):
    """What is ticked for each talk."""
    found = re.findall(r'name="resolution-(\d+)-\d+"\s+value="(\w+)[^"]*"\s+checked', page.text)
    return {int(booking_id): resolution for booking_id, resolution in found}


def sent(page):
    """Everything that the question sends: what it carries along, and what is ticked."""
    inputs = re.findall(
        r'<input type="(\w+)"\s+name="([^"]+)"\s+value="([^"]*)"\s*(checked)?', page.text
    )
    return [(name, value) for kind, name, value, checked in inputs if checked or kind == "hidden"]


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
        url, data=dict(sent(page)) | {f"resolution-{booking_id}-0": "move", "do": "confirm"}
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
        page = office.post(url, data=dict(sent(page)) | {"do": button})
        assert chosen(page) == {first: resolution, second: resolution}
    assert talk(db, first).starts_at == at(0)


def test_the_question_is_shown_again_with_what_was_chosen(office, book, settings_of, school, url):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    page = office.post(url, data=settings_of(school.round_id, evenings__0__first_start="19:00"))

    again = {f"resolution-{booking_id}-0": "cancel", "do": "review"}
    page = office.post(url, data=dict(sent(page)) | again)

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
    page = office.post(url, data=dict(sent(page)) | {"do": "edit"})
    assert 'value="Later"' in page.text
    assert 'value="19:00"' in page.text


@pytest.fixture
def asked(office, book, settings_of, school, url):
    """The question about Noor's talk at 18.30, which would move to 19.00."""
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    page = office.post(url, data=settings_of(school.round_id, evenings__0__first_start="19:00"))
    assert chosen(page) == {booking_id: "move"}
    return page, booking_id


def test_what_was_answered_holds_and_only_what_is_new_is_asked(
    db, office, book, url, school, asked
):
    page, first = asked
    (second,) = book("Carol", "Kim", ("Vera", 1))
    answers = dict(sent(page)) | {f"resolution-{first}-0": "cancel", "rest": "", "do": "confirm"}
    page = office.post(url, data=answers)
    assert page.status_code == 409
    for words in ("Meanwhile something changed", "Only 1 talk is", "1 talk for which you have"):
        assert words in page.text
    folded = page.text[page.text.index("<details>") :]
    assert "Kim" not in folded
    assert "Noor" in folded
    assert chosen(page) == {first: "cancel", second: "move"}
    assert ("rest", "") in sent(page)
    assert load_spec(school.round_id).evenings[0].first_start == "18:30"

    assert office.post(url, data=dict(sent(page)) | {"do": "confirm"}).status_code == 303
    assert talk(db, first).called_off == "changed"
    assert talk(db, second).starts_at == at(30)


@pytest.mark.parametrize(
    ("rest", "starts_at", "called_off", "words"),
    [
        ("move", at(40), "", "2 move."),
        ("move-or-cancel", at(40), "", "2 move."),
        ("keep", at(10), "", "1 moves, 1 stays as promised."),
        ("cancel", at(10), "changed", "1 moves, 1 is called off."),
    ],
)
def test_what_is_reserved_meanwhile_can_be_answered_beforehand(
    db, office, book, url, asked, rest, starts_at, called_off, words
):
    page, first = asked
    (second,) = book("Carol", "Kim", ("Vera", 1))
    answer = office.post(url, data=dict(sent(page)) | {"rest": rest, "do": "confirm"})
    assert answer.status_code == 303
    assert (talk(db, second).starts_at, talk(db, second).called_off) == (starts_at, called_off)
    assert talk(db, first).starts_at == at(30)
    assert words in office.get(answer.location).text


def test_a_talk_whose_new_time_is_taken_is_asked_about_again_unless_another_will_do(
    db, office, book, url, asked
):
    page, first = asked
    book("Carol", "Kim", ("Vera", 3))
    for rest in ("", "keep", "cancel"):
        again = office.post(url, data=dict(sent(page)) | {"rest": rest, "do": "confirm"})
        assert again.status_code == 409
        assert "move to Tue 9 February, 19:10" in again.text
    assert talk(db, first).starts_at == at(0)
    assert office.post(url, data=dict(sent(page)) | {"do": "confirm"}).status_code == 303
    assert talk(db, first).starts_at == at(40)


def test_a_talk_that_is_cancelled_meanwhile_needs_no_answer(db, office, url, school, asked):
    page, booking_id = asked
    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    sends = dict(sent(page)) | {f"resolution-{booking_id}-0": "cancel", "rest": "", "do": "confirm"}
    assert office.post(url, data=sends).status_code == 303
    assert talk(db, booking_id).called_off == ""


def test_an_answer_is_about_the_talk_as_it_was_shown(db, office, book, url, school, asked):
    """The family moves it meanwhile, to another time that the round will not have."""
    page, booking_id = asked
    choice = Choice(*school.choice("Noor", "Vera", 1))
    moving.move(school.actors["Alice"], booking_id, choice, submission="moved-meanwhile", now=NOW)
    sends = dict(sent(page)) | {f"resolution-{booking_id}-0": "cancel", "rest": "", "do": "confirm"}
    again = office.post(url, data=sends)
    assert (again.status_code, chosen(again)) == (409, {booking_id: "move"})
    assert "What you chose for the others" not in again.text
    assert talk(db, booking_id).cancelled_at is None


@pytest.mark.parametrize(
    "value", ["", "burn", "move 2027", "move 2027-02-09T18:00", "move x", "keep\0", "rest"]
)
def test_an_unreadable_answer_is_none(db, office, url, school, asked, value):
    page, booking_id = asked
    sends = {f"resolution-{booking_id}-0": value, "rest": "burn", "do": "confirm"}
    again = office.post(url, data=dict(sent(page)) | sends)
    assert (again.status_code, chosen(again)) == (409, {booking_id: "move"})
    assert talk(db, booking_id).starts_at == at(0)


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
    page = office.post(url, data=dict(sent(page)) | {"do": "keep-all"})
    assert chosen(page) == {first: "keep", second: "keep"}
    page = office.post(url, data=dict(sent(page)) | {"do": "switch-all"})
    assert chosen(page) == {first: "switch", second: "switch"}
    each = {f"resolution-{first}-0": "keep", f"resolution-{second}-0": "switch", "do": "confirm"}
    answer = office.post(url, data=dict(sent(page)) | each)
    assert answer.status_code == 303
    assert load_spec(school.round_id).modalities == ("teams",)
    assert [talk(db, id_).modality for id_ in (first, second)] == ["site", "teams"]


def test_what_families_may_choose_too_travels_along(office, book, settings_of, school, url):
    book("Alice", "Noor", ("Vera", 0))
    first = settings_of(school.round_id, modality="teams") | {"also": ["meet", "phone"]}
    page = office.post(url, data=first)
    also = [value for name, value in sent(page) if name == "also"]
    assert also == ["meet", "phone"]
    confirmed = dict(sent(page)) | {"also": also, "do": "confirm"}
    assert office.post(url, data=confirmed).status_code == 303
    assert load_spec(school.round_id).modalities == ("teams", "meet", "phone")


def test_the_form_warns_of_links_that_are_always_the_same(office, url):
    page = office.get(url).text
    assert "the next family can walk in. It needs a waiting room" in page
    assert office.post(url, data={"modality": "nowhere", "also": "x"}).status_code == 422
