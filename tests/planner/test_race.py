"""Publishing and taking back while families, teachers and the office are at it, on a real database.

Who comes first has won; whatever the order, nothing is there twice and nothing is half.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update

from app.bookings import moving, service
from app.bookings.models import Booking, BookingRequest, Claim, Origin, Submission, Unavailability
from app.bookings.rules import Choice
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.outbox.models import OutboxMessage
from app.planner import runs
from app.planner.models import PlannedTalk, PlanRun, RunState
from app.planner.publishing import publish
from app.planner.withdrawing import withdraw
from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers, Rest
from app.rounds.loading import load_spec
from app.rounds.models import Round, Slot
from tests import sites
from tests.planner.invariants import assert_told_once, assert_whole, told
from tests.rounds.lessons import Lessons
from tests.small_school import FIRST, NOW, small_school
from tests.talks import block

pytestmark = pytest.mark.race

FIRST_OR_LAST = (0, pytest.param(-1, marks=pytest.mark.only_on("postgresql")))
"""Which of those who come at once has begun before the others, and ends when they wait for it.

On SQLite the others wait before they have looked at anything: there one order is enough.
"""
PLAN = {  # who asks, for whom, and where the plan puts it
    ("Alice", "Noor"): {"Vera": 0, "Bart": 2},
    ("Adam", "Sem"): {"Kader": 4},
    ("Bob", "Tim"): {"Vera": 1},
    ("Bea", "Tim"): {"Vera": 2},
    ("Carol", "Kim"): {"Vera": 3, "Bart": 5},
    ("Bart", "Lot"): {"Kader": 0},
}
_tokens = count()


@pytest.fixture(scope="module")
def site(databases):
    """A site of its own, and its school, for all these tests: ``planned`` empties it."""
    with sites.tested(sites.make_app(databases.migrated())) as app:
        with app.app_context():
            school = small_school(db.session)
            Lessons(db.session, school).all()
            db.session.execute(update(Round).values(mode="both", max_per_child=2))
            db.session.commit()
            db.session.remove()
        yield app, school


@pytest.fixture
def app(site):
    return site[0]


@pytest.fixture
def school(site):
    return site[1]


@pytest.fixture(autouse=True)
def mode():
    """Nothing: the school of these tests takes requests."""


@pytest.fixture
def inside(app):
    """Call this with a session of its own."""

    def inside_(work):
        with app.test_request_context():
            try:
                return work()
            finally:
                db.session.remove()

    return inside_


@pytest.fixture
def at_once(inside):
    """Let these happen in threads of their own in one moment; return what each gave, None if refused.

    With ``before``, the index of one of them, that one holds its locks when the others begin.
    """

    def at_once_(*works, before=None):
        start = Barrier(len(works))

        def first(work):
            try:
                with transaction():
                    done = work()
                    start.wait(20)
                    time.sleep(0.06)  # the others come as far as they can
                    return done
            except DomainError:
                start.wait(20)
                raise

        def call(work, *, is_first):
            with suppress(DomainError):
                if is_first:
                    return inside(partial(first, work))
                start.wait(20)
                return inside(work)

        chosen = None if before is None else works[before]
        with ThreadPoolExecutor(len(works)) as pool:
            futures = [pool.submit(call, it, is_first=it is chosen) for it in works]
            return [future.result(timeout=30) for future in futures]

    return at_once_


@pytest.fixture
def ask(school):
    """Let these be the talks that a family asks for, besides those that it has."""

    def ask_(actor, student, *teachers):
        wanted = [Asked(school.offers[student, name]) for name in teachers]
        asking.ask(
            school.actors[actor],
            school.round_id,
            {school.students[student]: AskedFor(wanted)},
            now=NOW,
        )

    return ask_


@pytest.fixture(autouse=True)
def empty(inside):
    """Empty the rounds."""

    def empty_():
        for table in (
            *(Claim, PlannedTalk, PlanRun, BookingRequest, OutboxMessage, Submission),
            *(Booking, Unavailability),
        ):
            db.session.execute(delete(table))
        db.session.commit()

    inside(empty_)
    return empty_


@pytest.fixture
def planned(school, inside, ask, plan, empty):
    """Let all families ask, in an empty round, and plan it; return the run and its slot by request."""

    def planned_():
        empty()
        slots = {}
        for (actor, student), wanted in PLAN.items():
            ask(actor, student, *wanted)
            slots |= {request(school, actor, student, it): slot for it, slot in wanted.items()}
        return plan(slots), slots

    return partial(inside, planned_)


@pytest.fixture
def planned_of_students(school, inside, plan):
    """Let students ask for themselves, in the other round, and plan it; return the run."""

    def planned_():
        for name in ("Noor", "Kim"):
            offers = [Asked(school.student_offers[name, it]) for it in ("Vera", "Kader")]
            asking.ask(
                school.actors[name],
                school.student_round_id,
                {school.students[name]: AskedFor(offers)},
                now=NOW,
            )
        of_round = BookingRequest.round_id == school.student_round_id
        ids = db.session.scalars(select(BookingRequest.id).where(of_round)).all()
        slots = dict(zip(ids, (0, 2, 4, 7), strict=True))
        return plan(slots, round_id=school.student_round_id)

    return partial(inside, planned_)


@pytest.fixture
def publish_(school):
    return lambda run_id, only=None: publish(school.actors["Sofie"], run_id, only=only, now=NOW)


@pytest.fixture
def withdraw_(school):
    return lambda run_id: withdraw(school.actors["Sofie"], run_id, now=NOW)


@pytest.fixture
def book(school):
    def book_(actor, student, teacher, slot):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot))],
            together=False,
            submission=f"while-others-plan-{next(_tokens)}",
            now=NOW,
        ).booked

    return book_


@pytest.fixture
def move(school):
    """Move the family's talk with a teacher, whichever it is; return its id."""

    def move_(actor, student, teacher, slot):
        return moving.move(
            school.actors[actor],
            live(school, actor, student, teacher).id,
            Choice(*school.choice(student, teacher, slot)),
            submission=f"while-others-plan-{next(_tokens)}",
            now=NOW,
        )

    return move_


