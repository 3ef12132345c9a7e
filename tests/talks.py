"""Book talks and call them off in tests, in the small school."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from sqlalchemy import delete, or_, select, update

from app.bookings import blocking, service
from app.bookings import office as by_office
from app.bookings.blocking import Span
from app.bookings.calling_off import service as calling_off
from app.bookings.rules import Choice
from app.core.access import Actor, Role
from app.rounds.models import Offer, OfferTeacher
from app.school.models import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
)
from app.school.rows import Change, StudentRow, TeacherRow
from app.school.service import apply_school
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

_tokens = count()


def block(actor, teacher_id, evening_id, starts_at, ends_at, *, now):
    """Block a teacher's time; return the talks in it, which stay."""
    span = Span(teacher_id, evening_id, starts_at, ends_at)
    return blocking.block(actor, [span], talks="stay", now=now)


@pytest.fixture
def on_the_evening_of_booking():
    """Freeze the clock on the evening when families book."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(client, school):
    """Return an English client signed in as somebody: act("Anna").get("/office/rounds")."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def act_(name):
        sign_in(client, school.people[name], now=NOW)
        return client

    return act_


@pytest.fixture
def office(client, school):
    """Anna's client in English, on a Wednesday evening in January."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        yield client


@pytest.fixture
def choose(school):
    """Send the form of times as somebody: choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))."""

    def choose_(actor, student, *cells, together=False, token=None, now=NOW):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot)) for teacher, slot in cells],
            together=together,
            submission=token or f"a-form-of-this-test-{next(_tokens)}",
            now=now,
        )

    return choose_


@pytest.fixture
def book_one(choose):
    """Book one talk as somebody, by the index of the slot; return its id."""

    def book_one_(actor, student, teacher, slot):
        (booking_id,) = choose(actor, student, (teacher, slot), together=True).booked
        return booking_id

    return book_one_


@pytest.fixture
def book(choose):
    """Book as somebody: book("Alice", "Noor", ("Vera", 0)) returns the ids of the talks."""
    return lambda actor, student, *cells: choose(actor, student, *cells).booked


@pytest.fixture
def book_for(school):
    """Book by the office: book_for("Noor", ("Vera", 0), household="Alice")."""

    def book_for_(student, *cells, household="", actor="Sofie", now=NOW, reason="", beyond=False):
        return by_office.book_for(
            school.actors[actor],
            school.round_id,
            school.students[student],
            school.households[household] if household else None,
            [Choice(*school.choice(student, teacher, slot)) for teacher, slot in cells],
            reason=reason,
            beyond_maximum=beyond,
            now=now,
        )

    return book_for_


@pytest.fixture
def withdraw(db, school):
    """Withdraw the offer of a teacher to a child: withdraw("Noor", "Vera")."""

    def withdraw_(student, teacher):
        offer = Offer.id == school.offers[student, teacher]
        db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
        db.commit()

    return withdraw_


@pytest.fixture
def leave(db, school):
    """Let the next import have no row of somebody any more: leave("Vera"), leave("Noor")."""

    def leave_(name):
        rows = {
            TeacherRow: [TeacherRow(name, "", "", "", "", "")] * (name in school.teachers),
            StudentRow: [StudentRow(name, "", "", "", "", None, "", "", apart=False)]
            * (name in school.students),
        }
        apply_school("test", {row: Change(gone=gone) for row, gone in rows.items()}, now=NOW)
        taught = select(OfferTeacher.offer_id).where(
            OfferTeacher.teacher_id == school.teachers.get(name, 0)
        )
        gone = or_(Offer.id.in_(taught), Offer.student_id == school.students.get(name, 0))
        db.execute(update(Offer).where(gone).values(offered=False, in_package=False))
        db.commit()

    return leave_


@pytest.fixture
def call_off(school):
    def call_off_(*booking_ids, reason="De docent is er niet."):
        calling_off.call_off(school.actors["Sofie"], booking_ids, "absent", reason=reason, now=NOW)

    return call_off_


@pytest.fixture
def regroup(db, school):
    """Give a student these households: regroup("Noor", ["Alice"], ["Adam"])."""

    def regroup_(student, *sets):
        student_id = school.students[student]
        db.execute(delete(HouseholdStudent).where(HouseholdStudent.student_id == student_id))
        for names in sets:
            household = Household(guardian_key="-".join(names))
            db.add(household)
            db.flush()
            for name in names:
                guardian_id = school.actors[name].guardian_id
                db.add(HouseholdGuardian(household_id=household.id, guardian_id=guardian_id))
            db.add(HouseholdStudent(household_id=household.id, student_id=student_id))
        db.commit()

    return regroup_


@pytest.fixture
def at():
    """Return the start of the slot with this index, before the break."""
    return lambda slot: FIRST + timedelta(minutes=10 * slot)


@pytest.fixture
def bella(db, school):
    """Mr Bakker's wife, who comes with him for Lot; the id of her person."""
    (household,) = db.scalars(
        select(HouseholdStudent.household_id).where(
            HouseholdStudent.student_id == school.students["Lot"]
        )
    )
    person = Person(given_name="Bella", family_name="Bakker", sort_key="b", search_key="bella")
    db.add(person)
    db.flush()
    guardian = Guardian(person_id=person.id, source="test", source_id="Bella")
    db.add(guardian)
    db.flush()
    db.add(HouseholdGuardian(household_id=household, guardian_id=guardian.id))
    db.add(Guardianship(student_id=school.students["Lot"], guardian_id=guardian.id))
    db.commit()
    school.people["Bella"] = person.id
    school.actors["Bella"] = Actor(
        None, person.id, "Bella Bakker", frozenset({Role.GUARDIAN}), guardian_id=guardian.id
    )
    return person.id
