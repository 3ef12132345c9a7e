"""What a family is led to first on the page with its talks."""

import re

import pytest
import time_machine
from sqlalchemy import update

from app.bookings.calling_off import service as calling_off
from app.rounds.models import Round
from tests.signing_in import sign_in
from tests.small_school import NOW


@pytest.fixture(autouse=True)
def _evening_of_booking():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(client, school):
    """Return the words of the buttons of the page that are filled, not quiet."""

    def filled_(who="Alice"):
        sign_in(client, school.people[who], now=NOW)
        page = client.get("/talks").text
        main = page.partition("<main")[2].partition("</main>")[0]
        buttons = re.findall(
            r'<(?:a|button) class="button"(.*?)>(.*?)</(?:a|button)>', main, re.DOTALL
        )
        return [
            " ".join(re.sub(r"<[^>]+>", " ", text).split())
            for attributes, text in buttons
            if "data-tone" not in attributes
        ]

    return filled_


def test_the_first_child_without_a_talk_is_the_one_filled_button(filled, book_one):
    assert [text[:2] for text in filled()] == ["N "]
    book_one("Alice", "Noor", "Vera", 0)
    assert [text[:2] for text in filled()] == ["S "]
    book_one("Alice", "Sem", "Vera", 1)
    assert filled() == []


def test_what_the_school_called_off_comes_before(filled, school, book_one):
    talks = [book_one("Alice", "Noor", "Vera", 0), book_one("Alice", "Noor", "Bart", 3)]
    calling_off.call_off(school.actors["Sofie"], talks, "absent", reason="", now=NOW)
    assert filled() == ["Kies een andere tijd"]


def test_a_round_to_ask_in_has_one_too(filled, db):
    db.execute(update(Round).values(mode="requests"))
    db.commit()
    assert filled() == ["Vraag gesprekken aan"]
