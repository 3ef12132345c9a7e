"""What holds in a round whatever was planned, booked and taken back, as read from the tables alone."""

from collections import Counter

from sqlalchemy import select

from app.bookings.models import Booking, BookingRequest, Claim, Unavailability
from app.core.ticks import ticks
from app.extensions import db
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.planner.models import PlannedTalk
from app.rounds.models import EveningRoom, Modality
from app.school.models import Guardian, HouseholdGuardian, Room, Student, Teacher


def assert_whole(joined=frozenset()):
    """Check that nothing is half: talks and claims, requests and talks, plans and talks.

    ``joined`` are talks to which a parent came later, who does not attend them if busy then.
    """
    db.session.expire_all()
    talks = {it.id: it for it in db.session.scalars(select(Booking))}
    live = {id_: it for id_, it in talks.items() if it.cancelled_at is None}
    _assert_claims(live, joined)
    for request in db.session.scalars(
        select(BookingRequest).where(BookingRequest.booking_id.is_not(None))
    ):
        assert request.withdrawn_at is None
        talk = live[request.booking_id]
        assert _whom(talk) == _whom(request)
    booked = {_whom(talk) for talk in live.values()}
    assert len(booked) == len(live)  # no family has two talks with one teacher
    waiting = select(BookingRequest).where(
        BookingRequest.booking_id.is_(None), BookingRequest.withdrawn_at.is_(None)
    )
    assert not booked & {_whom(it) for it in db.session.scalars(waiting)}
    named = db.session.scalars(select(PlannedTalk.booking_id)).all()
    assert set(named) - {None} <= talks.keys()


def _assert_claims(live, joined):
    held = Counter(
        (it.booking_id, it.kind, it.resource_id, it.tick)
        for it in db.session.scalars(select(Claim).where(Claim.booking_id.is_not(None)))
    )
    wanted = Counter(
        (talk.id, kind, resource, tick)
        for talk in live.values()
        for kind, resource in _resources(talk)
        for tick in ticks(talk.starts_at, talk.ends_at)
    )
    assert held <= wanted, held - wanted
    missing = {it for it in wanted - held if it[0] not in joined or it[1] != "person"}
    assert not missing, missing
    absences = {it.id: it for it in db.session.scalars(select(Unavailability))}
    for claim in db.session.scalars(select(Claim).where(Claim.booking_id.is_(None))):
        absence = absences[claim.unavailability_id]
        assert (claim.kind, claim.resource_id) == ("teach", absence.teacher_id)
        assert claim.tick in ticks(absence.starts_at, absence.ends_at)


def _resources(talk):
    teachers = [int(id_) for id_ in talk.teacher_key.split("-")]
    family = (
        select(Guardian.person_id)
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
        .where(HouseholdGuardian.household_id == talk.household_id)
        if talk.household_id
        else select(Student.person_id).where(Student.id == talk.student_id)
    )
    people = {
        *db.session.scalars(family),
        *db.session.scalars(select(Teacher.person_id).where(Teacher.id.in_(teachers))),
    }
    yield from (("person", id_) for id_ in people)
    yield from (("teach", id_) for id_ in teachers)
    if talk.modality == Modality.SITE:
        rooms = (
            select(Room.id)
            .join(EveningRoom, EveningRoom.room_id == Room.id)
            .where(
                EveningRoom.evening_id == talk.evening_id,
                EveningRoom.teacher_id == teachers[0],
                Room.exclusive,
            )
        )
        yield from (("room", id_) for id_ in db.session.scalars(rooms))


def _whom(it):
    return it.student_id, it.household_id, it.teacher_key


def told():
    """Return the talks in each promise of a plan's mail to a family."""
    rows = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == Promise.PLANNED)
        .order_by(OutboxMessage.id)
    )
    told = [[id_ for id_, _old in row.payload["talks"]] for row in rows]
    return [talks for talks in told if talks]  # others tell only of what has no time


def assert_told_once(promises):
    """Check that no talk and no family is in two promises of one publication."""
    ids = [id_ for talks in promises for id_ in talks]
    assert len(ids) == len(set(ids))
    families = dict(
        db.session.execute(
            select(Booking.id, Booking.household_id).where(Booking.id.in_(ids))
        ).all()
    )
    of_promise = [{families[id_] for id_ in talks} for talks in promises]
    assert [len(its) for its in of_promise] == [1] * len(promises)
    assert len(set().union(*of_promise)) == len(promises)
