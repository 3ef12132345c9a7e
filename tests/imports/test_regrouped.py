"""Guardians whom the source sets apart: where they have a talk to come, both are told."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import SignInSession
from app.audit.models import AuditEntry
from app.bookings.models import Booking
from app.extensions import db
from app.outbox.models import OutboxMessage
from app.people.log import load_log
from app.rounds.models import Evening, Offer, Round
from app.school.models import Guardian, HouseholdStudent, Student
from app.school.present import load_present
from tests.imports.conftest import BASE, NOW, run
from tests.signing_in import new_session

NUMBER, GUARDIANS = "20260001", ("ouder00224", "ouder00225")


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def apart(files):
    """Files in which the guardians of the student come apart from now on."""
    link = f"{GUARDIANS[0]},{NUMBER},moeder,J"
    files.replace("ouder_leerling.csv", f"{link},N", f"{link},J")
    return files.folder


def talk(starts_at):
    """A talk of the guardians of the student."""
    student_id, household_id = db.session.execute(
        select(Student.id, HouseholdStudent.household_id)
        .join(HouseholdStudent, HouseholdStudent.student_id == Student.id)
        .where(Student.source_id == NUMBER)
    ).one()
    round_ = Round(
        name="Oudercontact",
        state="archived",
        opens_at=NOW,
        closes_at=NOW + timedelta(hours=1),
        cancel_until=NOW,
        max_per_child=2,
        walking_minutes=5,
        reference_week="2027-W03",
    )
    db.session.add(round_)
    db.session.flush()
    evening = Evening(
        round_id=round_.id,
        day=starts_at.date(),
        first_start="18:30",
        end="20:30",
        talk_minutes=10,
    )
    offer = Offer(round_id=round_.id, student_id=student_id, subject_code="ne", teacher_key="1")
    db.session.add_all([evening, offer])
    db.session.flush()
    booking = Booking(
        uid="a talk",
        round_id=round_.id,
        offer_id=offer.id,
        teacher_key="1",
        student_id=student_id,
        household_id=household_id,
        evening_id=evening.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=10),
        booked_at=NOW,
        changed_at=NOW,
        published_at=NOW,
    )
    db.session.add(booking)
    db.session.commit()


def promised():
    of_kind = OutboxMessage.kind == "bookings.regrouped"
    return db.session.scalars(select(OutboxMessage.payload).where(of_kind)).all()


def test_both_are_told_once(apart):
    talk(NOW + timedelta(days=20))
    run(apart)
    guardians = select(Guardian.person_id).where(Guardian.source_id.in_(GUARDIANS))
    assert {(one["person_id"], one["apart"]) for one in promised()} == {
        (person_id, True) for person_id in db.session.scalars(guardians)
    }
    run(apart)
    assert len(promised()) == 2


def logged():
    return [
        (entry.action, entry.student_id, entry.actor_name)
        for entry in db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action.startswith("family."))
            .order_by(AuditEntry.id)
        )
    ]


def test_the_office_is_told_of_which_student(app, apart):
    student_id = db.session.scalar(select(Student.id).where(Student.source_id == NUMBER))
    for arguments in (["--dry-run"], []):
        result = app.test_cli_runner().invoke(args=["imports", "run", str(apart), *arguments])
        (line,) = [line for line in result.output.splitlines() if NUMBER in line]
        assert "apart" in line
    assert logged() == [("family.set_apart", student_id, "")]
    run(BASE)
    assert logged()[1:] == [("family.put_together", student_id, "")]
    assert [line.text for line in load_log(student_id)] == [
        "put the parents together again",
        "set the parents apart",
    ]


@pytest.fixture
def shared(files):
    """Guardians at one mail address, both signed in: each perhaps as the other."""
    files.replace("ouders.csv", "abdelrahman.benali225", "hafsa.aitbenhaddou224")
    run(files.folder)
    whose = select(Guardian.person_id).where(Guardian.source_id.in_(GUARDIANS))
    for person_id in db.session.scalars(whose).all():
        new_session(person_id, now=NOW)
    return files


def signed_out():
    return db.session.scalars(select(SignInSession.ended_at)).all() == [NOW, NOW]


def test_who_shares_a_mailbox_is_signed_out_when_they_come_apart(shared):
    link = f"{GUARDIANS[0]},{NUMBER},moeder,J"
    shared.replace("ouder_leerling.csv", f"{link},N", f"{link},J")
    run(shared.folder)
    assert signed_out()


def test_who_shares_a_mailbox_is_signed_out_when_one_has_another_child_too(shared):
    rows = (shared.folder / "ouder_leerling.csv").read_text().splitlines()[1:]
    other = next(row.split(",")[1] for row in rows if NUMBER not in row)
    shared.add("ouder_leerling.csv", f"{GUARDIANS[1]},{other},vader,J,N")
    run(shared.folder)
    assert signed_out()


def test_who_shared_a_mailbox_is_signed_out_when_one_leaves_it(shared):
    rows = (shared.folder / "ouders.csv").read_text().splitlines()
    row = next(row for row in rows if row.startswith(GUARDIANS[1]))
    shared.replace("ouders.csv", row, row.replace("hafsa.aitbenhaddou224", "my.own"))
    run(shared.folder)
    assert signed_out()


def test_who_shares_a_mailbox_stays_signed_in_when_nothing_changes(shared):
    run(shared.folder)
    assert db.session.scalars(select(SignInSession.ended_at)).all() == [None, None]


def test_what_the_office_decided_otherwise_is_no_news(apart):
    decided = Student.source_id == NUMBER
    db.session.execute(update(Student).where(decided).values(apart_reason="they asked"))
    db.session.commit()
    assert run(apart).regrouped == ()
    assert logged() == []


def test_without_a_talk_to_come_nobody_is(apart):
    talk(NOW - timedelta(days=1))
    assert run(apart).changes
    assert promised() == []


def test_a_first_import_tells_nobody():
    assert db.session.scalar(select(Student.id).where(Student.apart))
    assert promised() == []
    assert logged() == []


def test_what_the_office_decides_meanwhile_makes_the_comparison_old():
    """Else the import would log that it set apart whom the office keeps together."""
    before = load_present("csv")
    decided = update(Student).where(Student.source_id == NUMBER)
    db.session.execute(decided.values(apart_reason="they get along"))
    assert load_present("csv") != before
