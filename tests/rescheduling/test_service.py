"""A change of a round with talks in its way: done as chosen, or not at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.bookings.models import Claim, Unavailability
from app.core.errors import NotFoundError
from app.exports.models import EveningPack
from app.family import history
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rescheduling import service
from app.rescheduling.answers import Rest
from app.rescheduling.service import ChangedMeanwhile
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from app.rounds.models import Evening, Offer, Round
from app.rounds.queries import load_evenings, load_round
from app.rounds.spec import BadRound, RoomSpec
from app.school.models import HomeClass, Person
from tests.rescheduling.changed import CANCEL, DAY, KEEP, MOVE, at, claims_of, promises, talk
from tests.small_school import NOW
from tests.talks import block


def test_a_kept_talk_keeps_its_time_and_its_claims(db, book, change, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    before = claims_of(db, booking_id)
    change(spec(first_start="19:00"))
    assert (talk(db, booking_id).starts_at, claims_of(db, booking_id)) == (at(0), before)
    assert talk(db, booking_id).cancelled_at is None
    assert load_evenings(school.round_id)[0].slots[0].starts_at == at(30)


def test_what_was_kept_once_is_not_asked_again(book, change, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    change(spec(first_start="19:00"))
    assert hurt(spec(first_start="19:00", max_per_child=5)) == ()
    assert hurt(spec(first_start="19:10")) == ()


def test_what_concerns_no_talk_holds_up_nobody_and_writes_the_row_alone(
    db, book, change, spec, school
):
    book("Alice", "Noor", ("Vera", 0))
    columns = select(func.sum(Person.revision)), select(Round.times_key), select(Offer.offered)
    before = [sorted(db.scalars(one)) for one in columns]
    evenings, claims = load_evenings(school.round_id), sorted(db.scalars(select(Claim.tick)))
    assert change(spec(explanation="Tot dan.", max_per_child=5, walking_minutes=5)) == ()
    assert load_spec(school.round_id).explanation == "Tot dan."
    assert [sorted(db.scalars(one)) for one in columns] == before
    assert load_evenings(school.round_id) == evenings
    assert sorted(db.scalars(select(Claim.tick))) == claims


def test_a_round_that_another_alters_meanwhile_is_not_saved(monkeypatch, change, spec, school):
    wanted = spec(first_start="19:00")
    monkeypatch.setattr(service, "load_spec", lambda _id: wanted)  # as it was when looked at
    with pytest.raises(ChangedMeanwhile):
        change(wanted)
    assert load_spec(school.round_id) == spec()


def test_a_moved_talk_takes_its_new_time_and_gives_the_old_one_back(db, book, change, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    db.query(OutboxMessage).delete()
    db.commit()
    change(spec(first_start="19:00"), {booking_id: MOVE})
    row = talk(db, booking_id)
    assert (row.starts_at, row.ends_at, row.sequence) == (at(30), at(40), 1)
    ticks = {tick for _kind, _id, tick in claims_of(db, booking_id)}
    assert ticks == {int(at(30).timestamp()) // 300, int(at(35).timestamp()) // 300}
    assert promises(db) == ["bookings.moved", "bookings.teacher_mail"]
    line = db.scalars(select(AuditEntry).where(AuditEntry.action == "booking.moved")).one()
    assert line.details["old"] == at(0).isoformat()


def test_a_talk_moves_to_another_evening(db, book, change, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(spec(day=date(2027, 2, 11)), {booking_id: MOVE})
    row = talk(db, booking_id)
    assert row.starts_at == at(2 * 24 * 60)
    assert db.get(Evening, row.evening_id).day == date(2027, 2, 11)


def test_a_cancelled_talk_waits_for_the_familys_answer(db, book, change, spec):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    db.query(OutboxMessage).delete()
    db.commit()
    change(spec(first_start="19:00"), {booking_id: CANCEL})
    row = talk(db, booking_id)
    assert (row.cancelled_at, row.called_off) == (NOW, "changed")
    assert claims_of(db, booking_id) == set()
    assert promises(db) == ["bookings.called_off", "bookings.teacher_mail"]


def test_each_talk_has_its_own_fate(db, book, change, spec):
    (keep,) = book("Alice", "Noor", ("Vera", 0))
    (move,) = book("Carol", "Kim", ("Vera", 1))
    (cancel,) = book("Bart", "Lot", ("Kader", 2))
    change(spec(first_start="19:00"), {keep: KEEP, move: MOVE, cancel: CANCEL})
    assert talk(db, keep).starts_at == at(0)
    assert talk(db, move).starts_at == at(40)
    assert talk(db, cancel).cancelled_at == NOW


def test_when_something_changed_meanwhile_nothing_is_done(db, book, change, hurt, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    shown = hurt(spec(first_start="19:00"))
    book("Carol", "Kim", ("Vera", 3))  # the very place
    before = load_spec(school.round_id)
    with pytest.raises(ChangedMeanwhile):
        change(spec(first_start="19:00"), {booking_id: MOVE}, shown)
    assert load_spec(school.round_id) == before
    assert talk(db, booking_id).starts_at == at(0)


def test_a_talk_cannot_move_to_where_another_one_is_kept(db, book, change, spec, school):
    """18.40 would go to 18.45, which is free only when 18.50 goes too."""
    (first,) = book("Alice", "Noor", ("Vera", 1))
    (second,) = book("Carol", "Kim", ("Vera", 2))
    before = load_spec(school.round_id)
    with pytest.raises(ChangedMeanwhile):
        change(spec(talk_minutes=15, breaks=()), {first: MOVE, second: KEEP})
    assert load_spec(school.round_id) == before
    assert (talk(db, first).starts_at, talk(db, second).starts_at) == (at(10), at(20))
    change(spec(talk_minutes=15, breaks=()), {first: MOVE, second: MOVE})
    assert talk(db, first).starts_at == at(15)
    assert talk(db, second).ends_at - talk(db, second).starts_at == timedelta(minutes=15)


def test_the_promise_on_an_evening_that_was_taken_out_can_stand(db, book, change, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    other = EveningSpec(date(2027, 2, 11), "18:30", "20:00")
    change(replace(spec(), evenings=(other,)), {booking_id: KEEP})
    assert load_round(school.round_id).days == (date(2027, 2, 11),)
    assert db.get(Evening, talk(db, booking_id).evening_id).day == DAY


def days(db, school):
    return db.scalars(
        select(Evening.day).where(Evening.round_id == school.round_id).order_by(Evening.day)
    ).all()


def test_an_evening_to_which_nothing_refers_goes_for_good(db, change, spec, school):
    change(spec(day=date(2027, 2, 11)))
    assert days(db, school) == [date(2027, 2, 11)]


def test_the_evening_of_a_talk_stays_also_when_the_talk_is_cancelled(
    db, book, change, spec, school
):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(spec(day=date(2027, 2, 11)), {booking_id: CANCEL})
    assert days(db, school) == [DAY, date(2027, 2, 11)]
    assert load_round(school.round_id).days == (date(2027, 2, 11),)


def test_the_evening_of_a_pack_stays(db, change, spec, school):
    db.add(EveningPack(evening_id=school.evening_id, marker="", made_at=NOW, content=b""))
    db.commit()
    change(spec(day=date(2027, 2, 11)))
    assert days(db, school) == [DAY, date(2027, 2, 11)]


def test_absences_on_an_evening_that_was_taken_out_go_with_it(db, change, spec, school):
    block(school.actors["Vera"], school.teachers["Vera"], school.evening_id, at(0), at(30), now=NOW)
    change(spec(day=date(2027, 2, 11)))
    assert db.scalars(select(Unavailability)).all() == []
    assert db.scalars(select(Claim)).all() == []


def test_a_class_that_leaves_leaves_no_offers_but_those_of_talks(db, book, change, spec, school):
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.commit()
    book("Alice", "Noor", ("Vera", 0))
    change(spec(home_class_ids=(other.id,)))
    kept = db.scalars(select(Offer.id).where(Offer.round_id == school.round_id)).all()
    assert kept == [school.offers["Noor", "Vera"]]


def test_who_comes_cannot_change_under_talks_that_are_booked(db, book, change, spec):
    change(spec(participants="student"))
    change(spec(participants="guardians"))
    book("Alice", "Noor", ("Vera", 0))
    with pytest.raises(BadRound) as refused:
        change(spec(participants="student"))
    assert refused.value.field == "participants"


def test_a_room_that_now_holds_one_talk_holds_those_that_are_booked(db, book, change, spec, school):
    (vera,) = book("Alice", "Noor", ("Vera", 0))
    (bart,) = book("Carol", "Kim", ("Bart", 0))
    teachers = (school.teachers["Vera"], school.teachers["Bart"])
    change(spec(rooms=(RoomSpec("Aula", teachers, exclusive=True),)))
    held = [{kind for kind, _id, _tick in claims_of(db, booking_id)} for booking_id in (vera, bart)]
    # Both talks stand; the room is held by the first.
    assert held == [{"person", "teach", "room"}, {"person", "teach"}]
    change(spec(rooms=(RoomSpec("Aula", teachers),)))
    assert "room" not in {kind for kind, _id, _tick in claims_of(db, vera)}


def test_only_the_office_changes_a_round(book, change, spec):
    with pytest.raises(NotFoundError):
        change(spec(end="20:00"), actor="Vera")


def test_open_tables_notice_that_times_changed(db, book, change, spec, school):
    def revision():
        of_vera = select(Person.revision).where(Person.id == school.people["Vera"])
        return db.scalars(of_vera).one()

    before = revision()
    change(spec(end="20:00"))
    assert revision() > before


@pytest.mark.parametrize(
    ("resolution", "words", "kind"),
    [
        (MOVE, "moved the talk with mevr. De Vries", Promise.MOVED),
        (CANCEL, "called off the talk with mevr. De Vries", Promise.CALLED_OFF),
    ],
)
def test_what_becomes_of_a_talk_stands_in_the_familys_log_and_is_promised(
    db, school, book, change, spec, resolution, words, kind
):
    later = NOW + timedelta(minutes=1)
    (talk_id,) = book("Alice", "Noor", ("Vera", 0))
    change(spec(first_start="19:00"), {talk_id: resolution}, now=later)
    row = talk(db, talk_id)
    assert (row.sequence, row.changed_at) == (1, later)
    line = history.load(school.actors["Alice"], now=later)[0]
    assert line.who == "The school"
    assert line.text.startswith(words)
    rows = db.scalars(select(OutboxMessage))
    assert kind in [row.kind for row in rows if row.payload.get("booking_id") == talk_id]


def test_what_moves_goes_elsewhere_if_another_keeps_the_nearest_time(
    db, book, change, hurt, spec, school
):
    """18.40 would go to 18.45, which is free only when 18.50 goes too."""
    (first,) = book("Alice", "Noor", ("Vera", 1))
    (second,) = book("Carol", "Kim", ("Vera", 2))
    planned = spec(talk_minutes=15, breaks=())
    assert [it.free_time.starts_at for it in hurt(planned)] == [at(15), at(30)]
    change(planned, {second: KEEP}, rest=Rest.MOVE)
    assert talk(db, second).starts_at == at(20)
    assert talk(db, first).starts_at == at(0)


def test_a_talk_that_can_move_nowhere_stays_and_nothing_comes_in_its_place(
    db, book, change, spec, school
):
    """Two times are left for three talks: 18.35 and 18.45."""
    talks = [
        *book("Alice", "Noor", ("Vera", 0)),
        *book("Carol", "Kim", ("Vera", 1)),
        *book("Bart", "Lot", ("Vera", 2)),
    ]
    planned = spec(first_start="18:35", end="18:55", breaks=())
    done = change(planned, rest=Rest.MOVE)
    starts = [talk(db, booking_id).starts_at for booking_id in talks]
    kept = {it.talk.booking_id for it in done if it.resolution is KEEP}
    assert kept
    for booking_id, before, after in zip(talks, (at(0), at(10), at(20)), starts, strict=True):
        assert (after == before) == (booking_id in kept)
        assert booking_id in kept or after in {at(5), at(15)}
    held = [it for id_ in talks for it in claims_of(db, id_) if it[0] == "teach"]
    assert len(held) == len(set(held)) == 6


def test_without_an_answer_for_the_rest_nothing_is_done(db, book, change, spec, school):
    (first,) = book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    before = load_spec(school.round_id)
    with pytest.raises(ChangedMeanwhile):
        change(spec(first_start="19:00"), {first: CANCEL}, rest=None)
    assert load_spec(school.round_id) == before
    assert talk(db, first).cancelled_at is None
