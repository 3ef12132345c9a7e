"""On the 18th birthday talks and requests go to the student, and the parents' time is theirs."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.queries import load_owner
from app.accounts.service import account_of
from app.bookings.models import Booking, BookingRequest, Claim, ClaimKind
from app.family import consent
from app.family.overview import load_overview
from app.jobs import NIGHTLY
from app.requests import asking, wishes
from app.requests.models import Preference
from app.requests.queries import load_asking
from app.rounds.models import OpenTo, Round
from app.school.age import is_grown
from app.school.models import Student
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")

TODAY = NOW.date()


@pytest.fixture
def born(db, school):
    """Noor turns 18 in so many days; the nightly job has seen it."""

    def born_(*, days=0, follows=True):
        day = TODAY.replace(year=TODAY.year - 18) + timedelta(days=days)
        db.execute(
            update(Student).where(Student.id == school.students["Noor"]).values(birth_date=day)
        )
        db.commit()
        if follows:
            consent.follow_birthdays(now=NOW)
        school.actors["Noor"] = load_owner(account_of(school.people["Noor"]))[0]
        assert is_grown(day, TODAY) is (days <= 0)

    return born_


@pytest.fixture
def sit(db, school):
    """Return whose time of the family a talk takes."""

    def sit_(talk):
        whose = (Claim.booking_id == talk, Claim.kind == ClaimKind.PERSON)
        ids = set(db.scalars(select(Claim.resource_id).where(*whose)))
        names = {name for name, id_ in school.people.items() if id_ in ids}
        return names - school.teachers.keys()

    return sit_


def talks_of(school, name):
    page = load_overview(school.actors[name], now=NOW)
    return [talk for evening in page.evenings for talk in evening.talks]


def write(db, remark):
    db.execute(update(Booking).values(remark=remark))
    db.commit()


def state(db, row):
    fresh = db.get_one(type(row), row.id, populate_existing=True)
    return fresh.household_id, fresh.remark


def test_the_job_runs_just_after_midnight():
    (job,) = (job for job in NIGHTLY if job.name == "birthdays")
    assert (job.at.hour, job.at.minute) == (0, 1)


def test_a_talk_becomes_the_students_own_and_leaves_the_parents_free(
    db, act, school, book_one, born, sit
):
    born(days=1)
    talk = book_one("Alice", "Noor", "Vera", 0)
    write(db, "We worry")
    row = db.get_one(Booking, talk)
    consent.follow_birthdays(now=NOW)
    assert state(db, row) == (school.households["Alice"], "We worry")
    assert sit(talk) == {"Alice", "Adam"}
    born()
    assert state(db, row) == (None, "")
    assert row.cancelled_at is None
    assert sit(talk) == {"Noor"}
    (shown,) = talks_of(school, "Noor")
    assert (shown.booking_id, shown.may_cancel, shown.may_move) == (talk, True, True)
    assert "We worry" not in act("Noor").get("/talks").text
    assert talks_of(school, "Alice") == talks_of(school, "Adam") == []
    book_one("Alice", "Sem", "Bart", 0)  # at the same time


def test_the_student_reads_nothing_of_the_parents_before_the_job_has_run(
    db, act, school, book_one, born
):
    born(days=1)
    row = db.get_one(Booking, book_one("Alice", "Noor", "Vera", 0))
    write(db, "We worry")
    born(follows=False)
    assert state(db, row) == (school.households["Alice"], "We worry")
    assert "We worry" not in act("Noor").get("/talks").text
    assert act("Noor").get(f"/talks/{row.id}/remark").status_code == 404
    book_one("Noor", "Noor", "Bart", 0)  # alone, at the same time


def test_nor_by_saying_yes_before_it_has(db, school, book_one, born):
    born(days=1)
    row = db.get_one(Booking, book_one("Alice", "Noor", "Vera", 0))
    write(db, "We worry")
    born(follows=False)
    consent.decide(school.actors["Noor"], lets_in=True, now=NOW)
    assert state(db, row) == (None, "")
    assert [it.booking_id for it in talks_of(school, "Alice")] == [row.id]


@pytest.mark.parametrize(("open_to", "read"), [(OpenTo.GUARDIANS, ""), (OpenTo.BOTH, "We worry")])
def test_nor_what_they_wrote_about_a_talk_before_the_birthday(
    db, school, book_one, born, open_to, read
):
    db.execute(update(Round).values(open_to=open_to))
    after = FIRST + timedelta(days=2)
    born(days=(after - NOW).days)
    book_one("Alice", "Noor", "Vera", 0)
    write(db, "We worry")
    consent.follow_birthdays(now=after)
    consent.decide(school.actors["Noor"], lets_in=True, now=after)

    def remarks(name):
        page = load_overview(school.actors[name], now=after)
        return [talk.remark for evening in page.past for talk in evening.talks]

    assert remarks("Noor") == [read]
    assert remarks("Alice") == ["We worry"]


def test_a_remark_that_the_student_could_read_stays(db, school, book_one, born):
    born(days=1)
    row = db.get_one(Booking, book_one("Alice", "Noor", "Vera", 0))
    write(db, "We both worry")
    db.execute(update(Round).values(open_to=OpenTo.BOTH))
    db.commit()
    born()
    assert state(db, row) == (None, "We both worry")


def test_who_said_yes_keeps_the_talks_with_the_parents(db, school, book_one, born, sit):
    born()
    consent.decide(school.actors["Noor"], lets_in=True, now=NOW)
    talk = book_one("Alice", "Noor", "Vera", 0)
    write(db, "We worry")
    row = db.get_one(Booking, talk)
    consent.follow_birthdays(now=NOW)
    assert state(db, row) == (school.households["Alice"], "We worry")
    assert sit(talk) == {"Alice", "Adam"}
    consent.decide(school.actors["Noor"], lets_in=False, now=NOW)
    assert state(db, row)[0] is None
    assert sit(talk) == {"Noor"}
    assert [it.booking_id for it in talks_of(school, "Noor")] == [talk]
    assert talks_of(school, "Alice") == []


def test_a_talk_of_the_students_own_is_seen_by_who_is_let_in(db, school, book_one, born, sit):
    born()
    talk = book_one("Noor", "Noor", "Vera", 0)
    assert talks_of(school, "Alice") == []
    consent.decide(school.actors["Noor"], lets_in=True, now=NOW)
    assert [it.booking_id for it in talks_of(school, "Alice")] == [talk]
    assert sit(talk) == {"Noor"}


def test_of_parents_who_come_apart_each_loses_the_own_talk(db, school, book_one, born, sit):
    db.execute(update(Student).where(Student.id == school.students["Noor"]).values(apart=True))
    db.commit()
    born(days=1)
    talks = [book_one("Alice", "Noor", "Vera", 0), book_one("Adam", "Noor", "Vera", 2)]
    born()
    rows = [db.get_one(Booking, talk, populate_existing=True) for talk in talks]
    assert [row.household_id for row in rows if row.cancelled_at is None] == [None]
    assert len(talks_of(school, "Noor")) == 1
    assert talks_of(school, "Alice") == talks_of(school, "Adam") == []
    book_one("Alice", "Sem", "Bart", 0)
    book_one("Noor", "Noor", "Bart", 4)


def test_a_request_becomes_the_students_own(db, school, born):
    born(days=1)
    db.execute(update(Round).values(mode="both"))
    db.commit()
    asked = [asking.Asked(school.offers["Noor", "Vera"], is_long=False)]
    wanted = {school.students["Noor"]: asking.AskedFor(asked, none_needed=False)}
    asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)
    db.execute(update(BookingRequest).values(remark="We worry"))
    db.commit()
    row = db.scalars(select(BookingRequest)).one()
    born()
    assert state(db, row) == (None, "")
    assert row.withdrawn_at is None
    (noor,) = load_asking(school.actors["Noor"], school.round_id, now=NOW).children
    assert len(noor.asked) == 1
    (sem,) = load_asking(school.actors["Alice"], school.round_id, now=NOW).children
    assert sem.child.given_name == "Sem"


def test_what_parents_wrote_to_the_office_stays_theirs_when_they_are_let_in(db, act, school, born):
    born(days=1)
    db.execute(update(Round).values(mode="both", office_remarks=True))
    db.commit()

    def say(name, remark):
        wishes.set_wishes(
            school.actors[name],
            school.round_id,
            away=(),
            preference=Preference.NONE,
            remark=remark,
            now=NOW,
        )

    say("Alice", "We worry")
    born()
    consent.decide(school.actors["Noor"], lets_in=True, now=NOW)
    page = act("Noor").get(f"/rounds/{school.round_id}/ask/when").text
    assert "We worry" not in page
    assert 'name="remark"' not in page
    say("Noor", "I do not")
    assert load_asking(school.actors["Noor"], school.round_id, now=NOW).remark == ""
    assert load_asking(school.actors["Alice"], school.round_id, now=NOW).remark == "We worry"
    db.execute(update(Round).values(open_to=OpenTo.BOTH))
    db.commit()
    assert load_asking(school.actors["Noor"], school.round_id, now=NOW).remark == "We worry"


def test_a_child_that_left_stays_with_the_office(db, school, book_one, born, leave):
    born(days=1)
    row = db.get_one(Booking, book_one("Alice", "Noor", "Vera", 0))
    leave("Noor")
    born()
    assert state(db, row)[0] == school.households["Alice"]


def test_the_office_books_for_a_student_who_comes_alone(act, school, book_for, born, sit):
    born()
    table = f"/office/students/{school.students['Noor']}/rounds/{school.round_id}"
    assert act("Sofie").get(table).status_code == 200
    (talk,) = book_for("Noor", ("Vera", 0)).booked
    assert sit(talk) == {"Noor"}
