"""Who left the school with talks to come: the query for the office's page."""

import pytest
from sqlalchemy import event

from app.bookings.left import LeftPerson, LeftRole, left_with_talks
from app.extensions import db as database
from app.school.models import Student, Teacher
from tests.small_school import NOW


@pytest.fixture
def vera(school):
    return LeftRole.TEACHER, school.teachers["Vera"], "Vera de Vries"


@pytest.fixture
def noor(school):
    return LeftRole.STUDENT, school.students["Noor"], "Noor Jansen"


def test_who_is_here_or_has_no_talk_is_not_named(book_one, leave):
    book_one("Alice", "Noor", "Vera", 0)
    leave("Kader")
    leave("Kim")
    assert left_with_talks(NOW) == ()


def test_a_teacher_is_named_with_the_talks_and_the_first_of_them(book_one, leave, at, vera):
    book_one("Carol", "Kim", "Vera", 3)
    book_one("Alice", "Noor", "Vera", 1)
    book_one("Alice", "Sem", "Bart", 0)
    leave("Vera")
    assert left_with_talks(NOW) == (LeftPerson(*vera, talks=2, first=at(1)),)


def test_so_is_a_student_and_the_earliest_talk_comes_first(book_one, leave, at, vera, noor):
    book_one("Alice", "Noor", "Bart", 1)
    book_one("Carol", "Kim", "Vera", 3)
    leave("Vera")
    leave("Noor")
    assert left_with_talks(NOW) == (
        LeftPerson(*noor, talks=1, first=at(1)),
        LeftPerson(*vera, talks=1, first=at(3)),
    )


def test_both_may_have_left_the_same_talk(book_one, leave, at, vera, noor):
    book_one("Alice", "Noor", "Vera", 0)
    leave("Vera")
    leave("Noor")
    expected = (LeftPerson(*noor, talks=1, first=at(0)), LeftPerson(*vera, talks=1, first=at(0)))
    assert left_with_talks(NOW) == expected


def test_a_talk_counts_until_it_is_called_off_or_begins(book_one, leave, call_off, at):
    book_one("Alice", "Noor", "Vera", 0)
    off = book_one("Carol", "Kim", "Vera", 3)
    leave("Vera")
    call_off(off)
    assert [it.talks for it in left_with_talks(NOW)] == [1]
    assert left_with_talks(at(0)) == ()


@pytest.mark.parametrize(("role", "name"), [(Teacher, "Vera"), (Student, "Noor")])
def test_who_comes_back_is_not_named(db, school, book_one, leave, role, name):
    book_one("Alice", "Noor", "Vera", 0)
    leave(name)
    assert left_with_talks(NOW)
    ids = school.teachers if role is Teacher else school.students
    db.get(role, ids[name]).ended_on = None
    db.commit()
    assert left_with_talks(NOW) == ()


def test_two_statements_name_them_all(book_one, leave):
    for slot, (actor, student) in enumerate(
        [("Alice", "Noor"), ("Alice", "Sem"), ("Carol", "Kim"), ("Bart", "Lot")]
    ):
        book_one(actor, student, "Vera", slot)
    for name in ("Vera", "Noor", "Sem", "Kim"):
        leave(name)
    statements = []
    engine = database.session.get_bind().engine

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    database.session.commit()
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(left_with_talks(NOW)) == 4
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([it for it in statements if it.startswith("SELECT")]) == 2
