"""A round that is planned anew: what stays, what goes, and who must hear of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.rounds import queries, service
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from app.rounds.models import Offer, Round
from app.rounds.spec import BadRound, RoomSpec
from app.school.models import HomeClass
from tests.small_school import NOW

SHORT = EveningSpec(date(2027, 3, 9), "18:30", "19:00")


@pytest.fixture
def round_id(spec):
    return service.create_round(spec(), None, now=NOW).round_id


def change(round_id, spec):
    return service.change_round(round_id, spec, None, now=NOW)


def key(db, round_id):
    return db.scalars(select(Round.times_key).where(Round.id == round_id)).one()


def seats(db, round_id):
    return [
        {teacher_id: room.name for teacher_id, room in evening.rooms.items()}
        for evening in queries.load_evenings(round_id)
    ]


def test_a_round_reads_back_as_it_was_planned(school, spec):
    planned = spec(
        rooms=(RoomSpec("Aula", (school.teachers["Vera"],), exclusive=True),),
        check_at=NOW + timedelta(days=1),
        publish_at=NOW + timedelta(days=2),
        archive_at=NOW + timedelta(days=99),
        walking_minutes=5,
    )
    round_id = service.create_round(planned, None, now=NOW).round_id
    assert load_spec(round_id) == replace(planned, cancel_until=planned.closes_at)


def test_nothing_changed_leaves_a_round_as_it_was(round_id):
    before, evenings = load_spec(round_id), queries.load_evenings(round_id)
    change(round_id, before)
    assert (load_spec(round_id), queries.load_evenings(round_id)) == (before, evenings)


def test_times_that_stay_keep_their_ids_and_evenings_theirs(round_id, spec):
    first, second = queries.load_evenings(round_id)
    change(round_id, spec(evenings=(SHORT, spec().evenings[1])))
    shorter, same = queries.load_evenings(round_id)
    assert same == second
    assert shorter.id == first.id
    assert shorter.slots == first.slots[:3]
    assert shorter.breaks == ()


def test_an_evening_taken_out_has_no_times_and_its_date_is_gone(round_id, spec):
    change(round_id, spec(evenings=spec().evenings[1:]))
    assert queries.load_round(round_id).days == (date(2027, 3, 11),)
    assert [bool(evening.slots) for evening in queries.load_evenings(round_id)] == [False, True]
    assert len(load_spec(round_id).evenings) == 1


def test_an_evening_that_comes_back_is_the_same_one(round_id, spec):
    ids = [evening.id for evening in queries.load_evenings(round_id)]
    change(round_id, spec(evenings=spec().evenings[1:]))
    change(round_id, spec())
    assert [evening.id for evening in queries.load_evenings(round_id)] == ids
    assert load_spec(round_id).evenings == spec().evenings


def test_other_processes_notice_new_times(db, round_id, spec):
    before = key(db, round_id)
    change(round_id, spec(evenings=(SHORT,)))
    assert key(db, round_id) != before


def test_a_room_that_holds_one_talk_does_so_for_every_round(db, school, round_id, spec):
    before = key(db, school.round_id)
    room = RoomSpec("B01", (school.teachers["Vera"],))
    change(round_id, spec(rooms=(room,)))
    assert key(db, school.round_id) == before  # as it was
    change(round_id, spec(rooms=(replace(room, exclusive=True),)))
    assert key(db, school.round_id) != before


def test_who_sits_elsewhere_on_one_evening_stays_there(db, school, round_id, spec):
    rooms = (RoomSpec("Aula", (school.teachers["Vera"],)),)
    change(round_id, spec(rooms=rooms))
    first, _second = queries.load_evenings(round_id)
    here = queries.EveningRoom
    db.execute(
        here.__table__.update()
        .where(here.evening_id == first.id)
        .values(room_id=next(iter(queries.load_evenings(school.round_id)[0].rooms.values())).id)
    )
    db.commit()
    moved = seats(db, round_id)
    change(round_id, replace(load_spec(round_id), walking_minutes=5))
    assert seats(db, round_id) == moved
    elsewhere = (RoomSpec("Hal", (school.teachers["Vera"],)),)
    change(round_id, spec(rooms=elsewhere))
    assert seats(db, round_id) == [{school.teachers["Vera"]: "Hal"}] * 2


def test_classes_that_leave_take_their_offers_along(db, school, spec, lessons):
    lessons.all()
    round_id = service.create_round(spec(), None, now=NOW).round_id
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.commit()
    report = change(round_id, spec(home_class_ids=(other.id,)))
    offers = db.scalars(select(Offer.offered).where(Offer.round_id == round_id)).all()
    assert (report.offered, report.withdrawn, any(offers)) == (0, len(offers), False)


def test_the_log_says_who_changed_what(db, school, round_id, spec):
    service.change_round(round_id, spec(max_per_child=4), school.actors["Anna"], now=NOW)
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "round.changed")).one()
    assert (entry.actor_name, entry.details["changed"]) == ("Anna", ["max_per_child"])


def test_an_evening_that_cannot_be_changes_nothing(round_id, spec):
    before = load_spec(round_id)
    bad = EveningSpec(date(2027, 3, 11), "18:30", "18:00")
    with pytest.raises(BadRound) as refused:
        change(round_id, spec(name="Other", evenings=(SHORT, bad)))
    assert refused.value.field == "evenings.2.end"
    assert load_spec(round_id) == before


@pytest.mark.parametrize(
    ("field", "dates"),
    [
        ("publish_at", {"check_at": 3, "publish_at": 2}),
        ("publish_at", {"publish_at": 90}),
        ("archive_at", {"archive_at": 20}),
    ],
)
def test_steps_come_in_their_order(round_id, spec, field, dates):
    moments = {name: NOW + timedelta(days=days) for name, days in dates.items()}
    with pytest.raises(BadRound) as refused:
        change(round_id, spec(**moments))
    assert refused.value.field == field


def test_a_round_that_is_not_there_cannot_change(school, spec):
    with pytest.raises(NotFoundError):
        change(999, spec())
