"""Somebody left the school with talks to come: the office finds them and deals with the talks."""

import pytest

from app.bookings.models import Booking
from app.people.search import Care, PersonKind, count_care, find, list_care
from app.people.student import load_family
from app.people.teacher import load_teacher
from tests.evenings.test_overview import counted
from tests.small_school import NOW

KINDS = {"Vera": PersonKind.TEACHERS, "Noor": PersonKind.STUDENTS}


@pytest.fixture
def pages(school):
    return {
        "Vera": f"/office/teachers/{school.teachers['Vera']}",
        "Noor": f"/office/students/{school.students['Noor']}",
    }


@pytest.fixture
def talk(book_one):
    return book_one("Alice", "Noor", "Vera", 0)


@pytest.mark.parametrize("name", KINDS)
def test_who_left_is_found_while_there_are_talks(act, school, talk, call_off, leave, at, name):
    def found(now=NOW):
        (group,) = find(name, by_mail=False, now=now, only=KINDS[name])
        return [(hit.name.split()[0], hit.left) for hit in group.hits]

    assert found() == [(name, False)]
    leave(name)
    assert found() == [(name, True)]
    assert "left, with talks to come" in act("Anna").get(f"/office/people?q={name}").text
    assert found(at(0)) == []  # it has begun
    call_off(talk)
    assert found() == []


def test_the_lists_of_those_who_need_attention_stay_of_those_who_are_here(talk, leave):
    before = count_care(NOW.date())
    leave("Noor")
    assert count_care(NOW.date()) == before
    groups = list_care(Care.WITHOUT_GUARDIAN, today=NOW.date())
    assert [group.total for group in groups] == [0]


def test_the_page_of_a_teacher_lists_what_families_expect(
    act, school, talk, book_one, leave, pages
):
    book_one("Carol", "Kim", "Vera", 2)
    assert load_teacher(school.teachers["Vera"], now=NOW).left == ()
    leave("Vera")
    leave("Kim")
    page = load_teacher(school.teachers["Vera"], now=NOW)
    assert [(it.talk.child.given_name, it.can_book, it.student_left) for it in page.left] == [
        ("Noor", True, False),
        ("Kim", False, True),
    ]
    assert [(line.talks, line.students, line.left) for line in page.rounds] == [(2, 0, 2)]
    client = act("Sofie")
    text = client.get(pages["Vera"]).text
    assert "no longer works at the school" in text
    assert "Call off 2 talks: Oudercontact 2" in " ".join(text.split())
    table = f"/office/students/{school.students['Noor']}/rounds/{school.round_id}"
    for link in (
        f"/office/talks/{talk}/cancel",
        f"{table}?household={school.households['Alice']}",
        f"/office/rounds/{school.round_id}/absent?teacher={school.teachers['Vera']}",
    ):
        assert f'href="{link}"' in text.replace("&amp;", "&")
        assert client.get(link).status_code == 200


def test_and_nothing_once_they_are_called_off(act, school, talk, call_off, leave, pages):
    leave("Vera")
    call_off(talk)
    assert "Talks to deal with" not in act("Anna").get(pages["Vera"]).text


def test_a_talk_with_a_teacher_who_left_is_cancelled_but_not_moved(act, school, talk, leave, pages):
    leave("Vera")
    (line,) = load_family(school.students["Noor"], now=NOW).talks
    assert (line.teacher_left, line.can_cancel, line.can_move) == (True, True, False)
    text = act("Anna").get(pages["Noor"]).text
    assert "the teacher left the school" in text
    assert f"move={talk}" not in text


@pytest.mark.parametrize("round_", ["round_id", "student_round_id"])
def test_the_page_of_a_student_who_left_lists_the_talks(
    act, db, school, talk, leave, pages, round_
):
    # A student who comes alone has no household that could be gone.
    booking = db.get(Booking, talk)
    if round_ == "student_round_id":
        booking.household_id = None
        db.commit()
    leave("Noor")
    (line,) = load_family(school.students["Noor"], now=NOW).talks
    assert (line.can_cancel, line.can_move) == (True, False)
    client = act("Anna")
    text = client.get(pages["Noor"]).text
    assert "mevr. De Vries" in text
    assert "Only you can reserve" not in text
    cancel = f"/office/talks/{talk}/cancel"
    assert f'href="{cancel}"' in text
    assert "nobody gets a mail" in client.get(cancel).text
    answer = client.post(cancel, data={"reason": "weg"}, follow_redirects=True)
    assert "The talk is cancelled.</" in answer.text
    db.expire_all()
    assert booking.cancelled_at is not None


def test_nobody_is_mailed_about_a_student_who_left(act, talk, leave, delivered):
    leave("Noor")
    act("Anna").post(f"/office/talks/{talk}/cancel", data={"reason": "weg"})
    assert delivered() == []


def test_families_of_a_teacher_who_left_are_mailed(act, school, talk, leave, delivered):
    leave("Vera")
    url = f"/office/rounds/{school.round_id}/absent?teacher={school.teachers['Vera']}"
    act("Anna").post(url, data={"agreed": [talk]})
    assert [mail.split(":")[0] for mail in delivered()][-2:] == ["adam", "alice"]


@pytest.mark.parametrize("name", KINDS)
def test_the_page_asks_as_often_for_more_talks(act, book_one, talk, call_off, leave, pages, name):
    more = [book_one("Carol", "Kim", "Vera", 2), book_one("Alice", "Noor", "Bart", 5)]
    leave(name)
    client = act("Anna")
    client.get(pages[name])
    with counted() as before:
        client.get(pages[name])
    call_off(*more)
    client.get(pages[name])
    with counted() as after:
        client.get(pages[name])
    assert len(after) == len(before)
