"""Finding people, and the lists of those who need care."""

import pytest
from sqlalchemy import delete, update

from app.outbox.models import OutboxMessage
from app.people import search
from app.people.search import Care, PersonKind, count_care, find, list_care
from app.school.models import Guardianship, HomeClass, Person, Student
from app.school.names import search_key, sort_key
from tests.small_school import NOW


def names(groups, kind):
    return [hit.name for group in groups if group.kind is kind for hit in group.hits]


@pytest.fixture
def found(school):
    def found_(query, kind=PersonKind.STUDENTS, by_mail=True):
        return names(find(query, by_mail=by_mail, now=NOW), kind)

    return found_


@pytest.mark.parametrize(
    "query", ["noor", "Jansen Noor", "NOOR jansen", "jan noo", "nóor", "jansen h2a noor", "  noor "]
)
def test_finds_parts_of_a_name_in_any_order_and_without_accents(found, query):
    assert found(query) == ["Noor Jansen"]


def test_finds_names_that_are_written_with_accents(found):
    assert found("ozturk") == ["Kim Öztürk"]
    assert found("ozturk", PersonKind.GUARDIANS) == ["Carol Öztürk"]


def test_finds_a_prefix_and_sorts_without_it(found):
    assert found("van den berg", PersonKind.GUARDIANS) == ["Bea van den Berg"]
    assert found("de vries", PersonKind.TEACHERS) == ["Vera de Vries"]


def test_finds_a_student_by_number_and_a_whole_class(db, school, found):
    number = db.get(Student, school.students["Tim"]).number
    assert found(number) == ["Tim Smit"]
    assert found("H2A") == ["Lot Bakker", "Noor Jansen", "Sem Jansen", "Kim Öztürk", "Tim Smit"]


def test_finds_a_class_with_a_hyphen(db, found):
    db.execute(update(HomeClass).values(name="4-VWO-b"))
    db.commit()
    assert len(found("4-vwo-b")) == 5


def test_finds_a_teacher_by_code(found):
    assert found("VER", PersonKind.TEACHERS) == ["Vera de Vries"]


def test_a_teacher_who_is_a_parent_is_found_as_both(found):
    assert found("bart") == []
    assert (
        found("bart", PersonKind.GUARDIANS) == found("bart", PersonKind.TEACHERS) == ["Bart Bakker"]
    )


def test_all_words_must_fit(found):
    assert found("noor smit") == []


@pytest.mark.parametrize("query", ["%", "_", "noor%", "-", "\\"])
def test_no_sign_stands_for_everybody(found, query):
    assert found(query) == []


def test_finds_a_mail_address_only_for_who_may_see_them(found):
    assert found("Alice@Family.example", PersonKind.GUARDIANS) == ["Alice Jansen"]
    assert found("alice@family.example", PersonKind.GUARDIANS, by_mail=False) == []
    assert found("family.example", PersonKind.GUARDIANS) == []


def test_a_guardian_comes_with_the_children(school):
    (group,) = find("alice", by_mail=False, now=NOW, only=PersonKind.GUARDIANS)
    assert [child.name for child in group.hits[0].children] == ["Noor Jansen", "Sem Jansen"]


def test_who_has_left_is_not_found(db, school, found):
    db.execute(
        update(Student).where(Student.id == school.students["Noor"]).values(ended_on=NOW.date())
    )
    db.commit()
    assert found("noor") == []


def test_shows_a_few_of_each_kind_and_then_all_by_page(db, school, monkeypatch):
    monkeypatch.setattr(search, "FIRST", 2)
    monkeypatch.setattr(search, "PAGE", 3)
    first = find("h2a", by_mail=False, now=NOW)[0]
    assert (first.total, len(first.hits), first.pages) == (5, 2, 2)
    pages = [
        names(
            find("h2a", by_mail=False, now=NOW, only=PersonKind.STUDENTS, page=n),
            PersonKind.STUDENTS,
        )
        for n in (1, 2, 3)
    ]
    assert [len(page) for page in pages] == [3, 2, 0]
    assert not set(pages[0]) & set(pages[1])


def test_the_lists_name_whom_they_count(db, school):
    db.execute(delete(Guardianship).where(Guardianship.student_id == school.students["Kim"]))
    db.execute(
        update(Person).where(Person.id == school.people["Adam"]).values(email="", email_key="")
    )
    db.execute(
        update(Student)
        .where(Student.id == school.students["Lot"])
        .values(birth_date=NOW.date().replace(year=NOW.year - 18))
    )
    db.add(
        OutboxMessage(
            kind="bookings.mail",
            payload={"what": "booked", "booking_ids": [1], "person_id": school.people["Bea"]},
            created_at=NOW,
            due_at=NOW,
            failed_at=NOW,
        )
    )
    db.commit()
    assert names(list_care(Care.WITHOUT_GUARDIAN, today=NOW.date()), PersonKind.STUDENTS) == [
        "Kim Öztürk"
    ]
    assert names(list_care(Care.WITHOUT_MAIL, today=NOW.date()), PersonKind.GUARDIANS) == [
        "Adam Jansen"
    ]
    assert names(list_care(Care.APART, today=NOW.date()), PersonKind.STUDENTS) == ["Tim Smit"]
    assert names(list_care(Care.FAILED, today=NOW.date()), PersonKind.GUARDIANS) == [
        "Bea van den Berg"
    ]
    assert names(list_care(Care.OF_AGE, today=NOW.date()), PersonKind.STUDENTS) == ["Lot Bakker"]
    assert dict(count_care(NOW.date())) == dict.fromkeys(Care, 1)


def test_the_number_of_statements_does_not_grow_with_the_people(db, school, statements):
    def look():
        find("jansen", by_mail=True, now=NOW)
        list_care(Care.APART, today=NOW.date())
        count_care(NOW.date())

    few = statements(look)
    for i in range(6):
        person = Person(
            given_name=f"Jan{i}",
            family_name="Jansen",
            sort_key=sort_key(f"Jan{i}", "", "Jansen"),
            search_key=search_key(f"Jan{i}", "", "Jansen"),
        )
        db.add(person)
        db.flush()
        db.add(
            Student(person_id=person.id, source="x", source_id=str(i), number=str(i), apart=True)
        )
    db.commit()
    assert statements(look) == few
