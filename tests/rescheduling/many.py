"""A large school with many talks, as those whom a change of the evening would all concern."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from app.accounts.models import Account
from app.bookings.models import Booking, Claim
from app.core import clock
from app.core.i18n import zone
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.loading import load_spec
from app.rounds.models import Evening, Offer, OfferTeacher, Slot
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent, Person, Teacher
from tests.rescheduling.conftest import filled
from tests.rush.school import build

PER_CHILD = 4  # talks


def school_with_talks(number, families=0):
    """Fill an empty database with a large school and this many talks; return the round's id.

    The first of its families have them; with ``families`` there are that many.
    """
    round_id = build(families or 1 + number // PER_CHILD).round_id
    now = clock.now()
    slots = db.session.execute(
        select(Slot.evening_id, Slot.starts_at, Slot.ends_at).order_by(Slot.starts_at)
    ).all()
    _say_when(slots[0].starts_at, slots[-1].ends_at)
    people = {}
    for student_id, household_id, person_id in db.session.execute(
        select(HouseholdStudent.student_id, HouseholdStudent.household_id, Guardian.person_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == HouseholdStudent.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
    ):
        people.setdefault((student_id, household_id), set()).add(person_id)
    homes = {student_id: (household_id, its) for (student_id, household_id), its in people.items()}
    busy = {
        (kind, resource_id, tick)
        for kind, resource_id, tick in db.session.execute(
            select(Claim.kind, Claim.resource_id, Claim.tick)
        )
    }
    talks, claims = [], []
    for offer_id, student_id, teacher_id, teacher_person in db.session.execute(
        select(Offer.id, Offer.student_id, OfferTeacher.teacher_id, Teacher.person_id)
        .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .where(Offer.round_id == round_id)
        .order_by(Offer.id)
    ):
        household_id, guardians = homes[student_id]
        if sum(talk["student_id"] == student_id for talk in talks[-PER_CHILD:]) == PER_CHILD:
            continue
        keeps = [("teach", teacher_id), ("person", teacher_person)]
        keeps += [("person", person_id) for person_id in sorted(guardians)]
        for evening_id, starts_at, ends_at in slots:
            rows = [(*it, tick) for it in keeps for tick in ticks(starts_at, ends_at)]
            if busy.isdisjoint(rows):
                busy.update(rows)
                talks.append(
                    {
                        "uid": f"many-{offer_id}",
                        "round_id": round_id,
                        "offer_id": offer_id,
                        "teacher_key": str(teacher_id),
                        "student_id": student_id,
                        "household_id": household_id,
                        "evening_id": evening_id,
                        "starts_at": starts_at,
                        "ends_at": ends_at,
                        "booked_at": now - timedelta(hours=1),
                        "changed_at": now - timedelta(hours=1),
                        "published_at": now - timedelta(hours=1),
                    }
                )
                claims.append(rows)
                break
        if len(talks) == number:
            break
    ids = db.session.scalars(
        insert(Booking).returning(Booking.id, sort_by_parameter_order=True), talks
    ).all()
    db.session.execute(
        insert(Claim),
        [
            {"kind": kind, "resource_id": resource_id, "tick": tick, "booking_id": booking_id}
            for booking_id, rows in zip(ids, claims, strict=True)
            for kind, resource_id, tick in rows
        ],
    )
    db.session.commit()
    return round_id


def _say_when(starts_at, ends_at):
    """Let the evening say what its slots do, in summer too."""
    first, end = (f"{moment.astimezone(zone()):%H:%M}" for moment in (starts_at, ends_at))
    db.session.execute(update(Evening).values(first_start=first, end=end))


def administrator():
    """Add somebody who runs the office; return the id of the person."""
    person = Person(given_name="Anna", family_name="Admin", sort_key="a", search_key="a")
    db.session.add(person)
    db.session.flush()
    db.session.add(Account(person_id=person.id, administrator=True))
    db.session.commit()
    return person.id


def five_minutes_later(round_id, end=None):
    """Return the form of the round with an evening that begins five minutes later.

    No talk fits it any more. The evening ends ``end`` minutes after it began, or when it did.
    """
    evening = load_spec(round_id).evenings[0]
    begins = datetime.strptime(evening.first_start, "%H:%M")  # noqa: DTZ007
    ends = f"{begins + timedelta(minutes=end):%H:%M}" if end else evening.end
    start = f"{begins + timedelta(minutes=5):%H:%M}"
    return filled(round_id, evenings__0__first_start=start, evenings__0__end=ends)
