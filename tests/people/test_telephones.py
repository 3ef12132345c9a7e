"""Telephone numbers of guardians: the office reads them, and nobody else."""

import pytest
from sqlalchemy import update

from app.core import links
from app.people.merging import merge_guardians
from app.school.models import Guardian, Person
from app.school.reading import Contact, contacts_of
from tests.small_school import NOW

NUMBER = "06-12 34 56 78"


@pytest.fixture
def known(db, school):
    """Alice has a number in the school's data; Adam, who shares the talks, has none."""
    alice = Guardian.person_id == school.people["Alice"]
    db.execute(update(Guardian).where(alice).values(phone=NUMBER))
    db.commit()


@pytest.fixture
def called_off(school, book_one, call_off):
    call_off(book_one("Alice", "Noor", "Vera", 0))
    return f"/office/rounds/{school.round_id}/unanswered"


@pytest.mark.parametrize("who", ["Anna", "Sofie"])
def test_the_office_reads_them_where_it_calls(act, school, known, called_off, who):
    client, round_ = act(who), f"/office/rounds/{school.round_id}"
    for page in (called_off, f"{round_}/silent", f"/office/students/{school.students['Noor']}"):
        text = client.get(page).text
        assert f'<a href="tel:0612345678">{NUMBER}</a>' in text, page
        assert text.count('href="tel:06') == text.count(NUMBER), page
    assert f"Alice Jansen {NUMBER}" in client.get(f"{round_}/silent.csv").text
    assert "A call helps." in client.get(called_off).text


def test_without_a_number_nothing_is_said_of_calling(act, called_off):
    text = act("Anna").get(called_off).text
    assert "Alice Jansen" in text
    assert "The family got a mail." in text
    assert "A call helps." not in text


@pytest.mark.parametrize("who", ["Alice", "Adam", "Bob", "Noor", "Vera"])
def test_nobody_else_reads_them(act, school, known, called_off, who):
    client = act(who)
    table = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    for page in ("/talks", "/talks/log", table, "/account", "/teaching", called_off):
        assert NUMBER not in client.get(page, follow_redirects=True).text


@pytest.mark.parametrize("with_number", ["Alice", "Carol"])
def test_who_is_listed_twice_is_called_at_the_number_of_either_row(db, school, with_number):
    alice, carol = (school.actors[name].guardian_id for name in ("Alice", "Carol"))
    its = Person.id.in_([school.people["Alice"], school.people["Carol"]])
    db.execute(update(Person).where(its).values(email_key="one@family.example"))
    its = Guardian.id == school.actors[with_number].guardian_id
    db.execute(update(Guardian).where(its).values(phone=NUMBER))
    db.commit()
    merge_guardians(school.actors["Anna"], alice, carol, reason="her passport", now=NOW)
    for child in ("Noor", "Kim"):
        contacts = contacts_of([school.students[child]])[school.students[child]]
        assert Contact("Alice Jansen", NUMBER) in contacts


def test_who_left_is_not_called(act, db, school, known, called_off):
    alice = Guardian.person_id == school.people["Alice"]
    db.execute(update(Guardian).where(alice).values(ended_on=NOW.date()))
    db.commit()
    text = act("Anna").get(called_off).text
    assert "Adam Jansen" in text
    assert NUMBER not in text


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        (NUMBER, "0612345678"),
        ("+31 (0)6 12", "+31612"),
        ("(0)30 12", "03012"),
        ("0031+6", "00316"),
        ("", ""),
    ],
)
def test_a_number_is_dialled_without_signs(phone, dialled):
    assert links.dialled(phone) == dialled