def live(school, actor, student, teacher):
    """Return the family's live talk with a teacher, or None."""
    its = _of(Booking, school, actor, student, teacher).where(Booking.cancelled_at.is_(None))
    return db.session.scalars(its).one_or_none()


def request(school, actor, student, teacher):
    """Return the id of what the family asks of a teacher."""
    its = _of(BookingRequest, school, actor, student, teacher)
    return db.session.scalars(its.where(BookingRequest.withdrawn_at.is_(None))).one().id


def _of(table, school, actor, student, teacher):
    return select(table).where(
        table.student_id == school.students[student],
        table.household_id == school.households[actor],
        table.teacher_key == str(school.teachers[teacher]),
    )


def talks():
    return db.session.scalars(select(Booking).where(Booking.cancelled_at.is_(None))).all()


def open_requests():
    return db.session.scalars(
        select(BookingRequest.id).where(
            BookingRequest.booking_id.is_(None), BookingRequest.withdrawn_at.is_(None)
        )
    ).all()


@pytest.mark.parametrize("start", [0, 3])
def test_two_publications_of_one_plan_make_each_talk_once(
    inside, at_once, planned, publish_, start
):
    run_id, slots = planned()
    some = set(sorted(slots)[start:])  # at first all of it
    works = [partial(publish_, run_id, it) for it in (None, None, some)]
    done = at_once(*works, before=-1)
    assert sum(it.made for it in done) == len(slots)

    def look():
        assert_whole()
        assert len(talks()) == len(slots)
        assert sorted(id_ for its in told() for id_ in its) == sorted(it.id for it in talks())
        if not start:
            assert_told_once(told())

    inside(look)


