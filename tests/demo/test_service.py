from collections import Counter

import pytest
from sqlalchemy import String, cast, func, select

from app.accounts import queries as accounts
from app.accounts import staff
from app.bookings.models import Booking, BookingRequest, Claim, Origin, Unavailability
from app.core.access import Role
from app.demo import service
from app.demo.roles import demo_roles
from app.demo.service import NotEmpty, SiteState
from app.extensions import db as _db
from app.jobs import NIGHTLY
from app.outbox.models import JobRun, OutboxMessage
from app.people.search import PersonKind, find
from app.planner.models import PlannedTalk, PlanRun, RunState
from app.planner.settings import load_planning
from app.requests.models import AwayTime, Wishes
from app.round_setup.progress import load_progress
from app.rounds import queries as rounds
from app.rounds.models import Offer
from app.rounds.phases import Phase
from app.school.models import Guardian, Person, Student, Teacher
from app.school.queries import children_of
from app.settings.service import SchoolSpec, save_school
from app.teaching.queries import load_teaching
from tests.demo.conftest import FEW, NOW
from tests.sites import make_app

pytestmark = pytest.mark.only_on("sqlite")  # what `make demo` runs on


def actor(key):
    address = next(role.address for role in demo_roles() if role.key == key)
    return accounts.load_actor(staff.account_at(address, now=NOW))


def count(table):
    return _db.session.scalar(select(func.count()).select_from(table))


def test_an_empty_site_is_known(db):
    assert service.site_state() is SiteState.EMPTY


@pytest.mark.live
def test_what_was_made_is_there(demo, seeded):
    assert service.site_state() is SiteState.DEMO
    assert (seeded.students, seeded.teachers) == (FEW, 20)
    assert (count(Student), count(Teacher), count(Guardian)) == (FEW, 20, seeded.guardians)
    assert seeded.talks == count(Booking) > FEW / 2
    assert count(Unavailability) > 0
    assert count(Claim) > seeded.talks


@pytest.mark.live
def test_nothing_invented_comes_among_people(demo):
    with pytest.raises(NotEmpty):
        service.seed(FEW, now=NOW)
    assert count(Student) == FEW


def test_what_was_begun_and_not_finished_is_not_used(db):
    db.add(Person(family_name="Half", sort_key="half", search_key="half"))
    db.commit()
    assert service.site_state() is SiteState.OTHER
    with pytest.raises(NotEmpty):
        service.seed(FEW, now=NOW)


def test_a_real_school_is_not_taken_for_the_demo(db):
    save_school(SchoolSpec("De Vuurtoren"), None, now=NOW)
    assert service.site_state() is SiteState.OTHER
    with pytest.raises(NotEmpty):
        service.seed(FEW, now=NOW)


@pytest.mark.live
def test_three_rounds_are_open_one_is_over_and_one_is_with_the_teachers(demo):
    phases = {round_.name: round_.phase(NOW) for round_ in rounds.list_rounds()}
    assert phases == {
        "Oudercontact 1": Phase.CLOSED,
        "Oudercontact 2": Phase.OPEN,
        "Leerlingcontact": Phase.OPEN,
        "Voortgangsgesprekken": Phase.OPEN,
        "Oudercontact 3": Phase.CHECK,
    }
    talks = Counter(demo.scalars(select(Booking.round_id)))
    with_talks = {round_.name for round_ in rounds.list_rounds() if talks[round_.id]}
    assert with_talks == phases.keys() - {"Oudercontact 3", "Voortgangsgesprekken"}
    requests = Counter(demo.scalars(select(BookingRequest.round_id)))
    with_requests = {round_.name for round_ in rounds.list_rounds() if requests[round_.id]}
    assert with_requests == {"Oudercontact 2", "Voortgangsgesprekken"}


def runs_by_round():
    names = {round_.id: round_.name for round_ in rounds.list_rounds()}
    return {names[run.round_id]: run for run in _db.session.scalars(select(PlanRun))}


@pytest.mark.live
def test_last_night_published_one_plan_and_left_one_to_look_at(demo):
    runs = runs_by_round()
    assert {name: run.state for name, run in runs.items()} == {
        "Oudercontact 2": RunState.PUBLISHED,
        "Voortgangsgesprekken": RunState.DONE,
    }
    published, waiting = runs["Oudercontact 2"], runs["Voortgangsgesprekken"]
    of_plan = demo.scalars(select(Booking).where(Booking.origin == Origin.PLAN)).all()
    assert {talk.round_id for talk in of_plan} == {published.round_id}
    assert len(of_plan) == published.placed < published.wanted
    assert waiting.placed > 0
    assert all(
        asked <= published.asked_at for asked in demo.scalars(select(BookingRequest.asked_at))
    )


@pytest.mark.live
def test_the_worker_does_not_plan_the_same_night_again(demo):
    night = demo.get(JobRun, ("plans", NOW.date()))
    assert night.finished_at
    assert night.name in {job.name for job in NIGHTLY}


@pytest.mark.live
def test_who_got_no_time_reads_why_and_what_now(demo):
    run = runs_by_round()["Oudercontact 2"]
    assert "mentor" in load_planning(run.round_id).sentence
    left = demo.execute(
        select(BookingRequest, PlannedTalk.reason)
        .join(PlannedTalk, PlannedTalk.request_id == BookingRequest.id)
        .where(PlannedTalk.run_id == run.id, PlannedTalk.starts_at.is_(None))
    ).all()
    assert left
    for request, reason in left:
        assert (reason == "no_common_time") is (common_times(request) == [])


