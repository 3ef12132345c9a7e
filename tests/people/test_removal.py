"""Taking a person out of the school by hand: what the page promises is what happens."""

import pytest
from flask_babel import force_locale
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim
from app.core.errors import NotFoundError
from app.family.overview import load_overview
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.people.removal import OwnSelf, load_removal, remove_person
from app.people.student import load_family
from app.rounds.models import Offer, OfferTeacher
from app.school.homes import homes_of
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from app.school.queries import children_of
from tests.signing_in import new_session
from tests.small_school import NOW


@pytest.fixture
def remove(school):
    def remove_(name, actor="Anna"):
        remove_person(
            school.actors[actor], school.people[name], reason="moved to another town", now=NOW
        )

    return remove_


@pytest.fixture
def preview(school):
    return lambda name: load_removal(school.people[name], now=NOW)


def live(db):
    return set(db.scalars(select(Booking.id).where(Booking.cancelled_at.is_(None))))


def test_a_student_goes_with_its_talks_and_links_and_a_guardian_without_a_child(
    db, school, book, preview, remove
):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    kept = book("Alice", "Noor", ("Bart", 0))
    page = preview("Kim")
    assert [one.booking_id for one in page.family_talks] == [talk]
    assert page.children == ("Carol Öztürk",)
    remove("Kim")
    assert live(db) == set(kept)
    assert db.scalars(select(Claim).where(Claim.booking_id == talk)).all() == []
    assert children_of(school.actors["Carol"], NOW.date()) == ()
    for role, name in ((Student, "Kim"), (Guardian, "Carol")):
        of_person = role.person_id == school.people[name]
        assert db.scalar(select(role.ended_on).where(of_person)) == NOW.date()
        assert db.get(Person, school.people[name]).ended_on == NOW.date()


def test_nobody_is_offered_to_a_student_who_is_removed(db, school, remove):
    offered = select(Offer.student_id).where(Offer.offered).distinct()
    before = set(db.scalars(offered))
    remove("Kim")
    assert before - set(db.scalars(offered)) == {school.students["Kim"]}


def test_a_guardian_goes_and_joint_talks_stay_with_the_other(db, school, book, preview, remove):
    (talk,) = book("Adam", "Noor", ("Vera", 0))
    assert preview("Adam").family_talks == ()
    remove("Adam")
    assert live(db) == {talk}
    assert [home.guardians for home in homes_of(school.students["Noor"])] == [("Alice Jansen",)]
    assert len(load_overview(school.actors["Alice"], now=NOW).evenings) == 1
    assert children_of(school.actors["Adam"], NOW.date()) == ()


@pytest.mark.parametrize(("guardian", "student"), [("Carol", "Kim"), ("Bob", "Tim")])
def test_talks_of_a_guardian_alone_are_cancelled(db, book, preview, remove, guardian, student):
    (talk,) = book(guardian, student, ("Vera", 0))
    assert [one.booking_id for one in preview(guardian).family_talks] == [talk]
    remove(guardian)
    assert live(db) == set()


def test_a_teachers_talks_are_called_off_and_families_get_a_mail(db, school, book, preview, remove):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    assert [one.booking_id for one in preview("Vera").teaching_talks] == [talk]
    remove("Vera")
    booking = db.get(Booking, talk)
    assert (booking.called_off, booking.cancelled_at) == ("left", NOW)
    assert "bookings.called_off" in db.scalars(select(OutboxMessage.kind)).all()
    offered = (
        select(Offer.id)
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .where(OfferTeacher.teacher_id == school.teachers["Vera"], Offer.offered)
    )
    assert db.scalars(offered).all() == []


