"""Deleting what is no longer kept: all of it, by itself and by hand."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
import time_machine
from sqlalchemy import func, select, update

from app import purge
from app.accounts import service as accounts
from app.accounts.models import Account
from app.audit import attempts
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.bookings import service as bookings
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.core.database import Base
from app.core.purging import gone_by
from app.outbox import service as outbox
from app.rounds.models import Offer, OfferTeacher
from app.school.models import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Teacher,
)
from tests.signing_in import new_session
from tests.small_school import NOW

LAST_DAY = datetime(2027, 10, 31, 12, 0, tzinfo=UTC)
AFTER = LAST_DAY + timedelta(days=1)
_tokens = count()


def book(school, actor, student, *cells):
    return bookings.book(
        school.actors[actor],
        school.round_id,
        school.students[student],
        [Choice(*school.choice(student, *cell)) for cell in cells],
        together=False,
        submission=f"purge-{next(_tokens)}",
        now=NOW,
    ).booked


@pytest.fixture
def leavers(db, school):
    """Tim's family left in April, with talks of February behind it; Bob had an account."""
    book(school, "Bob", "Tim", ("Vera", 5))
    book(school, "Bea", "Tim", ("Bart", 7))
    new_session(school.people["Bob"], now=NOW)
    leave(db, school, "Tim", "Bob", "Bea")
    return [school.people[name] for name in ("Tim", "Bob", "Bea")]


def leave(db, school, *names, on=date(2027, 4, 1)):
    people = [school.people[name] for name in names]
    db.execute(update(Person).where(Person.id.in_(people)).values(ended_on=on))
    for role in (Student, Guardian, Teacher):
        db.execute(update(role).where(role.person_id.in_(people)).values(ended_on=on))
    db.commit()


def contents(db):
    """Every row of every table."""
    db.expire_all()
    return {
        table.name: sorted(map(repr, db.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2027, 10, 31), date(2026, 7, 31)),
        (date(2027, 11, 1), date(2027, 7, 31)),
        (date(2028, 1, 1), date(2027, 7, 31)),
        (date(2028, 8, 1), date(2027, 7, 31)),
    ],
)
def test_a_school_year_is_kept_for_three_months_more(today, last):
    assert gone_by(today) == last


def test_a_dry_run_counts_what_the_purge_deletes_and_changes_nothing(db, school, leavers):
    before = contents(db)
    told = purge.preview(now=AFTER)

    assert contents(db) == before
    assert told["people"] == 3
    assert told["talks"] == 2
    assert purge.run(now=AFTER) == told
    assert contents(db) != before


def test_a_second_purge_finds_nothing(db, school, leavers):
    purge.run(now=AFTER)
    before = contents(db)

    assert purge.run(now=AFTER) == {}
    assert contents(db) == before


@pytest.mark.parametrize("block", [1, 2, 500])
def test_who_left_is_gone_three_months_after_the_school_year_with_all_that_hangs_on_it(
    db, school, leavers, monkeypatch, block
):
    monkeypatch.setattr(purge, "BLOCK", block)
    tim, bob = school.students["Tim"], school.actors["Bob"].guardian_id

    assert "people" not in purge.run(now=LAST_DAY)
    assert purge.run(now=AFTER)["people"] == 3
    assert db.scalars(select(Person.id).where(Person.id.in_(leavers))).all() == []
    for column, gone in (
        (Guardianship.student_id, tim),
        (HouseholdStudent.student_id, tim),
        (Offer.student_id, tim),
        (Booking.student_id, tim),
        (HouseholdGuardian.guardian_id, bob),
        (Account.person_id, school.people["Bob"]),
    ):
        assert db.scalar(select(func.count()).where(column == gone)) == 0


def test_who_is_still_here_stays(db, school, leavers):
    others = set(db.scalars(select(Person.id))) - set(leavers)
    purge.run(now=AFTER)

    assert set(db.scalars(select(Person.id))) == others
    assert db.scalar(select(func.count()).select_from(Account)) == 2


def test_who_left_in_the_new_school_year_stays(db, school):
    leave(db, school, "Tim", on=date(2027, 8, 1))
    assert "people" not in purge.run(now=AFTER)


def test_a_household_without_its_guardians_is_nobodys(db, school, leavers):
    """A new guardian with the number of a deleted one must not come into an old household."""
    purge.run(now=AFTER)
    home = school.households["Bob"]

    assert db.get(Household, home).guardian_key == f"past-{home}"


def test_somebody_with_a_talk_that_is_still_kept_stays_until_it_is_gone(db, school):
    book(school, "Carol", "Kim", ("Vera", 1))
    leave(db, school, "Kim", "Vera", on=date(2026, 6, 1))

    assert "people" not in purge.run(now=NOW)
    assert purge.run(now=AFTER)["people"] == 2


def test_a_teacher_who_left_takes_cancelled_talks_along(db, school):
    (talk,) = book(school, "Carol", "Kim", ("Vera", 1))
    bookings.cancel(school.actors["Carol"], talk, now=NOW)
    leave(db, school, "Vera", on=date(2026, 6, 1))

    assert purge.run(now=NOW)["people"] == 1
    assert db.get(Booking, talk) is None
    vera = OfferTeacher.teacher_id == school.teachers["Vera"]
    assert db.scalar(select(func.count()).where(vera)) == 0


