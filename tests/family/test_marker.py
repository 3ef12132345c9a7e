"""What an open table asks by: it changes with all that changes the table, whoever it is of."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import claims, service
from app.bookings.calling_off.service import call_off
from app.bookings.cells import CellState
from app.bookings.rules import Choice
from app.family.queries import load_table
from app.rounds.models import Offer, Round
from tests.markers import table_marker
from tests.small_school import FIRST, NOW
from tests.talks import block


@pytest.fixture
def marker(school):
    """The marker of a child's table, in the round for guardians."""
    return lambda actor, student, now=NOW: table_marker(
        school.actors[actor], school.round_id, school.students[student], now=now
    )


def states(school, actor, student, teacher):
    page = load_table(school.actors[actor], school.round_id, school.students[student], now=NOW)
    (card,) = [card for card in page.cards if teacher in card.teacher]
    return [cell.state for cell in card.evenings[0].cells]


def test_it_changes_with_a_siblings_talk_of_a_teacher_whom_the_child_does_not_have(
    school, choose, withdraw, marker
):
    """The teachers of the child know nothing of it; its parents sit elsewhere then."""
    withdraw("Noor", "Kader")
    before = marker("Adam", "Noor")
    choose("Alice", "Sem", ("Kader", 2))
    assert states(school, "Adam", "Noor", "Vries")[2] is CellState.ELSEWHERE
    assert marker("Adam", "Noor") != before


def test_it_changes_with_what_only_the_child_itself_knows_of(db, school):
    """A student's talk of a teacher who was withdrawn since then: it is called off."""
    noor = school.students["Noor"]
    offer = school.student_offers["Noor", "Kader"]
    (talk,) = service.book(
        school.actors["Noor"],
        school.student_round_id,
        noor,
        [Choice(school.student_slots[0], offer)],
        together=True,
        submission="a-form-of-this-test",
        now=NOW,
    ).booked
    db.execute(update(Offer).where(Offer.id == offer).values(offered=False, in_package=False))
    db.commit()

    def look():
        page = load_table(school.actors["Noor"], school.student_round_id, noor, now=NOW)
        marker = table_marker(school.actors["Noor"], school.student_round_id, noor, now=NOW)
        return page.booked, marker

    booked, before = look()
    assert booked == 1
    call_off(school.actors["Sofie"], [talk], "absent", reason="ziek", now=NOW)
    booked, after = look()
    assert booked == 0
    assert after != before


def test_it_changes_with_a_teacher_who_is_withdrawn(marker, withdraw):
    before = marker("Alice", "Noor")
    withdraw("Noor", "Kader")
    assert marker("Alice", "Noor") != before


def test_it_changes_with_the_times_of_one_of_the_teachers(school, marker):
    before = marker("Alice", "Noor")
    claims.bump_teachers({school.teachers["Vera"]})
    assert marker("Alice", "Noor") == before  # nothing that the page shows
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST + timedelta(minutes=10),
        now=NOW,
    )
    assert marker("Alice", "Noor") != before


def test_it_changes_when_the_round_opens_and_when_it_closes(db, school, marker):
    round_ = db.get(Round, school.round_id)
    second = timedelta(seconds=1)
    for moment in (round_.opens_at, round_.closes_at):
        assert marker("Alice", "Noor", moment - second) != marker("Alice", "Noor", moment)
        assert marker("Alice", "Noor", moment) == marker("Alice", "Noor", moment + second)
