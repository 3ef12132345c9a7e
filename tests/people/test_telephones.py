"""Telephone numbers of guardians: the office reads them, and nobody else."""

import pytest
from sqlalchemy import update

from app.school.models import Guardian
from app.school.reading import Contact

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


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        (NUMBER, "0612345678"),
        ("+31 (0)6 12", "+310612"),
        ("0031+6", "00316"),
        ("", ""),
    ],
)
def test_a_number_is_dialled_without_signs(phone, dialled):
    assert Contact("Alice", phone).dialled == dialled