def test_a_guardian_who_left_leaves_the_talks_of_the_other(db, school):
    (talk,) = book(school, "Alice", "Noor", ("Vera", 1))
    leave(db, school, "Alice", on=date(2026, 6, 1))
    purge.run(now=NOW)
    row = db.get(Booking, talk)

    assert row.booked_by_id is None
    assert row.cancelled_at is None
    claims = select(Claim.resource_id).where(Claim.booking_id == talk, Claim.kind == "person")
    assert set(db.scalars(claims)) == {school.people["Adam"], school.people["Vera"]}


def test_the_person_with_the_highest_number_waits_for_a_younger_one(db, school):
    """SQLite gives a freed highest number out again, and the log knows people by number."""
    leave(db, school, "Lot", on=date(2026, 6, 1))  # the last student of the import

    assert "people" not in purge.run(now=NOW)


def test_lines_of_the_log_are_gone_after_a_year(db, school):
    audit.record(None, "school.saved", now=NOW, name="x")

    assert "lines" not in purge.run(now=NOW + timedelta(days=365))
    assert purge.run(now=NOW + timedelta(days=366))["lines"] == 1


def test_sign_in_and_promises_go_in_their_time(db, school):
    new_session(school.people["Anna"], now=NOW)
    outbox.enqueue("nothing", {}, now=NOW)
    outbox.begin_job("purge", NOW.date(), now=NOW)

    assert purge.run(now=NOW + timedelta(hours=24)) == {}
    assert purge.run(now=NOW + timedelta(hours=37)) == {"sessions": 1}
    assert purge.run(now=NOW + timedelta(days=31)) == {"runs": 1}


def test_the_log_tells_what_went(db, school, leavers):
    went = purge.run(now=AFTER)
    entry = db.scalar(select(AuditEntry).where(AuditEntry.action == "purge.done"))

    assert entry.details == {"counts": went}
    assert entry.actor_person_id is None


def test_a_step_that_fails_keeps_no_other_from_running(db, school, leavers, monkeypatch):
    def fail(_now):
        raise ValueError("broken")

    monkeypatch.setattr(purge, "STEPS", (fail, *purge.STEPS))
    with pytest.raises(ValueError, match="broken"):
        purge.run(now=AFTER)

    assert db.scalars(select(Person.id).where(Person.id.in_(leavers))).all() == []


def test_the_command_tells_and_deletes(app, db, school, leavers):
    runner = app.test_cli_runner()
    with time_machine.travel(AFTER, tick=False):
        told = runner.invoke(args=["purge", "--dry-run"]).output
        assert len(db.scalars(select(Person.id).where(Person.id.in_(leavers))).all()) == 3
        assert runner.invoke(args=["purge"]).output == told
        nothing = runner.invoke(args=["purge"]).output

    assert ": 3\n" in told
    assert nothing.count("\n") == 1
    assert db.scalars(select(Person.id).where(Person.id.in_(leavers))).all() == []


def test_every_reference_to_people_is_known_to_the_purge():
    """A new table that refers to people, students, teachers or guardians must be purged too."""
    known = {
        "accounts.person_id",
        "booking_requests.asked_by_id",
        "booking_requests.student_id",
        "bookings.booked_by_id",
        "bookings.student_id",
        "calendar_entries.teacher_id",
        "enrolments.student_id",
        "evening_rooms.teacher_id",
        "feed_addresses.person_id",
        "group_members.student_id",
        "guardians.former_person_id",
        "guardians.person_id",
        "guardians.same_as_id",
        "guardianships.guardian_id",
        "guardianships.student_id",
        "guardianships.via_id",
        "home_classes.tutor_id",
        "household_guardians.guardian_id",
        "household_students.student_id",
        "invitations.teacher_id",
        "lessons.replaces_id",
        "lessons.teacher_id",
        "no_talk_needed.student_id",
        "offer_teachers.teacher_id",
        "offers.student_id",
        "round_checks.teacher_id",
        "plan_runs.asked_by_id",
        "students.person_id",
        "submissions.person_id",
        "teacher_calendars.teacher_id",
        "teachers.person_id",
        "unavailabilities.created_by_id",
        "unavailabilities.teacher_id",
        "wishes.student_id",
    }
    references = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in {"people", "students", "teachers", "guardians"}
    }
    assert references == known


def test_everything_that_is_counted_has_its_words(app, db, school, leavers):
    from app.log.words import KINDS  # noqa: PLC0415

    accounts.purge(now=AFTER)
    for step in purge.STEPS:
        assert set(step(AFTER)) <= set(KINDS)


def test_every_part_of_retention_is_called_by_the_purge(root):
    """A package whose rows nothing deletes keeps them for ever, and no other test would notice."""
    purge = (root / "app/purge.py").read_text()
    for path in (root / "app").glob("*/retention.py"):
        for name in re.findall(r"^def (?!_)(\w+)", path.read_text(), re.MULTILINE):
            assert re.search(rf"\w+\.{name}\(", purge), f"{path.parent.name}: {name}"
            assert f"from app.{path.parent.name} import retention" in purge


def test_an_attempt_to_get_in_is_kept_for_ninety_days(db, school):
    attempts.note("access.wrong_code", network="", subject="", now=NOW)
    attempts.tell(lambda _subjects: {}, now=NOW)
    audit.record(None, "school.saved", now=NOW)
    assert "lines" not in purge.run(now=NOW + timedelta(days=90))
    assert purge.run(now=NOW + timedelta(days=90, seconds=1))["lines"] == 1
