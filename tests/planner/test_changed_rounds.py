"""Plans of a round that has changed since: what is granted, its rooms, its times and its mode."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.bookings.models import Booking, BookingRequest
from app.core.errors import NotFoundError
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.planner import runs, settings
from app.planner.figures import advise
from app.planner.models import PlannedTalk
from app.planner.problem import Day, Party, Problem, Seat, Unplanned
from app.planner.publishing import NotPublishable, Published
from app.planner.settings import Planning
from app.planner.snapshot import load_snapshot
from app.planner.solver import solve
from app.planner.withdrawing import Withdrawn
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers
from app.rounds.loading import load_spec
from app.rounds.models import Evening, EveningRoom, Offer, Round, Slot
from app.school.models import Room
from app.settings.models import School
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def grant(school):
    def grant_(number):
        planning = Planning(most_per_child=number)
        settings.save_planning(school.actors["Sofie"], school.round_id, planning, now=NOW)

    return grant_


@pytest.fixture
def reasons(db):
    """Return why the requests of a run got no time, by request."""

    def reasons_(run_id):
        db.expire_all()
        rows = db.scalars(select(PlannedTalk).where(PlannedTalk.run_id == run_id))
        return {it.request_id: it.reason for it in rows if it.booking_id is None}

    return reasons_


def new_times(db):
    """Say that the times changed, as rescheduling does."""
    db.execute(update(Round).values(times_key="other times"))
    db.commit()


def minutes_of(db):
    (talk,) = db.scalars(select(Booking).where(Booking.cancelled_at.is_(None)))
    return (talk.ends_at - talk.starts_at) // timedelta(minutes=1)


def test_who_has_no_time_is_told_also_after_a_few_were_published_first(ask, plan, publish_, mails):
    noor, _kim = ask("Alice", "Noor", "Vera", "Bart"), ask("Carol", "Kim", "Vera")
    run_id = plan({noor[0]: 0, noor[1]: 2})
    publish_(run_id, only={noor[0]})
    assert "carol" not in mails()
    publish_(run_id)
    assert "carol" in mails()


def test_what_was_placed_elsewhere_than_planned_can_be_taken_back(
    ask, plan, publish_, withdraw_, standing, book_one
):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 4})
    book_one("Carol", "Kim", "Vera", 4)
    assert publish_(run_id) == Published(1, 0, 0)
    assert withdraw_(run_id) == Withdrawn(1, 0)
    assert standing() == {("Kim", "Vera"): (4, "family")}


def test_who_was_told_of_a_talk_keeps_it_when_the_school_grants_fewer(
    ask, plan, publish_, grant, night, standing
):
    noor = ask("Alice", "Noor", "Vera", "Bart")
    publish_(plan({noor[0]: 0, noor[1]: 2}))
    grant(1)
    ask("Carol", "Kim", "Bart")
    night()
    stands = standing()
    assert (stands["Noor", "Vera"], stands["Noor", "Bart"]) == ((0, "plan"), (2, "plan"))
    assert ("Kim", "Bart") in stands


def test_a_talk_that_the_school_does_not_grant_is_told(ask, grant, night, reasons, mails):
    _dear, other = ask("Alice", "Noor", "Vera", "Bart")
    grant(1)
    assert reasons(night()) == {other: "not_granted"}
    text = mails()["alice"].get_body(("plain",)).get_content()
    assert text.index("De Vries") < text.index("Bakker")


def test_two_teachers_in_one_room_are_planned_after_each_other(db, ask, night, standing):
    room = Room(name="Studio", exclusive=True)
    db.add(room)
    db.flush()
    db.execute(update(EveningRoom).values(room_id=room.id))
    new_times(db)
    ask("Alice", "Noor", "Vera")
    ask("Carol", "Kim", "Bart")
    night()  # no plan knows of the room of two: what cannot be published waits
    night()
    assert len({slot for slot, _origin in standing().values()}) == 2


@pytest.mark.parametrize("dearest", ["Vera", "Bart"])
def test_of_two_talks_for_one_time_a_family_gets_the_dearest(school, ask, night, reasons, dearest):
    for name in ("Vera", "Bart"):  # only the first time is left
        span = (school.evening_id, FIRST + timedelta(minutes=10), FIRST + timedelta(hours=4))
        block(school.actors[name], school.teachers[name], *span, now=NOW)
    other = "Bart" if dearest == "Vera" else "Vera"
    _dear, later = ask("Alice", "Noor", dearest, other)
    assert set(reasons(night())) == {later}


def test_an_older_plan_is_not_published_after_a_newer_one(ask, plan, publish_, standing):
    (noor,) = ask("Alice", "Noor", "Vera")
    old, new = plan({noor: 0}), plan({noor: 3})
    publish_(new)
    with pytest.raises(NotPublishable):
        publish_(old)
    assert standing() == {("Noor", "Vera"): (3, "plan")}


def test_nothing_is_taken_back_in_a_round_that_takes_no_requests_any_more(
    ask, plan, publish_, withdraw_, standing, mode
):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    publish_(run_id)
    mode("times")
    with pytest.raises(NotFoundError):
        withdraw_(run_id)
    assert standing() == {("Noor", "Vera"): (0, "plan")}


def test_a_night_plans_around_a_talk_of_four_times(db, ask, night, standing, book_one):
    booking = book_one("Alice", "Noor", "Vera", 0)
    db.execute(update(Booking).values(ends_at=FIRST + timedelta(minutes=40)))
    db.commit()
    ask("Carol", "Kim", "Bart")
    night()
    assert ("Kim", "Bart") in standing()
    assert db.get(Booking, booking).ends_at == FIRST + timedelta(minutes=40)


@pytest.mark.parametrize(("slots", "long", "minutes"), [(4, (), 40), (2, ("Vera",), 40)])
def test_a_talk_is_planned_as_long_as_it_is_offered(db, school, ask, night, slots, long, minutes):
    offer = update(Offer).where(Offer.id == school.offers["Noor", "Vera"])
    db.execute(offer.values(slots=slots))
    db.commit()
    ask("Alice", "Noor", "Vera", long=long)
    night()
    assert minutes_of(db) == minutes


def test_a_talk_of_which_the_times_were_halved_keeps_its_minutes(
    db, school, ask, plan, publish_, night, standing
):
    (noor,) = ask("Alice", "Noor", "Vera", long=("Vera",))
    publish_(plan({noor: 0}))
    of_the_evening = Evening.id == school.evening_id
    db.execute(update(Evening).where(of_the_evening).values(talk_minutes=5))
    for slot in db.scalars(select(Slot).where(Slot.evening_id == school.evening_id)).all():
        middle = slot.starts_at + timedelta(minutes=5)
        db.add(Slot(evening_id=slot.evening_id, starts_at=middle, ends_at=slot.ends_at))
        slot.ends_at = middle
    new_times(db)
    ask("Carol", "Kim", "Vera")
    night()
    talks = db.scalars(select(Booking).order_by(Booking.id)).all()
    assert [(it.ends_at - it.starts_at) // timedelta(minutes=1) for it in talks] == [20, 5]


def test_nights_end_with_the_last_evening(db, school, ask):
    ask("Alice", "Noor", "Vera")
    assert runs.ask_nightly(now=FIRST + timedelta(days=3)) == []
    assert db.scalars(select(BookingRequest.withdrawn_at)).all() == [None]


def test_two_talks_that_are_in_each_others_way_now_do_not_keep_a_search_busy():
    """Families need twenty minutes to walk where they needed none: advice ends all the same."""
    away = {("e1", slot) for slot in range(2, 12)}
    first, second = ("e1", 0), ("e1", 1)
    problem = Problem(
        "walking",
        10,
        1,
        [Day("e1", "", 12)],
        [Seat("t1", "r1"), Seat("t2", "r2")],
        [Party("h1", {"c1"}, away)],
        [],
        [
            Unplanned("q1", "h1", "c1", ("t1",), 1, 1, first),
            Unplanned("q2", "h1", "c1", ("t2",), 1, 1, second),
        ],
    )
    plan = solve(problem, moves=500)
    assert len(plan.placements) == 1
    assert advise(problem, plan) is not None


def test_nothing_is_planned_where_nobody_asks(school, night):
    assert load_snapshot(school.round_id, now=NOW).problem.wanted == []
    night()


def test_who_was_planned_on_an_evening_that_is_no_more_is_placed_on_another(
    db, school, ask, plan, publish_, mails
):
    # There are no lessons: what was offered by hand stays through a change of the round.
    db.execute(update(Offer).values(in_package=False))
    db.commit()
    run_id = plan({ask("Alice", "Noor", "Vera")[0]: 0})
    spec = load_spec(school.round_id)
    (evening,) = spec.evenings
    later = replace(spec, evenings=(replace(evening, day=evening.day + timedelta(days=1)),))
    rescheduling.change(school.actors["Anna"], school.round_id, later, Answers(), now=NOW)
    assert db.get(Evening, school.evening_id) is None
    assert publish_(run_id) == Published(1, 0, 0)
    assert set(mails()) == {"alice", "adam"}


def test_a_plan_is_not_published_in_a_round_that_takes_no_requests_any_more(
    ask, plan, publish_, standing, mode
):
    (noor,) = ask("Alice", "Noor", "Vera")
    run_id = plan({noor: 0})
    mode("times")
    with pytest.raises(NotFoundError):
        publish_(run_id)
    assert standing() == {}


def test_a_teachers_calendar_is_told_once_of_a_talk_that_moved(db, ask, plan, publish_, mails):
    db.execute(update(School).values(invites_teachers=True))
    db.commit()
    (noor,) = ask("Alice", "Noor", "Vera")
    publish_(plan({noor: 0}))
    mails()
    invited = select(func.count()).where(OutboxMessage.kind == Promise.INVITATION)
    before = db.scalar(invited)
    publish_(plan({noor: 3}))
    mails()
    assert db.scalar(invited) == before + 1
