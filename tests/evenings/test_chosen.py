"""What is chosen of an evening and of the lists: nobody more, nobody less."""

import pytest
from sqlalchemy import select, update

from app.bookings.blocking import Span, block
from app.evenings import lists
from app.evenings.filters import Filter
from app.evenings.matrix import Fill
from app.evenings.queries import load_evening, silent
from app.rounds.models import Offer
from app.school.models import Department, Guardianship, HomeClass, Student
from tests.small_school import NOW


@pytest.fixture
def page(school):
    return lambda **chosen: load_evening(school.round_id, Filter(**chosen), now=NOW)


@pytest.fixture
def names(db, school):
    """The students without a talk whom a filter leaves."""
    by_id = {id_: name for name, id_ in school.students.items()}
    return lambda **chosen: {
        by_id[id_] for id_ in db.scalars(silent(school.round_id, Filter(**chosen)))
    }


def test_who_has_no_times_at_all_is_not_full():
    assert not Fill(0, 0).is_full
    assert not Fill(1, 1).is_full
    assert Fill(1, 0).is_full
    assert [Fill(0, 0).percent, Fill(1, 2).percent, Fill(3, 0).percent] == [0, 33, 100]


def test_a_teacher_who_is_away_all_evening_is_neither_full_nor_free(school, page):
    evening = page().evening
    everything = Span(school.teachers["Vera"], evening.id, evening.starts_at, evening.ends_at)
    block(school.actors["Sofie"], [everything], now=NOW)
    full = [line.teacher.id for line in page(state="full").matrix.lines]
    free = [line.teacher.id for line in page(state="free").matrix.lines]
    assert full == []
    assert free == [school.teachers["Bart"], school.teachers["Kader"]]
    assert page().figures.full == 0


def test_a_family_is_not_found_by_a_guardian_who_is_none_any_more(db, school, names):
    assert names(family="Adam") == {"Noor", "Sem"}
    db.execute(
        update(Guardianship)
        .where(
            Guardianship.guardian_id == school.actors["Adam"].guardian_id,
            Guardianship.student_id == school.students["Noor"],
        )
        .values(ended_at=NOW)
    )
    db.commit()
    assert names(family="Adam") == {"Sem"}


def test_a_student_is_of_the_own_department_or_that_of_its_class(db, school, names):
    havo = Department(source="test", source_id="h3", code="h3")
    db.add(havo)
    db.flush()
    assert names(department=havo.id) == set()
    db.execute(
        update(Student).where(Student.id == school.students["Kim"]).values(department_id=havo.id)
    )
    db.commit()
    assert names(department=havo.id) == {"Kim"}
    of_class = db.scalars(select(HomeClass.department_id)).one()
    assert names(department=of_class) == {"Noor", "Sem", "Tim", "Kim", "Lot"}


def test_a_student_to_whom_nobody_is_offered_any_more_waits_for_no_talk(
    db, school, names, withdraw
):
    for teacher in school.teachers:
        withdraw("Kim", teacher)
    assert names() == {"Noor", "Sem", "Tim", "Lot"}


def test_a_teacher_who_is_offered_to_nobody_any_more_has_no_row(db, school, page):
    vera = str(school.teachers["Vera"])
    db.execute(update(Offer).where(Offer.teacher_key == vera).values(offered=False))
    db.commit()
    rows = [line.teacher.id for line in page().matrix.lines]
    assert rows == [school.teachers["Bart"], school.teachers["Kader"]]


def test_a_list_has_more_only_where_another_page_has_something(monkeypatch, school, book, call_off):
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    book("Alice", "Noor", ("Vera", 0), ("Bart", 1))

    def talks(number):
        page = lists.load_talks(school.round_id, Filter(), number)
        return len(page.rows), page.has_more

    def waiting(number):
        page = lists.load_silent(school.round_id, Filter(), number, now=NOW)
        return len(page.rows), page.has_more

    assert talks(1) == (2, False)
    book("Carol", "Kim", ("Vera", 2))
    assert [talks(1), talks(2), talks(3)] == [(2, True), (1, False), (0, False)]
    assert [waiting(1), waiting(2)] == [(2, True), (1, False)]


def test_the_talks_of_an_evening_alone(db, school, book):
    book("Alice", "Noor", ("Vera", 0))

    def rows(evening):
        return len(lists.load_talks(school.round_id, Filter(evening=evening), 1).rows)

    assert [rows(None), rows(school.evening_id), rows(999)] == [1, 1, 0]


def test_what_was_called_off_is_not_what_a_family_cancelled(school, book_one, call_off):
    call_off(book_one("Alice", "Noor", "Vera", 0))

    def rows(state):
        return len(lists.load_talks(school.round_id, Filter(state=state), 1).rows)

    assert [rows(""), rows("called_off"), rows("cancelled")] == [0, 1, 0]