def common_times(request):
    """When neither the family nor the teacher is away, whatever is booked."""
    away = _db.session.execute(
        select(AwayTime.starts_at, AwayTime.ends_at)
        .join(Wishes, Wishes.id == AwayTime.wishes_id)
        .where(Wishes.household_id == request.household_id, Wishes.round_id == request.round_id)
    ).all()
    absences = _db.session.execute(
        select(Unavailability.starts_at, Unavailability.ends_at).where(
            Unavailability.teacher_id == int(request.teacher_key)
        )
    ).all()
    return [
        slot.starts_at
        for evening in rounds.load_evenings(request.round_id)
        for slot in evening.slots
        if not any(start < slot.ends_at and slot.starts_at < end for start, end in away + absences)
    ]


@pytest.mark.live
def test_some_teachers_have_checked_their_times_and_the_one_to_look_around_as_has_not(demo):
    coming = next(r for r in rounds.list_rounds() if r.name == "Oudercontact 3")
    progress = load_progress(coming.id, now=NOW)
    assert 0 < progress.checked < progress.teachers / 2
    assert "Karin Bakker" in progress.unchecked
    own = [e for e in load_teaching(actor("teacher"), now=NOW) if e.round_id == coming.id]
    assert len(own) == 2
    assert all(e.checking and e.may_block and e.checked_at is None for e in own)


@pytest.mark.live
def test_the_classes_of_both_branches_are_told_apart(demo):
    [group] = find("h1a", by_mail=False, only=PersonKind.STUDENTS, now=NOW)
    classes = Counter(hit.detail.partition(" · ")[0] for hit in group.hits)
    assert set(classes) == {"h1a (Noord)", "h1a (Zuid)"}
    [group] = find("tess bos", by_mail=False, only=PersonKind.STUDENTS, now=NOW)
    assert group.hits[0].detail.startswith("h1a (Zuid)")


@pytest.mark.live
def test_there_are_offers_and_free_times_left(demo):
    present = next(r for r in rounds.list_rounds() if r.name == "Oudercontact 2")
    offers = demo.scalars(select(Offer).where(Offer.round_id == present.id, Offer.offered)).all()
    taken = demo.scalars(select(Booking).where(Booking.round_id == present.id)).all()
    slots = sum(len(evening.slots) for evening in rounds.load_evenings(present.id))
    assert len({offer.student_id for offer in offers}) == FEW
    assert len(taken) < 20 * slots


@pytest.mark.live
def test_talks_were_booked_before_now_and_promise_nothing_any_more(demo):
    assert all(moment <= NOW for moment in demo.scalars(select(Booking.booked_at)))
    assert count(OutboxMessage) == 0


@pytest.mark.parametrize(
    ("key", "roles", "children"),
    [
        ("parent", {Role.GUARDIAN}, 3),
        ("parent-apart", {Role.GUARDIAN}, 1),
        ("student", {Role.STUDENT}, 1),
        ("teacher", {Role.TEACHER, Role.GUARDIAN}, 1),
        ("administrator", {Role.ADMINISTRATOR}, 0),
    ],
)
@pytest.mark.live
def test_everybody_one_can_be_is_there(demo, key, roles, children):
    who = actor(key)
    assert who.roles == roles
    assert len(children_of(who, NOW.date())) == children
    assert who.name in next(role.label for role in demo_roles() if role.key == key)


@pytest.mark.live
def test_who_looks_around_finds_something_left_to_choose(demo):
    present = next(r for r in rounds.list_rounds() if r.name == "Oudercontact 2")

    def talks(key):
        ids = [child.student_id for child in children_of(actor(key), NOW.date())]
        households = {child.household_id for child in children_of(actor(key), NOW.date())}
        return demo.scalars(
            select(Booking).where(
                Booking.round_id == present.id,
                Booking.student_id.in_(ids),
                Booking.household_id.in_(households),
            )
        ).all()

    assert len(talks("parent")) == 1
    assert talks("parent-apart") == []
    assert talks("teacher") == []


def facts():
    """What was seeded, without the ids of the database and without secrets."""
    return (
        _db.session.execute(
            select(Student.number, Booking.starts_at, Booking.booked_at, Teacher.code)
            .join(Booking, Booking.student_id == Student.id)
            .join(Offer, Offer.id == Booking.offer_id)
            .join(Teacher, Booking.teacher_key == cast(Teacher.id, String))
            .order_by(Student.number, Booking.starts_at)
        ).all(),
        _db.session.execute(
            select(Student.number, PlannedTalk.starts_at, PlannedTalk.reason)
            .join(BookingRequest, BookingRequest.student_id == Student.id)
            .join(PlannedTalk, PlannedTalk.request_id == BookingRequest.id)
            .order_by(Student.number, PlannedTalk.starts_at, PlannedTalk.id)
        ).all(),
        _db.session.scalars(select(Person.sort_key).order_by(Person.sort_key)).all(),
    )


@pytest.mark.live
def test_the_same_moment_gives_the_same_school(databases, demo):
    here = facts()
    with make_app(databases.migrated(), demo=True).app_context():
        service.seed(FEW, now=NOW)
        there = facts()
        _db.session.remove()
        _db.engine.dispose()
    assert here == there
    assert here[0]
    assert here[1]
