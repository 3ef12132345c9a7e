"""What the table shows: states of cells, and never who the others are."""

from datetime import timedelta

import pytest

from app.bookings.cells import CellState
from app.core.errors import NotFoundError
from app.family.outcomes import nearest_free
from app.family.overview import load_overview
from app.family.queries import load_table
from tests.markers import table_marker
from tests.small_school import FIRST, NOW
from tests.talks import block

TEN = timedelta(minutes=10)


@pytest.fixture
def table(school):
    def table_(actor, student, **options):
        return load_table(
            school.actors[actor],
            school.round_id,
            school.students[student],
            now=options.pop("now", NOW),
            **options,
        )

    return table_


def states(page, teacher):
    (card,) = [c for c in page.cards if teacher in c.teacher]
    return [cell.state for cell in card.evenings[0].cells]


def test_shows_the_childs_teachers_by_name_and_all_times(table):
    page = table("Alice", "Noor")
    assert [c.teacher for c in page.cards] == ["dhr. Bakker", "mevr. Kaya", "mevr. De Vries"]
    assert [c.subjects for c in page.cards] == ["Wiskunde", "Engels", "Nederlands"]
    (evening,) = page.evenings
    assert len(evening.rows) == 13
    assert [row.is_break for row in evening.rows].index(True) == 6
    assert set(states(page, "Vries")) == {CellState.FREE}


def test_own_talk_is_mine_and_the_others_times_then_are_elsewhere(table, choose):
    choose("Alice", "Noor", ("Vera", 0))
    page = table("Adam", "Noor")
    assert states(page, "Vries")[0] is CellState.MINE
    assert states(page, "Kaya")[0] is CellState.ELSEWHERE
    assert page.booked == 1
    assert page.remaining == 1


def test_a_siblings_talk_is_shown_with_its_name(table, choose):
    choose("Alice", "Noor", ("Vera", 0))
    page = table("Alice", "Sem")
    assert states(page, "Vries")[0] is CellState.SIBLING
    (card,) = [c for c in page.cards if "Vries" in c.teacher]
    assert card.evenings[0].cells[0].talk.child.given_name == "Noor"
    assert states(page, "Kaya")[0] is CellState.ELSEWHERE
    assert page.booked == 0
    assert page.evenings[0].rows[0].talks[0].child.given_name == "Noor"


def test_talks_of_others_are_others_and_nothing_more(table, choose):
    choose("Carol", "Kim", ("Vera", 0))
    page = table("Alice", "Noor")
    (card,) = [c for c in page.cards if "Vries" in c.teacher]
    assert card.evenings[0].cells[0].state is CellState.OTHERS
    assert card.evenings[0].cells[0].talk is None
    assert "Kim" not in repr(page)
    assert "Carol" not in repr(page)
    assert states(page, "Kaya")[0] is CellState.FREE


def test_the_other_guardian_apart_is_just_others(table, choose):
    choose("Bob", "Tim", ("Vera", 0))
    page = table("Bea", "Tim")
    assert states(page, "Vries")[0] is CellState.OTHERS
    assert states(page, "Kaya")[0] is CellState.FREE
    assert page.booked == 0
    assert page.talks == ()


def test_a_teacher_who_is_away_or_sits_as_a_parent_is_unavailable(table, choose, school):
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST + TEN,
        now=NOW,
    )
    choose("Bart", "Lot", ("Kader", 2))
    page = table("Alice", "Noor")
    assert states(page, "Vries")[0] is CellState.UNAVAILABLE
    assert states(page, "Bakker")[2] is CellState.UNAVAILABLE


def test_too_near_an_own_talk_warns_and_names_the_nearest_that_fits(table, choose):
    choose("Alice", "Noor", ("Vera", 2))
    (card,) = [c for c in table("Alice", "Noor").cards if "Kaya" in c.teacher]
    cells = card.evenings[0].cells
    assert cells[1].state is CellState.FREE
    assert cells[1].near.teacher == "mevr. De Vries"
    assert cells[1].fits_at == FIRST
    assert cells[0].near is None


def test_the_nearest_free_times_are_those_of_that_teacher(table, choose):
    choose("Carol", "Kim", ("Vera", 2))
    (card,) = [c for c in table("Alice", "Noor").cards if "Vries" in c.teacher]
    times = [cell.starts_at for cell in nearest_free(card, FIRST + 2 * TEN)]
    assert times == [FIRST, FIRST + TEN, FIRST + 3 * TEN]


@pytest.mark.parametrize("actor", ["Carol", "Bob", "Vera", "Anna", "Sem"])
def test_the_table_of_a_child_of_others_does_not_exist(actor, table):
    with pytest.raises(NotFoundError):
        table(actor, "Noor")


def test_the_marker_changes_with_a_talk_of_others_and_only_then(school, choose):
    def marker():
        return table_marker(
            school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW
        )

    first = marker()
    assert marker() == first
    choose("Carol", "Kim", ("Vera", 0))
    assert marker() != first


def test_the_overview_has_all_children_and_the_round_to_book(school, choose):
    choose("Alice", "Noor", ("Vera", 0))
    choose("Adam", "Sem", ("Kader", 2))
    page = load_overview(school.actors["Alice"], now=NOW)
    assert [t.child.given_name for t in page.evenings[0].talks] == ["Noor", "Sem"]
    assert [(c.given_name, n) for c, n in page.rounds[0].children] == [("Noor", 1), ("Sem", 1)]


def test_the_overview_of_a_guardian_apart_is_empty_of_the_others(school, choose):
    choose("Bob", "Tim", ("Vera", 0))
    assert load_overview(school.actors["Bea"], now=NOW).evenings == ()
