"""A teacher and a parent who were joined, and are two people after all."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.accounts.queries import load_actor
from app.accounts.service import account_of
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim
from app.core.access import Role
from app.core.errors import NotFoundError
from app.family.overview import load_overview
from app.people.joining import join_people
from app.people.parting import load_parting, part_people
from app.school.models import Guardian, Person
from app.school.names import email_key
from tests.signing_in import new_session
from tests.small_school import NOW


@pytest.fixture
def carol(db, school):
    """Carol has the mail address of Mrs De Vries, who teaches."""
    db.execute(
        update(Person)
        .where(Person.id == school.people["Carol"])
        .values(email="vera@school.example", email_key=email_key("vera@school.example"))
    )
    db.commit()
    return school.people["Carol"]


@pytest.fixture
def join(school, carol):
    def join_():
        join_people(
            school.actors["Anna"], school.teachers["Vera"], carol, reason="she said so", now=NOW
        )

    return join_


@pytest.fixture
def part(school):
    def part_(teacher="Vera", actor="Anna"):
        part_people(school.actors[actor], school.teachers[teacher], reason="another Carol", now=NOW)

    return part_


def sitting(db, booking_id):
    return set(
        db.scalars(
            select(Claim.resource_id).where(Claim.booking_id == booking_id, Claim.kind == "person")
        )
    )


def roles(person_id):
    return load_actor(account_of(person_id)).roles


def test_the_parent_is_who_it_was_before(db, school, carol, join, part):
    join()
    part()
    guardian = db.get(Guardian, school.actors["Carol"].guardian_id)
    assert (guardian.person_id, guardian.former_person_id) == (carol, None)
    person = db.get(Person, carol)
    assert (person.given_name, person.email, person.ended_on) == (
        "Carol",
        "vera@school.example",
        None,
    )
    assert roles(carol) == {Role.GUARDIAN}
    assert roles(school.people["Vera"]) == {Role.TEACHER}


def test_talks_as_a_parent_go_along_and_talks_as_a_teacher_stay(
    db, school, book, carol, join, part
):
    (before,) = book("Carol", "Kim", ("Bart", 0))
    join()
    (teaching,) = book("Alice", "Noor", ("Vera", 3))
    part()
    assert sitting(db, before) == {carol, school.people["Bart"]}
    assert db.get(Booking, before).booked_by_id == carol
    assert sitting(db, teaching) == {school.people[name] for name in ("Vera", "Alice", "Adam")}
    assert len(load_overview(school.actors["Carol"], now=NOW).evenings) == 1
    assert len(book("Alice", "Sem", ("Vera", 0))) == 1  # at the hour of Carol's talk


def test_what_was_booked_while_they_were_one_is_the_parents_too(db, school, book, join, part):
    join()
    school.actors["Carol"] = load_actor(account_of(school.people["Vera"]))
    (talk,) = book("Carol", "Kim", ("Bart", 2))
    part()
    assert db.get(Booking, talk).booked_by_id == school.people["Carol"]
    assert sitting(db, talk) == {school.people["Carol"], school.people["Bart"]}


def test_mails_to_the_parent_that_are_still_to_go_are_the_parents_again(
    db, school, book, carol, join, part, promised, delivered
):
    join()
    db.get(Person, carol).email = "carol@family.example"
    db.commit()
    school.actors["Carol"] = load_actor(account_of(school.people["Vera"]))
    promised(*book("Carol", "Kim", ("Bart", 0)), invited=["Vera"])
    part()
    assert delivered() == ["carol: Kies", "carol: Uw"]


def test_at_a_talk_about_the_own_child_both_sit_from_then_on(db, school, book, part):
    (talk,) = book("Bart", "Lot", ("Bart", 1))
    part("Bart")
    guardian = db.get(Guardian, school.actors["Bart"].guardian_id)
    assert guardian.person_id != school.people["Bart"]
    assert sitting(db, talk) == {school.people["Bart"], guardian.person_id}


def test_of_whom_nothing_is_known_gets_the_name_and_no_mail_address(db, school, part):
    part("Bart")
    person = db.get(Person, db.get(Guardian, school.actors["Bart"].guardian_id).person_id)
    assert (person.given_name, person.family_name, person.email) == ("Bart", "Bakker", "")


def test_both_sign_in_anew_and_each_keeps_the_own_password(db, school, carol, join, part):
    for person_id in (carol, school.people["Vera"]):
        new_session(person_id, now=NOW)
        account = db.scalars(select(Account).where(Account.person_id == person_id)).one()
        account.password_hash = f"of {person_id}"
        db.commit()
    join()
    new_session(school.people["Vera"], now=NOW)
    part()
    assert set(db.scalars(select(SignInSession.ended_at))) == {NOW}
    for person_id in (carol, school.people["Vera"]):
        account = db.scalars(select(Account).where(Account.person_id == person_id)).one()
        assert (account.password_hash, account.closed_at) == (f"of {person_id}", None)


def test_a_password_of_which_nobody_knows_whose_it_is_opens_nothing(db, school, carol, join, part):
    new_session(carol, now=NOW)
    db.execute(update(Account).where(Account.person_id == carol).values(password_hash="carols"))
    db.commit()
    join()  # Vera had no account: she got this one
    assert not load_parting(school.teachers["Vera"], now=NOW).keeps_password
    part()
    of_vera = db.scalars(select(Account).where(Account.person_id == school.people["Vera"])).one()
    assert of_vera.password_hash == ""


def test_tasks_of_the_office_stay_with_the_teacher(db, school, carol, join, part):
    for person_id in (carol, school.people["Vera"]):
        account_of(person_id)
    db.execute(update(Account).where(Account.person_id == carol).values(scheduler=True))
    db.commit()
    join()
    part()
    assert roles(school.people["Vera"]) == {Role.TEACHER, Role.SCHEDULER}
    assert roles(carol) == {Role.GUARDIAN}


def test_it_stands_in_the_log_of_the_child_and_older_lines_stay(db, school, book, join, part):
    join()
    school.actors["Carol"] = load_actor(account_of(school.people["Vera"]))
    book("Carol", "Kim", ("Bart", 2))
    part()
    lines = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [line.action for line in lines][-2:] == ["booking.booked", "family.parted"]
    assert lines[-2].actor_person_id == school.people["Vera"]
    assert lines[-1].student_id == school.students["Kim"]
    assert lines[-1].details["reason"] == "another Carol"


def test_they_can_be_joined_again(db, school, carol, join, part):
    join()
    part()
    join()
    assert db.get(Guardian, school.actors["Carol"].guardian_id).former_person_id == carol


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Carol", "Bart"])
def test_only_an_administrator_parts(part, actor):
    with pytest.raises(NotFoundError):
        part("Bart", actor=actor)


def test_a_teacher_who_is_no_parent_is_not_found(part):
    with pytest.raises(NotFoundError):
        part("Vera")


def test_the_page_says_what_goes_with_whom_and_asks_why(act, db, school, book, join):
    book("Carol", "Kim", ("Bart", 0))
    join()
    book("Alice", "Noor", ("Vera", 3))
    url = f"/office/teachers/{school.teachers['Vera']}/part"
    page = act("Anna").get(url).text
    for text in (
        "Carol Öztürk",
        "Kim Öztürk",
        "dhr. Bakker",
        "1 talk to come as a parent",
        "1 talk to come as a teacher",
    ):
        assert text in page
    refused = act("Anna").post(url, data={"reason": ""})
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    answer = act("Anna").post(url, data={"reason": "another Carol"})
    assert answer.location == f"/office/teachers/{school.teachers['Vera']}"
    assert act("Anna").get(url).status_code == 404
    student = act("Anna").get(f"/office/students/{school.students['Kim']}").text
    assert "said that Carol Öztürk is no teacher here" in student
