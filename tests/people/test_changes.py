"""Apart or together, open or closed: what an administrator decides, and what is shown beforehand."""

import re

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.audit.models import AuditEntry
from app.bookings import office
from app.bookings import service as bookings
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.core.errors import NotFoundError
from app.family.overview import load_overview
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.people import service
from app.people.service import NothingToDecide
from app.people.student import load_guardians
from app.school.homes import homes_of
from app.school.models import Guardianship, Person, Student
from app.school.queries import children_of
from tests.signing_in import new_session
from tests.small_school import NOW


@pytest.fixture
def set_apart(school):
    def set_apart_(student, apart=True, actor="Anna"):
        service.set_apart(
            school.actors[actor],
            school.students[student],
            apart=apart,
            reason="asked for by the mother",
            now=NOW,
        )

    return set_apart_


@pytest.fixture
def change_access(school):
    def change_access_(guardian, student, opens, actor="Anna"):
        service.change_access(
            school.actors[actor],
            school.students[student],
            school.actors[guardian].guardian_id,
            opens=opens,
            reason="showed a paper",
            now=NOW,
        )

    return change_access_


def sitting(db, booking_id):
    return set(
        db.scalars(
            select(Claim.resource_id).where(Claim.booking_id == booking_id, Claim.kind == "person")
        )
    )


def children(school, name):
    return [child.given_name for child in children_of(school.actors[name], NOW.date())]


def test_apart_a_joint_talk_stays_with_who_reserved_it(db, school, book, set_apart):
    (talk,) = book("Adam", "Noor", ("Vera", 0))
    set_apart("Noor")
    assert len(homes_of(school.students["Noor"])) == 2
    assert sitting(db, talk) == {school.people["Vera"], school.people["Adam"]}
    assert load_overview(school.actors["Alice"], now=NOW).evenings == ()
    assert len(homes_of(school.students["Sem"])) == 1


def test_the_page_says_beforehand_what_happens_and_changes_nothing(db, school, book):
    book("Adam", "Noor", ("Vera", 0))
    book("Adam", "Sem", ("Vera", 3))
    (line,) = service.rehearse_apart(school.students["Noor"], apart=True, now=NOW)
    assert (line.talk.teacher, line.guardians) == ("mevr. De Vries", ("Adam Jansen",))
    assert not db.get(Student, school.students["Noor"]).apart
    assert len(homes_of(school.students["Noor"])) == 1
    assert db.scalar(select(Booking.household_id)) == school.households["Alice"]
    assert "household.talk_followed" not in db.scalars(select(AuditEntry.action)).all()


def test_together_again_one_of_two_talks_with_a_teacher_is_cancelled(db, school, book, set_apart):
    book("Bob", "Tim", ("Vera", 0))
    (later,) = book("Bea", "Tim", ("Vera", 5))
    lines = service.rehearse_apart(school.students["Tim"], apart=False, now=NOW)
    assert {(line.talk.booking_id == later, line.is_cancelled) for line in lines} == {
        (False, False),
        (True, True),
    }
    set_apart("Tim", apart=False)
    assert db.get(Booking, later).cancelled_at == NOW
    kinds = db.scalars(select(OutboxMessage.kind)).all()
    payload = db.scalars(
        select(OutboxMessage.payload).where(OutboxMessage.kind == Promise.CANCELLED)
    ).one()
    assert payload == {"booking_id": later, "is_told": True}  # the mail about the family tells
    assert kinds.count("bookings.regrouped") == 2
    assert len(load_overview(school.actors["Bea"], now=NOW).evenings[0].talks) == 1


def test_the_decision_stands_in_the_log_with_role_and_reason(db, school, set_apart):
    set_apart("Noor")
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_role) == ("family.set_apart", "administrator")
    assert entry.student_id == school.students["Noor"]
    assert entry.details == {"reason": "asked for by the mother"}


def test_the_reason_is_kept_only_where_the_source_says_otherwise(db, school, set_apart):
    set_apart("Noor")
    assert db.get(Student, school.students["Noor"]).apart_reason == "asked for by the mother"
    set_apart("Noor", apart=False)
    assert db.get(Student, school.students["Noor"]).apart_reason == ""
    set_apart("Tim", apart=False)  # the source says: apart
    assert db.get(Student, school.students["Tim"]).apart_reason == "asked for by the mother"


def test_what_is_so_already_is_refused(set_apart):
    with pytest.raises(NothingToDecide):
        set_apart("Tim")


