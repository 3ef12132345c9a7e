"""A guardian whom the administration lists twice: one person, and two again."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.accounts.queries import load_actor
from app.accounts.service import account_of
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim
from app.bookings.regrouping import follow_households
from app.core.errors import NotFoundError
from app.family.overview import load_overview
from app.outbox.models import OutboxMessage
from app.people import search
from app.people.merging import load_merge, merge_guardians
from app.people.one_person import NotJoinable
from app.people.splitting import load_split, split_guardians
from app.school.homes import homes_of
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.names import email_key
from app.school.queries import children_of
from tests.signing_in import new_session
from tests.small_school import NOW


def guardian(school, name):
    return school.actors[name].guardian_id


def same_mail(db, school, *names):
    db.execute(
        update(Person)
        .where(Person.id.in_([school.people[name] for name in names]))
        .values(email="one@family.example", email_key=email_key("one@family.example"))
    )
    db.commit()


@pytest.fixture
def twice(db, school):
    """Alice is Carol: the administration lists her once for Noor and Sem, and once for Kim."""
    same_mail(db, school, "Alice", "Carol")


@pytest.fixture
def merge(school):
    def merge_(one="Alice", other="Carol", actor="Anna"):
        return merge_guardians(
            school.actors[actor],
            guardian(school, one),
            guardian(school, other),
            reason="her passport",
            now=NOW,
        )

    return merge_


@pytest.fixture
def split(school):
    def split_(name="Carol", actor="Anna"):
        split_guardians(school.actors[actor], guardian(school, name), reason="sisters", now=NOW)

    return split_


def sitting(db, booking_id):
    return set(
        db.scalars(
            select(Claim.resource_id).where(Claim.booking_id == booking_id, Claim.kind == "person")
        )
    )


def children(school, name):
    return [child.given_name for child in children_of(school.actors[name], NOW.date())]


def homes(school, student):
    return [home.guardians for home in homes_of(school.students[student])]


def talks(school, name):
    overview = load_overview(school.actors[name], now=NOW)
    return [talk.child.given_name for evening in overview.evenings for talk in evening.talks]


def test_offers_guardians_of_other_children_with_the_same_mail_address_or_name(db, school):
    same_mail(db, school, "Alice", "Carol", "Adam")  # Adam is the father of the same children
    db.execute(
        update(Person)
        .where(Person.id == school.people["Bob"])
        .values(sort_key=db.get(Person, school.people["Alice"]).sort_key)
    )
    db.commit()
    page = load_merge(guardian(school, "Alice"), now=NOW)
    assert {(one.entry.name, one.same_mail) for one in page.candidates} == {
        ("Carol Öztürk", True),
        ("Bob Smit", False),
    }
    (line, _sem) = page.entry.children
    assert (line.name, line.others) == ("Noor Jansen", ("Adam Jansen",))


def test_guardians_without_an_address_are_not_alike(db, school):
    db.execute(update(Person).values(email="", email_key=""))
    db.commit()
    assert load_merge(guardian(school, "Alice"), now=NOW).candidates == ()


def test_sees_all_children_and_comes_for_each_with_whom_it_came(db, school, twice, merge):
    assert merge() == guardian(school, "Alice")
    assert children(school, "Alice") == ["Noor", "Kim", "Sem"]
    assert children(school, "Adam") == ["Noor", "Sem"]
    assert homes(school, "Noor") == [("Adam Jansen", "Alice Jansen")]
    assert homes(school, "Kim") == [("Alice Jansen",)]
    assert db.get(Person, school.people["Carol"]).ended_on == NOW.date()
    (group,) = search.find("Öztürk", by_mail=False, now=NOW, only=search.PersonKind.GUARDIANS)
    assert group.hits == ()


def test_has_the_talks_of_both_and_one_place_at_a_time(db, school, book, twice, merge):
    (kims,) = book("Carol", "Kim", ("Bart", 0))
    merge()
    assert talks(school, "Alice") == ["Kim"]
    assert sitting(db, kims) == {school.people["Bart"], school.people["Alice"]}
    assert db.get(Booking, kims).booked_by_id == school.people["Alice"]
    assert book("Alice", "Noor", ("Vera", 0)) == ()
    assert talks(school, "Adam") == []
    assert follow_households(now=NOW) == 0


def test_mails_that_are_still_to_go_reach_the_one_and_each_once(
    school, book, twice, merge, promised, delivered
):
    promised(*book("Carol", "Kim", ("Bart", 0)), invited=["Alice", "Carol", "Bob"])
    merge()
    assert delivered() == ["bob: Kies", "one: Kies", "one: Uw"]


def test_who_would_sit_in_two_places_is_refused_and_nothing_changes(db, school, book, twice, merge):
    book("Carol", "Kim", ("Bart", 0))
    book("Alice", "Noor", ("Vera", 0))
    (candidate,) = load_merge(guardian(school, "Alice"), now=NOW).candidates
    assert {talk.child.given_name for talk in candidate.clashes} == {"Kim", "Noor"}
    with pytest.raises(NotJoinable):
        merge()
    assert children(school, "Carol") == ["Kim"]
    assert db.get(Person, school.people["Carol"]).ended_on is None


def test_two_places_in_the_past_are_no_hindrance(db, school, book, twice, merge):
    (kims,) = book("Carol", "Kim", ("Bart", 0))
    book("Alice", "Noor", ("Vera", 0))
    after = db.get(Booking, kims).ends_at
    merge_guardians(
        school.actors["Anna"],
        guardian(school, "Alice"),
        guardian(school, "Carol"),
        reason="her passport",
        now=after,
    )
    assert sitting(db, kims) == {school.people["Bart"]}


def test_the_name_and_mail_address_are_of_who_has_an_address(db, school, merge):
    db.execute(
        update(Person)
        .where(Person.id.in_([school.people["Alice"], school.people["Carol"]]))
        .values(sort_key="the same")
    )
    db.execute(
        update(Person).where(Person.id == school.people["Alice"]).values(email="", email_key="")
    )
    db.commit()
    (candidate,) = load_merge(guardian(school, "Alice"), now=NOW).candidates
    assert candidate.holds
    assert merge() == guardian(school, "Carol")
    assert children(school, "Carol") == ["Noor", "Kim", "Sem"]


def test_the_row_of_who_teaches_stays(school, db, merge):
    same_mail(db, school, "Carol", "Bart")
    assert merge("Carol", "Bart") == guardian(school, "Bart")
    assert children(school, "Bart") == ["Lot", "Kim"]


def test_two_who_both_work_here_are_not_offered(db, school):
    same_mail(db, school, "Carol", "Bart")
    account_of(school.people["Carol"])
    of_carol = Account.person_id == school.people["Carol"]
    db.execute(update(Account).where(of_carol).values(scheduler=True))
    db.commit()
    assert load_merge(guardian(school, "Carol"), now=NOW).candidates == ()


def test_both_sign_in_anew(db, school, twice, merge):
    for name in ("Alice", "Carol"):
        new_session(school.people[name], now=NOW)
    merge()
    assert set(db.scalars(select(SignInSession.ended_at))) == {NOW}
    assert load_actor(account_of(school.people["Carol"])) is None


def test_nobody_gets_a_mail(db, school, book, twice, merge, split):
    book("Carol", "Kim", ("Bart", 0))
    merge()
    split()
    assert set(db.scalars(select(OutboxMessage.kind))) == {"bookings.booked"}


def test_it_stands_in_the_log_of_every_child(db, school, twice, merge):
    merge()
    lines = db.scalars(select(AuditEntry).where(AuditEntry.action == "family.merged")).all()
    assert {line.student_id for line in lines} == {
        school.students[name] for name in ("Noor", "Sem", "Kim")
    }
    assert {line.details["reason"] for line in lines} == {"her passport"}


def test_a_third_row_comes_along(db, school, merge):
    same_mail(db, school, "Alice", "Bob", "Carol")
    merge("Carol", "Bob")
    merge("Alice", "Carol")
    assert children(school, "Alice") == ["Noor", "Kim", "Tim", "Sem"]
    merged = load_merge(guardian(school, "Alice"), now=NOW).merged
    assert {name for _id, name in merged} == {"Bob Smit", "Carol Öztürk"}


def test_two_again_each_has_the_own_children_and_talks(db, school, book, twice, merge, split):
    (before,) = book("Carol", "Kim", ("Bart", 0))
    merge()
    (while_one,) = book("Alice", "Kim", ("Vera", 2))
    (noors,) = book("Alice", "Noor", ("Kader", 4))
    split()
    assert children(school, "Carol") == ["Kim"]
    assert children(school, "Alice") == ["Noor", "Sem"]
    assert talks(school, "Carol") == ["Kim", "Kim"]
    assert talks(school, "Alice") == ["Noor"]
    carol = school.people["Carol"]
    assert sitting(db, before) == {school.people["Bart"], carol}
    assert sitting(db, while_one) == {school.people["Vera"], carol}
    assert db.get(Booking, while_one).booked_by_id == carol
    assert db.get(Booking, noors).booked_by_id == school.people["Alice"]
    assert db.get(Person, carol).ended_on is None
    assert db.get(Guardian, guardian(school, "Carol")).ended_on is None
    assert homes(school, "Kim") == [("Carol Öztürk",)]
    assert follow_households(now=NOW) == 0
    lines = db.scalars(select(AuditEntry).where(AuditEntry.action == "family.split")).all()
    assert [line.student_id for line in lines] == [school.students["Kim"]]


def test_two_again_each_gets_the_own_mails_that_are_still_to_go(
    db, school, book, twice, merge, split, promised, delivered
):
    merge()
    db.get(Person, school.people["Carol"]).email = "carol@family.example"
    db.commit()
    (kims,) = book("Alice", "Kim", ("Vera", 2))
    (noors,) = book("Alice", "Noor", ("Kader", 4))
    promised(kims, noors, invited=["Alice"])
    split()
    assert delivered() == [
        "adam: Uw",
        "carol: Kies",
        "carol: Uw",
        "one: Kies",
        "one: Uw",
    ]


def test_a_talk_that_the_office_booked_goes_along_too(db, school, book, twice, merge, split):
    (talk,) = book("Carol", "Kim", ("Bart", 0))
    db.execute(
        update(Booking)
        .where(Booking.id == talk)
        .values(origin="office", booked_by_id=school.people["Anna"])
    )
    db.commit()
    merge()
    split()
    assert talks(school, "Carol") == ["Kim"]
    assert db.get(Booking, talk).booked_by_id == school.people["Anna"]


def test_what_was_closed_stays_closed_both_ways(db, school, twice, merge, split):
    db.execute(
        update(Guardianship)
        .where(Guardianship.guardian_id == guardian(school, "Carol"))
        .values(closed_reason="no_authority")
    )
    db.commit()
    merge()
    assert children(school, "Alice") == ["Noor", "Sem"]
    split()
    assert children(school, "Carol") == []


def test_children_whose_guardians_come_apart_stay_so(db, school, merge):
    same_mail(db, school, "Bob", "Carol")
    merge("Carol", "Bob")
    assert db.get(Student, school.students["Tim"]).apart
    assert sorted(homes(school, "Tim")) == [("Bea van den Berg",), ("Carol Öztürk",)]


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Carol", "Alice"])
def test_only_an_administrator_does_either(school, twice, merge, split, actor):
    with pytest.raises(NotFoundError):
        merge(actor=actor)
    merge()
    with pytest.raises(NotFoundError):
        split(actor=actor)


def test_who_is_no_candidate_or_nobody_else_is_not_found(school, twice, merge, split):
    with pytest.raises(NotFoundError):
        merge("Alice", "Bob")
    with pytest.raises(NotFoundError):
        merge("Alice", "Adam")
    with pytest.raises(NotFoundError):
        split()
    with pytest.raises(NotFoundError):
        load_split(guardian(school, "Alice"), now=NOW)


def test_the_pages_ask_who_and_why_and_lead_to_the_guardian(act, db, school, book, twice):
    book("Carol", "Kim", ("Bart", 0))
    alice = f"/office/guardians/{guardian(school, 'Alice')}"
    carol = f"/office/guardians/{guardian(school, 'Carol')}"
    assert "Carol Öztürk" in act("Anna").get(f"{alice}/merge").text
    refused = act("Anna").post(f"{alice}/merge", data={"reason": "her passport"})
    assert (refused.status_code, 'value="her passport"' in refused.text) == (422, True)
    foreign = {"reason": "x", "guardian": guardian(school, "Bob")}
    assert act("Anna").post(f"{alice}/merge", data=foreign).status_code == 422
    chosen = {"reason": "her passport", "guardian": guardian(school, "Carol")}
    assert act("Anna").post(f"{alice}/merge", data=chosen).location == alice
    assert act("Anna").get(carol).location == alice
    assert act("Anna").get(f"{carol}/merge").status_code == 404
    page = act("Anna").get(f"{alice}/merge").text
    assert f"{carol}/split" in page
    text = act("Anna").get(f"{carol}/split").text
    assert "Kim Öztürk" in text
    assert "dhr. Bakker" in text
    refused = act("Anna").post(f"{carol}/split", data={"reason": ""})
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    assert act("Anna").post(f"{carol}/split", data={"reason": "sisters"}).location == carol
    assert act("Anna").get(f"{carol}/split").status_code == 404
    log = act("Anna").get(f"/office/students/{school.students['Kim']}").text
    assert "said that Alice Jansen is listed twice, and is one person" in log
    assert "said that Carol Öztürk and another parent are two people" in log


def test_the_page_says_which_talks_are_at_the_same_time(act, school, book, twice):
    book("Carol", "Kim", ("Bart", 0))
    book("Alice", "Noor", ("Vera", 0))
    url = f"/office/guardians/{guardian(school, 'Alice')}/merge"
    assert "these talks are at the same time" in act("Anna").get(url).text
    chosen = {"reason": "her passport", "guardian": guardian(school, "Carol")}
    refused = act("Anna").post(url, data=chosen)
    assert refused.status_code == 409
    assert "The two sit in talks at the same time" in refused.text