def test_each_reads_in_the_own_language_that_a_teacher_has_left(
    monkeypatch, act, db, school, book, remove
):
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    adam = db.get(Person, school.people["Adam"])
    adam.language = "en"
    db.commit()
    with force_locale("en"):
        remove("Vera")
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    deliver_due(HANDLERS, now=NOW)
    called_off = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in mails[-2:]}
    english, dutch = (
        "This teacher no longer works at the school.",
        "Deze docent werkt niet meer op school.",
    )
    assert dutch in called_off["alice@family.example"]
    assert english in called_off["adam@family.example"]
    for url in (
        f"/talks/{talk}/alternatives",
        f"/office/rounds/{school.round_id}/unanswered",
        f"/office/students/{school.students['Noor']}",
        "/office/log",
    ):
        client = act("Alice" if url.startswith("/talks") else "Anna")
        for language, words in (("en", english), ("nl", dutch)):
            page = client.get(url, headers={"Accept-Language": language})
            assert words in page.text, url


def test_a_teacher_who_is_a_parent_goes_in_both_roles(db, school, book, preview, remove):
    (teaching,) = book("Carol", "Kim", ("Bart", 0))
    (own,) = book("Bart", "Lot", ("Vera", 3))
    page = preview("Bart")
    assert [one.booking_id for one in page.teaching_talks] == [teaching]
    assert [one.booking_id for one in page.family_talks] == [own]
    remove("Bart")
    assert live(db) == set()
    for role in (Guardian, Teacher):
        ended = select(role.ended_on).where(role.person_id == school.people["Bart"])
        assert db.scalar(ended) == NOW.date()


def test_sessions_end_and_the_office_is_left(db, school, preview, remove):
    new_session(school.people["Sofie"], now=NOW)
    assert (preview("Sofie").sessions, preview("Sofie").who.is_staff) == (1, True)
    assert preview("Sofie").who.sources == ()
    remove("Sofie")
    assert db.scalars(select(SignInSession.ended_at)).all() == [NOW]
    account = select(Account.scheduler).where(Account.person_id == school.people["Sofie"])
    assert db.scalar(account) is False


def test_nothing_is_deleted_and_the_page_of_the_student_stays(db, school, book, remove):
    (talk,) = book("Carol", "Kim", ("Vera", 0))
    remove("Kim")
    page = load_family(school.students["Kim"], now=NOW)
    assert page.student.ended_on == NOW.date()
    assert [line.talk.booking_id for line in page.talks] == [talk]
    assert {line.reason for line in page.log if line.reason} == {"moved to another town"}
    assert db.scalars(select(Guardianship)).all()


def test_it_stands_in_the_log_of_each_child(db, school, remove):
    remove("Alice")
    entries = db.scalars(select(AuditEntry).where(AuditEntry.action == "family.removed")).all()
    assert {entry.student_id for entry in entries} == {
        school.students["Noor"],
        school.students["Sem"],
    }


def test_nobody_removes_the_own_self(remove):
    with pytest.raises(OwnSelf):
        remove("Anna")


@pytest.mark.parametrize("actor", ["Sofie", "Vera", "Alice", "Noor"])
def test_only_an_administrator_removes(remove, actor):
    with pytest.raises(NotFoundError):
        remove("Kim", actor=actor)


def test_who_is_gone_already_is_not_found(db, school, preview):
    db.execute(update(Person).where(Person.id == school.people["Kim"]).values(ended_on=NOW.date()))
    db.commit()
    with pytest.raises(NotFoundError):
        preview("Kim")


def test_the_page_names_what_goes_and_asks_why(act, school, book):
    book("Carol", "Kim", ("Vera", 0))
    url = f"/office/people/{school.people['Vera']}/remove"
    page = act("Anna").get(url, headers={"Accept-Language": "en"}).text
    assert "1 talk of the teacher is called off." in page
    assert "comes back with the next import" in page
    assert act("Anna").post(url, data={"reason": ""}).status_code == 422
    answer = act("Anna").post(url, data={"reason": "found another job"})
    assert answer.location == "/office/people"
    assert (
        "Vera de Vries is removed."
        in act("Anna").get(answer.location, headers={"Accept-Language": "en"}).text
    )
    assert act("Anna").get(url).status_code == 404