def sessions(db, school, *names):
    """Who of these people is still signed in."""
    return [
        name
        for name in names
        if db.scalar(
            select(SignInSession.id)
            .join(Account, Account.id == SignInSession.account_id)
            .where(Account.person_id == school.people[name], SignInSession.ended_at.is_(None))
        )
    ]


@pytest.mark.parametrize("closes", [False, True])
def test_who_shares_a_mailbox_is_not_signed_in_as_the_other_any_more(
    db, school, set_apart, change_access, closes
):
    people = [school.people["Alice"], school.people["Adam"]]
    db.execute(
        update(Person)
        .where(Person.id.in_(people))
        .values(email="us@x.example", email_key="us@x.example")
    )
    db.commit()
    for name in ("Alice", "Adam", "Bob", "Bea"):
        new_session(school.people[name], now=NOW)
    if closes:
        change_access("Adam", "Noor", opens=False)
    else:
        set_apart("Noor")
        set_apart("Tim", apart=False)  # each with a mailbox of one's own
    assert sessions(db, school, "Alice", "Adam", "Bob", "Bea") == ["Bob", "Bea"]


def test_who_shares_a_mailbox_is_not_signed_in_as_one_who_sees_more_now(db, school, change_access):
    people = [school.people["Alice"], school.people["Adam"]]
    db.execute(
        update(Person)
        .where(Person.id.in_(people))
        .values(email="us@x.example", email_key="us@x.example")
    )
    kim, alice = school.students["Kim"], school.actors["Alice"].guardian_id
    db.add(Guardianship(student_id=kim, guardian_id=alice, closed_reason="relative"))
    db.commit()
    for name in ("Alice", "Adam"):
        new_session(school.people[name], now=NOW)
    change_access("Alice", "Kim", opens=True)
    assert sessions(db, school, "Alice", "Adam") == []


def of_age(db, school, student, born):
    """Let a student be born that day."""
    whose = Student.id == school.students[student]
    db.execute(update(Student).where(whose).values(birth_date=born))
    db.commit()


def test_a_student_of_18_is_opened_by_the_school_since_then(db, school, change_access):
    change_access("Adam", "Noor", opens=False)
    change_access("Adam", "Noor", opens=True)  # while Noor is 13
    of_age(db, school, "Noor", NOW.date().replace(year=NOW.year - 18))
    assert children(school, "Adam") == children(school, "Alice") == ["Sem"]
    adam, alice = load_guardians(school.students["Noor"], today=NOW.date())
    assert (adam.why, alice.why) == ("grown", "grown")
    change_access("Alice", "Noor", opens=True)
    assert children(school, "Alice") == ["Noor", "Sem"]
    change_access("Alice", "Noor", opens=False)
    assert children(school, "Alice") == ["Sem"]


def test_the_page_asks_for_the_yes_of_a_student_of_18(act, db, school):
    of_age(db, school, "Noor", NOW.date().replace(year=NOW.year - 18))
    address = (
        f"/office/students/{school.students['Noor']}/guardians/{school.actors['Adam'].guardian_id}"
    )
    assert "only where the student said yes" in act("Anna").get(address).text
    assert "Noor Jansen" in act("Anna").get("/office/people?list=of-age").text


def test_a_closed_child_is_gone_for_that_guardian_alone(db, school, book, change_access):
    (talk,) = book("Adam", "Noor", ("Vera", 0))
    change_access("Adam", "Noor", opens=False)
    assert children(school, "Adam") == ["Sem"]
    assert children(school, "Alice") == ["Noor", "Sem"]
    assert sitting(db, talk) == {school.people["Vera"], school.people["Alice"]}
    link = db.scalars(
        select(Guardianship).where(
            Guardianship.guardian_id == school.actors["Adam"].guardian_id,
            Guardianship.student_id == school.students["Noor"],
        )
    ).one()
    assert (link.closed_reason, link.opened_at) == ("school", None)


def test_closed_to_the_only_guardian_the_page_says_that_nobody_is_left(school, book):
    book("Carol", "Kim", ("Vera", 0))
    (line,) = service.rehearse_access(
        school.students["Kim"], school.actors["Carol"].guardian_id, opens=False, now=NOW
    )
    assert (line.guardians, line.is_cancelled) == ((), False)


def test_opens_what_was_closed_by_rule_and_keeps_why(db, school, change_access):
    db.execute(
        update(Guardianship)
        .where(Guardianship.guardian_id == school.actors["Carol"].guardian_id)
        .values(closed_reason="no_authority", legal_authority=False, relation="vader")
    )
    db.commit()
    assert children(school, "Carol") == []
    change_access("Carol", "Kim", opens=True)
    assert children(school, "Carol") == ["Kim"]
    link = db.scalars(
        select(Guardianship).where(Guardianship.guardian_id == school.actors["Carol"].guardian_id)
    ).one()
    assert (link.closed_reason, link.opened_reason) == ("no_authority", "showed a paper")