@pytest.mark.parametrize("before", [0, None, -1])
def test_who_books_a_time_of_the_plan_while_it_is_published_has_it_or_reads_that_it_is_gone(
    school, inside, at_once, planned, publish_, book, before
):
    # Each wants a time that the plan gives to another family, or to its own other talk.
    clicks = [
        ("Alice", "Noor", "Vera", 1),
        ("Adam", "Sem", "Kader", 0),
        ("Bob", "Tim", "Vera", 3),
        ("Bea", "Tim", "Vera", 0),
        ("Carol", "Kim", "Bart", 2),
        ("Bart", "Lot", "Kader", 4),
    ]
    run_id, slots = planned()
    works = [partial(book, *it) for it in clicks]
    *booked, done = at_once(*works, partial(publish_, run_id), before=before)

    def look():
        assert_whole()
        assert_told_once(told())
        ids = {id_ for its in booked for id_ in its or ()}
        of_families = {it.id for it in talks() if it.origin == Origin.FAMILY}
        assert of_families <= ids  # the plan may have put a talk just where it was clicked
        assert len(talks()) == len(of_families) + done.made
        for (actor, student, teacher, slot), its in zip(clicks, booked, strict=True):
            if its:
                it = live(school, actor, student, teacher)
                assert (it.id, it.starts_at) == (its[0], FIRST + timedelta(minutes=10 * slot))
        assert len(open_requests()) == done.left == len(slots) - len(talks())

    inside(look)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_a_request_that_is_withdrawn_while_it_is_published_is_a_talk_or_nothing(
    inside, at_once, planned, publish_, ask, before
):
    run_id, slots = planned()
    _asked, _none, done = at_once(
        partial(ask, "Alice", "Noor", "Vera"),
        partial(ask, "Carol", "Kim"),
        partial(publish_, run_id),
        before=before,
    )

    def look():
        assert_whole()
        assert_told_once(told())
        withdrawn = select(BookingRequest.id).where(BookingRequest.withdrawn_at.is_not(None))
        gone = len(db.session.scalars(withdrawn).all())
        assert (len(talks()), done.left) == (done.made, 0) == (len(slots) - gone, 0)

    inside(look)


@pytest.mark.parametrize("before", [0, 1, -1])
def test_a_talk_that_is_cancelled_or_moved_while_a_plan_moves_it(
    school, inside, at_once, planned, publish_, plan, move, before
):
    run_id, slots = planned()
    inside(partial(publish_, run_id))
    later = {("Alice", "Noor"): 7, ("Bob", "Tim"): 8, ("Bea", "Tim"): 9}
    second = inside(
        lambda: plan({request(school, *it, "Vera"): slot for it, slot in later.items()})
    )

    def cancel():
        talk = live(school, "Alice", "Noor", "Vera")
        service.cancel(school.actors["Alice"], talk.id, now=NOW)

    at_once(
        cancel,
        partial(move, "Bob", "Tim", "Vera", 5),
        partial(publish_, second),
        before=before,
    )

    def look():
        assert_whole()
        assert live(school, "Alice", "Noor", "Vera") is None
        tim = live(school, "Bob", "Tim", "Vera")
        assert (tim.origin, len(talks())) == (Origin.FAMILY, len(slots) - 1)

    inside(look)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_a_teacher_who_blocks_the_evening_while_it_is_published(
    school, inside, at_once, planned, publish_, before
):
    span = (school.evening_id, FIRST, FIRST + timedelta(hours=3))
    run_id, slots = planned()

    def away(name):
        block(school.actors[name], school.teachers[name], *span, now=NOW)

    *_blocked, done = at_once(
        partial(away, "Vera"), partial(away, "Bart"), partial(publish_, run_id), before=before
    )

    def look():
        assert_whole()
        assert_told_once(told())
        assert len(talks()) == done.made == len(slots) - done.left
        if before == 0:
            assert not [it for it in talks() if it.teacher_key == str(school.teachers["Vera"])]

    inside(look)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_an_evening_whose_times_change_while_it_is_published_has_no_talk_of_before(
    school, inside, at_once, planned_of_students, publish_, before
):
    run_id = planned_of_students()
    spec = inside(lambda: load_spec(school.student_round_id))
    start = "19:05" if spec.evenings[0].first_start == "18:30" else "18:30"
    new = replace(spec, evenings=(replace(spec.evenings[0], first_start=start, breaks=()),))

    def change():
        rescheduling.change(
            school.actors["Anna"], school.student_round_id, new, Answers(rest=Rest.KEEP), now=NOW
        )
        return True

    did, done = at_once(change, partial(publish_, run_id), before=before)

    def look():
        assert_whole()
        assert len(talks()) == done.made
        assert did or before != 0
        if did and before != 0:  # it looked, on a busy machine, after all was published: talks stay
            return
        times = set(db.session.scalars(select(Slot.starts_at)))
        assert {it.starts_at for it in talks()} <= times

    inside(look)


