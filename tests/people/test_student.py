"""The page of one student: who may see the child, talks, log and mails."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import office, remarks, service
from app.core.errors import NotFoundError
from app.outbox.models import OutboxMessage
from app.people.guardian import load_guardian
from app.people.student import load_family
from app.people.teacher import load_teacher
from app.school.models import Guardianship, Person, Student
from tests.small_school import FIRST, NOW


@pytest.fixture
def page(school):
    return lambda student, now=NOW: load_family(school.students[student], now=now)


@pytest.fixture
def post(db, school):
    def post_(name, what="booked", **state):
        db.add(
            OutboxMessage(
                kind="bookings.mail",
                payload={"what": what, "booking_ids": [1], "person_id": school.people[name]},
                created_at=NOW,
                due_at=NOW,
                **state,
            )
        )
        db.commit()

    return post_


def change_link(db, school, guardian, **values):
    db.execute(
        update(Guardianship)
        .where(Guardianship.guardian_id == school.actors[guardian].guardian_id)
        .values(**values)
    )
    db.commit()


@pytest.mark.parametrize(
    ("values", "is_open", "why"),
    [
        ({"relation": "vader"}, True, ""),
        ({"closed_reason": "no_authority"}, False, "no_authority"),
        ({"closed_reason": "school"}, False, "school"),
        ({"closed_reason": "relative", "opened_at": NOW}, True, "opened"),
    ],
)
def test_says_whether_a_guardian_sees_the_child_and_why(db, school, page, values, is_open, why):
    change_link(db, school, "Adam", **values)
    adam, _alice = page("Noor").guardians
    assert (adam.name, adam.is_open, adam.why) == ("Adam Jansen", is_open, why)


def test_of_a_grown_student_guardians_see_nothing_by_rule(db, school, page):
    db.execute(
        update(Student)
        .where(Student.id == school.students["Noor"])
        .values(birth_date=NOW.date() - timedelta(days=18 * 366))
    )
    db.commit()
    assert {guardian.why for guardian in page("Noor").guardians} == {"grown"}


def test_names_brothers_and_sisters_and_each_household(page):
    noor, tim = page("Noor"), page("Tim")
    assert [sibling.name for sibling in noor.siblings] == ["Sem Jansen"]
    assert [home.guardians for home in noor.homes] == [("Adam Jansen", "Alice Jansen")]
    assert [home.guardians for home in tim.homes] == [("Bob Smit",), ("Bea van den Berg",)]
    assert tim.student.apart


def test_shows_the_talks_of_all_households_the_coming_ones_first(school, book, page):
    book("Bob", "Tim", ("Vera", 0))
    (later,) = book("Bea", "Tim", ("Bart", 3))
    service.cancel(school.actors["Bea"], later, now=NOW)
    first, second = page("Tim").talks
    assert (first.state, first.home.guardians, first.can_move) == ("coming", ("Bob Smit",), True)
    assert (second.state, second.can_cancel) == ("cancelled", False)
    assert page("Tim", now=FIRST).talks[1].state == "past"


def test_names_the_rounds_to_book_in_with_how_many_talks(book, page):
    book("Alice", "Noor", ("Vera", 0))
    assert [(line.round.name, line.booked) for line in page("Noor").rounds] == [
        ("Oudercontact 2", 1),
        ("Leerlingcontact", 0),
    ]
    assert page("Noor", now=FIRST + timedelta(days=30)).rounds == ()


def test_the_log_names_who_as_whom_and_why(school, book, page):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    office.cancel_for(school.actors["Sofie"], talk, reason="is on holiday", now=NOW)
    last, first = page("Noor").log
    assert (first.who, first.role, first.reason) == ("Alice Jansen", "guardian", "")
    assert (last.who, last.role, last.reason) == ("Sofie", "scheduler", "is on holiday")


def test_the_log_of_another_student_is_not_in_it(book, page):
    book("Carol", "Kim", ("Vera", 0))
    assert page("Noor").log == ()


def test_tells_whether_mails_were_sent_and_nothing_of_what_is_in_them(page, post):
    post("Alice", delivered_at=NOW)
    post("Adam", "moved", failed_at=NOW, last_error="smtp 550")
    post("Adam", "cancelled")
    post("Carol")
    lines = page("Noor").mails
    assert [(line.to, line.state, line.fault) for line in lines] == [
        ("Adam Jansen", "waiting", ""),
        ("Adam Jansen", "failed", "De mailserver weigert de mail (550)."),
        ("Alice Jansen", "sent", ""),
    ]


def test_a_guardian_leads_to_the_children_and_a_teacher_to_the_rounds(school, book):
    book("Carol", "Kim", ("Bart", 0))
    guardian = load_guardian(school.actors["Bart"].guardian_id)
    assert [child.name for child in guardian.children] == ["Lot Bakker"]
    teacher = load_teacher(school.teachers["Bart"], now=NOW)
    assert teacher.guardian_id == guardian.id
    assert {(line.round.name, line.talks, line.students) for line in teacher.rounds} == {
        ("Oudercontact 2", 1, 5),
        ("Leerlingcontact", 0, 5),
    }


def test_what_is_not_there_is_not_found(school):
    for load in (lambda: load_family(999, now=NOW), lambda: load_guardian(999)):
        with pytest.raises(NotFoundError):
            load()


def test_the_scheduler_sees_no_mail_address_and_no_change(act, school):
    page = act("Sofie").get(f"/office/students/{school.students['Noor']}")
    assert "@family.example" not in page.text
    assert "/remove" not in page.text
    assert "/apart" not in page.text


def test_the_administrator_sees_mail_addresses_on_asking_and_stands_in_the_log(db, act, school):
    url = f"/office/students/{school.students['Noor']}"
    assert "@family.example" not in act("Anna").get(url).text
    assert db.scalars(select(AuditEntry)).all() == []
    page = act("Anna").post(f"{url}/addresses")
    assert "alice@family.example" in page.text
    assert "adam@family.example" in page.text
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.student_id) == ("family.addresses_seen", school.students["Noor"])
    assert "@" not in str(entry.details)


def test_no_remark_is_on_the_page_of_the_office(act, school, book):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    remarks.set_remark(school.actors["Alice"], talk, "reads badly", now=NOW)
    assert "reads badly" not in act("Anna").get(f"/office/students/{school.students['Noor']}").text


def test_the_only_child_of_a_guardian_is_the_guardians_page(act, school):
    carol, alice = (school.actors[name].guardian_id for name in ("Carol", "Alice"))
    answer = act("Anna").get(f"/office/guardians/{carol}")
    assert answer.location == f"/office/students/{school.students['Kim']}"
    assert "Sem Jansen" in act("Anna").get(f"/office/guardians/{alice}").text


def test_people_that_are_found_lead_to_their_page(act, school):
    page = act("Sofie").get("/office/people?q=bart")
    assert f'href="/office/teachers/{school.teachers["Bart"]}"' in page.text
    assert f'href="/office/guardians/{school.actors["Bart"].guardian_id}"' in page.text


@pytest.mark.parametrize(
    "query",
    ["?q=nobody", "?q=%00", "?list=apart", "?list=x&kind=y&page=0", "?q=a&page=99999999999"],
)
def test_no_address_breaks_the_search(act, query):
    assert act("Sofie").get(f"/office/people{query}").status_code == 200


def test_nobody_found_says_what_to_try(act):
    page = act("Sofie").get("/office/people?q=xyz", headers={"Accept-Language": "en"})
    assert "There is nobody with “xyz”" in page.text


def test_names_are_isolated_and_escaped(db, act, school):
    person = db.get(Person, school.people["Noor"])
    person.given_name = "<b>نور"
    db.commit()
    page = act("Anna").get(f"/office/students/{school.students['Noor']}").text
    assert "<bdi>&lt;b&gt;نور Jansen</bdi>" in page


def test_the_number_of_statements_does_not_grow(school, book, page, post, statements):
    book("Alice", "Noor", ("Vera", 0))
    post("Alice")
    few = statements(lambda: page("Noor"))
    book("Alice", "Noor", ("Bart", 3))
    post("Adam")
    post("Adam", "moved")
    assert statements(lambda: page("Noor")) == few


def test_a_class_that_two_branches_have_is_told_with_its_branch(school, two_branches, page, book):
    book("Carol", "Kim", ("Vera", 0))
    assert page("Kim").student.class_name == "h2a (Zuid)"
    assert page("Kim").talks[0].talk.child.class_name == "h2a (Zuid)"
    assert page("Noor").student.class_name == "h2a (Noord)"
    assert [sibling.class_name for sibling in page("Noor").siblings] == ["h2a (Noord)"]
    children = load_guardian(school.actors["Carol"].guardian_id).children
    assert [child.class_name for child in children] == ["h2a (Zuid)"]