def test_a_link_that_is_not_there_is_not_found(change_access):
    with pytest.raises(NotFoundError):
        change_access("Carol", "Noor", opens=True)


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Alice", "Tim"])
def test_only_an_administrator_decides(school, set_apart, change_access, actor):
    with pytest.raises(NotFoundError):
        set_apart("Noor", actor=actor)
    with pytest.raises(NotFoundError):
        change_access("Adam", "Noor", opens=False, actor=actor)
    with pytest.raises(NotFoundError):
        service.note_addresses_seen(school.actors[actor], school.students["Noor"], now=NOW)


def test_the_pages_ask_for_a_reason_and_come_back_to_the_student(db, act, school, book):
    book("Adam", "Noor", ("Vera", 0))
    student = f"/office/students/{school.students['Noor']}"
    adam = school.actors["Adam"].guardian_id
    for url, shall in ((f"{student}/apart", "be"), (f"{student}/guardians/{adam}", "not be")):
        shown = act("Anna").get(url).text
        assert "18:30" in shown
        assert re.search(rf'name="shall"\s+value="{shall}"', shown)
        refused = act("Anna").post(url, data={"reason": "", "shall": shall})
        assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
        answer = act("Anna").post(url, data={"reason": "asked", "shall": shall})
        assert (answer.status_code, answer.location) == (303, student)
        again = act("Anna").post(url, data={"reason": "asked", "shall": shall})
        assert again.status_code == 409, "sent twice it undid itself"
        unsaid = act("Anna").post(url, data={"reason": "asked"})
        assert (unsaid.status_code, "choose once more" in unsaid.text) == (422, True)
    assert db.get(Student, school.students["Noor"]).apart
    page = act("Anna").get(student, headers={"Accept-Language": "en"}).text
    assert "does not see the child: closed by the school" in page
    assert "closed the child to Adam Jansen" in page
    assert "set the parents apart" in page
    assert "talks apart, or together again" in page


def test_a_foreign_guardian_of_a_student_is_not_found(act, school):
    carol = school.actors["Carol"].guardian_id
    url = f"/office/students/{school.students['Noor']}/guardians/{carol}"
    assert act("Anna").get(url).status_code == 404


def test_the_office_books_for_who_was_set_apart(db, school, set_apart):
    set_apart("Noor")
    home = next(h for h in homes_of(school.students["Noor"]) if h.guardians == ("Adam Jansen",))
    result = office.book_for(
        school.actors["Sofie"],
        school.round_id,
        school.students["Noor"],
        home.household_id,
        [Choice(*school.choice("Noor", "Vera", 0))],
        reason="",
        beyond_maximum=False,
        now=NOW,
    )
    assert sitting(db, result.booked[0]) == {school.people["Vera"], school.people["Adam"]}


def test_the_page_of_one_without_authority_says_so_also_when_the_student_is_18(
    act, db, school, change_access
):
    noor, adam = school.students["Noor"], school.actors["Adam"].guardian_id
    link = (Guardianship.guardian_id == adam) & (Guardianship.student_id == noor)
    closed = {"legal_authority": False, "closed_reason": "no_authority"}
    db.execute(update(Guardianship).where(link).values(**closed))
    db.commit()
    change_access("Adam", "Noor", opens=True)
    of_age(db, school, "Noor", NOW.date().replace(year=NOW.year - 18))
    page = act("Anna").get(f"/office/students/{noor}/guardians/{adam}").text
    assert "no legal authority" in page
    assert "only where the student said yes" in page


def test_only_whom_a_student_of_18_said_yes_to_comes_along(db, school, change_access):
    of_age(db, school, "Noor", NOW.date().replace(year=NOW.year - 18))
    change_access("Alice", "Noor", opens=True)
    (talk,) = bookings.book(
        school.actors["Alice"],
        school.round_id,
        school.students["Noor"],
        [Choice(*school.choice("Noor", "Vera", 0))],
        together=False,
        submission="of-one-who-is-18",
        now=NOW,
    ).booked
    seated = select(Claim.resource_id).where(Claim.booking_id == talk, Claim.kind == "person")
    people = set(db.scalars(seated))
    assert school.people["Alice"] in people
    assert school.people["Adam"] not in people
    change_access("Adam", "Noor", opens=True)
    assert {school.people["Alice"], school.people["Adam"]} <= set(db.scalars(seated))