def test_of_eight_workers_one_gets_each_run(school, inside, at_once):
    now = NOW
    for _time in range(2):
        for round_id in (school.round_id, school.student_round_id):
            inside(partial(runs.ask, school.actors["Sofie"], round_id, now=now))
        begun = []
        for _look in range(2):  # who came second to one takes the other at its next look
            begun += filter(None, at_once(*[partial(runs.take_next, now=now)] * 8))
        assert sorted(it.round_id for it in begun) == [school.round_id, school.student_round_id]
        now += runs.ALIVE + timedelta(seconds=1)  # both are dead


def test_a_round_gets_one_run_whoever_asks(school, inside, at_once, ask):
    inside(partial(ask, "Alice", "Noor", "Vera"))
    works = [
        *[partial(runs.ask, school.actors["Sofie"], school.round_id, now=NOW)] * 3,
        *[lambda: runs.begin(school.round_id, now=NOW).id] * 3,
        *[lambda: next(iter(runs.ask_nightly(now=NOW)), None)] * 2,
    ]
    for _time in range(2):
        (run_id,) = filter(None, at_once(*works))
        inside(partial(runs.fail, run_id, now=NOW))


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_two_rounds_with_the_same_teachers_are_published_at_once(
    inside, at_once, planned, planned_of_students, publish_, before
):
    run_id, slots = planned()
    other = planned_of_students()
    works = partial(publish_, run_id), partial(publish_, other)
    assert [it.made for it in at_once(*works, before=before)] == [len(slots), 4]
    inside(assert_whole)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_a_family_that_moves_a_talk_while_the_plan_is_taken_back_has_it_there_or_asks_again(
    inside, at_once, planned, publish_, withdraw_, move, before
):
    run_id, slots = planned()
    inside(partial(publish_, run_id))
    moved, other, done = at_once(
        partial(move, "Alice", "Noor", "Vera", 9),
        partial(move, "Carol", "Kim", "Bart", 9),
        partial(withdraw_, run_id),
        before=before,
    )

    def look():
        assert_whole()
        assert {it.id for it in talks()} == {moved, other} - {None}
        assert done.cancelled == len(open_requests()) == len(slots) - len(talks())

    inside(look)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_the_rest_of_a_plan_is_published_while_it_is_taken_back(
    inside, at_once, planned, publish_, withdraw_, before
):
    run_id, slots = planned()
    inside(partial(publish_, run_id, set(sorted(slots)[:4])))
    rest, done = at_once(partial(publish_, run_id), partial(withdraw_, run_id), before=before)

    def look():
        assert_whole()
        assert (talks(), len(open_requests())) == ([], len(slots))
        assert done.cancelled == 4 + (rest.made if rest else 0)
        assert db.session.get(PlanRun, run_id).state == RunState.WITHDRAWN

    inside(look)


@pytest.mark.parametrize("before", FIRST_OR_LAST)
def test_the_last_plan_is_not_taken_back_from_under_the_next_one(
    school, inside, at_once, planned, publish_, withdraw_, plan, before
):
    first, slots = planned()
    noor, kim = inside(
        lambda: [request(school, *it, "Vera") for it in (("Alice", "Noor"), ("Carol", "Kim"))]
    )
    inside(partial(publish_, first, slots.keys() - {kim}))
    second = inside(lambda: plan({noor: 9, kim: 0}))
    done, back = at_once(partial(publish_, second), partial(withdraw_, first), before=before)

    def look():
        assert_whole()
        if before == 0:  # the later plan stands, on what it was made for
            assert back is None
            assert (done.made, done.moved, len(talks())) == (1, 1, len(slots))
        else:
            assert db.session.get(PlanRun, first).state == RunState.WITHDRAWN
            assert (done.moved, len(talks())) == (0, done.made)

    inside(look)
