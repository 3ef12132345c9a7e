"""A teacher who is also a parent: one person, in one place at a time."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.accounts.queries import load_actor
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim
from app.core.access import Role
from app.core.errors import NotFoundError
from app.people.joining import join_people, load_join
from app.people.one_person import NotJoinable
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
def join(school):
    def join_(person_id, actor="Anna", now=NOW):
        join_people(
            school.actors[actor], school.teachers["Vera"], person_id, reason="she said so", now=now
        )

    return join_


def test_offers_guardians_with_the_same_mail_address_or_name(db, school, carol):
    db.execute(
        update(Person)
        .where(Person.id == school.people["Bob"])
        .values(sort_key=db.get(Person, school.people["Vera"]).sort_key)
    )
    db.commit()
    page = load_join(school.teachers["Vera"])
    assert {(one.name, one.same_mail, one.children) for one in page.candidates} == {
        ("Carol Öztürk", True, ("Kim Öztürk",)),
        ("Bob Smit", False, ("Tim Smit",)),
    }


def test_guardians_without_an_address_are_not_alike(db, school):
    db.execute(update(Person).values(email="", email_key=""))
    db.commit()
    assert load_join(school.teachers["Vera"]).candidates == ()


def test_becomes_one_account_with_both_roles(db, school, carol, join):
    join(carol)
    vera = school.people["Vera"]
    new_session(vera)
    account_id = db.scalars(select(Account.id).where(Account.person_id == vera)).one()
    actor = load_actor(account_id)
    assert actor.roles == {Role.TEACHER, Role.GUARDIAN}
    assert actor.name == "Vera de Vries"
    assert db.get(Person, carol).ended_on == NOW.date()


def test_talks_as_a_parent_take_the_teachers_time(db, school, book, carol, join):
    (talk,) = book("Carol", "Kim", ("Bart", 0))
    join(carol)
    vera = school.people["Vera"]
    sitting = db.scalars(
        select(Claim.resource_id).where(Claim.booking_id == talk, Claim.kind == "person")
    )
    assert set(sitting) == {vera, school.people["Bart"]}
    assert db.get(Booking, talk).booked_by_id == vera
    assert len(book("Alice", "Noor", ("Vera", 0))) == 0


def test_who_would_sit_in_two_places_is_refused_and_nothing_changes(db, school, book, carol, join):
    book("Carol", "Kim", ("Bart", 0))
    book("Alice", "Noor", ("Vera", 0))
    with pytest.raises(NotJoinable):
        join(carol)
    assert db.scalar(select(Guardian.id).where(Guardian.person_id == carol))
    assert db.get(Person, carol).ended_on is None


def test_two_places_in_the_past_are_no_hindrance(db, school, book, carol, join):
    (as_parent,) = book("Carol", "Kim", ("Bart", 0))
    (as_teacher,) = book("Alice", "Noor", ("Vera", 0))
    join(carol, now=db.get(Booking, as_parent).ends_at)
    sitting = select(Claim.booking_id).where(
        Claim.kind == "person", Claim.resource_id == school.people["Vera"]
    )
    assert set(db.scalars(sitting)) == {as_teacher}
    carols = select(Claim.id).where(Claim.kind == "person", Claim.resource_id == carol)
    assert db.scalars(carols).all() == []


def test_mails_that_are_still_to_go_reach_who_the_parent_is(
    school, book, carol, join, promised, delivered
):
    promised(*book("Carol", "Kim", ("Bart", 0)), invited=["Carol"])
    join(carol)
    assert delivered() == ["vera: Kies", "vera: Uw"]


def test_sessions_end_and_roles_of_the_office_come_along(db, school, carol, join):
    for person_id in (carol, school.people["Vera"]):
        new_session(person_id, now=NOW)
    db.execute(update(Account).where(Account.person_id == carol).values(scheduler=True))
    db.commit()
    join(carol)
    assert db.scalars(select(SignInSession.ended_at)).all() == [NOW, NOW]
    of_vera = Account.person_id == school.people["Vera"]
    assert db.scalars(select(Account.scheduler).where(of_vera)).one() is True
    assert db.scalars(select(Account.closed_at).where(Account.person_id == carol)).one() == NOW


def test_it_stands_in_the_log_of_the_child(db, school, carol, join):
    join(carol)
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.student_id) == ("family.joined", school.students["Kim"])
    assert entry.details["reason"] == "she said so"


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Carol"])
def test_only_an_administrator_joins(carol, join, actor):
    with pytest.raises(NotFoundError):
        join(carol, actor=actor)


def test_nobody_else_can_be_joined(school, carol, join):
    with pytest.raises(NotFoundError):
        join(school.people["Alice"])
    with pytest.raises(NotFoundError):
        load_join(school.teachers["Bart"])  # is a parent already


def test_the_page_asks_who_and_why(act, school, carol):
    url = f"/office/teachers/{school.teachers['Vera']}/join"
    assert "Kim Öztürk" in act("Anna").get(url).text
    refused = act("Anna").post(url, data={"reason": "she said so"})
    assert (refused.status_code, 'value="she said so"' in refused.text) == (422, True)
    foreign = {"reason": "x", "person": school.people["Alice"]}
    assert act("Anna").post(url, data=foreign).status_code == 422
    answer = act("Anna").post(url, data={"reason": "she said so", "person": carol})
    assert answer.location == f"/office/teachers/{school.teachers['Vera']}"
    assert act("Anna").get(url).status_code == 404
