"""A round that no longer offers how some talks are held: kept, switched, or called off."""

import pytest
from sqlalchemy import select, update

from app.bookings import switching
from app.bookings.models import Claim
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.rescheduling.conflicts import Reason
from app.rescheduling.resolving import NotFree
from app.rounds.loading import load_spec
from app.rounds.models import Modality, Round
from app.rounds.spec import RoomSpec
from tests.rescheduling.changed import CANCEL, KEEP, MOVE, SWITCH, at, claims_of, promises, talk
from tests.small_school import NOW

SITE, TEAMS, PHONE = Modality.SITE, Modality.TEAMS, Modality.PHONE


@pytest.fixture
def offer(db, school):
    def offer_(*modalities):
        db.execute(update(Round).values(modalities=",".join(modalities)))
        db.commit()

    return offer_


@pytest.fixture
def hall(school, spec):
    """All teachers in one room, which holds one talk at a time."""
    return (RoomSpec("Hal", tuple(school.teachers.values()), exclusive=True),)


def held(db):
    db.rollback()
    return set(db.scalars(select(Claim.booking_id).where(Claim.kind == "room")))


def test_a_talk_that_the_round_no_longer_offers_is_asked_about(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(modalities=(TEAMS, PHONE)))
    assert (it.reasons, it.modality, it.free_time) == ((Reason.MODALITY,), TEAMS, None)


@pytest.mark.parametrize("modalities", [(SITE,), (SITE, TEAMS), (TEAMS, SITE)])
def test_one_that_it_still_offers_is_not_and_nobody_waits(book, hurt, change, spec, modalities):
    book("Alice", "Noor", ("Vera", 0))
    assert hurt(spec(modalities=modalities)) == ()
    assert change(spec(modalities=modalities)) == ()


def test_what_was_kept_once_is_not_asked_again(db, book, change, hurt, spec, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    before = claims_of(db, booking_id)
    change(spec(modalities=(TEAMS,)), {booking_id: KEEP})
    row = talk(db, booking_id)
    assert (row.modality, row.sequence, row.starts_at) == (SITE, 0, at(0))
    assert claims_of(db, booking_id) == before
    assert load_spec(school.round_id).modalities == (TEAMS,)
    assert hurt(spec(modalities=(TEAMS,))) == hurt(spec(modalities=(PHONE,))) == ()


def test_one_that_is_switched_keeps_its_time_and_is_told(db, book, change, spec):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    before = claims_of(db, booking_id)
    change(spec(modalities=(TEAMS,)), {booking_id: SWITCH})
    row = talk(db, booking_id)
    assert (row.modality, row.sequence, row.starts_at) == (TEAMS, 1, at(0))
    assert claims_of(db, booking_id) == before
    assert promises(db)[-2:] == ["bookings.switched", "bookings.teacher_mail"]


def test_each_talk_has_its_own_fate_and_whom_it_concerns_gets_one_mail(
    db, monkeypatch, book, change, spec
):
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    (keep,) = book("Alice", "Noor", ("Vera", 0))
    (switch,) = book("Carol", "Kim", ("Vera", 1))
    (cancel,) = book("Bart", "Lot", ("Kader", 2))
    deliver_due(HANDLERS, now=NOW)
    sent.clear()
    change(spec(modalities=(TEAMS,)), {keep: KEEP, switch: SWITCH, cancel: CANCEL})
    deliver_due(HANDLERS, now=at(-60))
    mails = {}
    for mail in sent:
        mails.setdefault(mail["To"], []).append(mail.get_body(("plain",)).get_content())
    assert sorted(mails) == [
        "bart@school.example",
        "carol@family.example",
        "kader@school.example",
        "vera@school.example",
    ]
    assert {len(of_reader) for of_reader in mails.values()} == {1}
    for reader in ("carol@family.example", "vera@school.example"):
        assert "online (Teams)" in mails[reader][0]
    assert "Noor" not in mails["vera@school.example"][0]
    assert [talk(db, id_).modality for id_ in (keep, switch)] == [SITE, TEAMS]
    assert talk(db, cancel).cancelled_at == NOW


def test_a_talk_that_moves_is_held_as_the_round_offers_then(db, book, change, hurt, spec):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(first_start="19:00", modalities=(TEAMS,)))
    assert it.reasons == (Reason.TIME, Reason.MODALITY)
    change(spec(first_start="19:00", modalities=(TEAMS,)), {booking_id: MOVE})
    row = talk(db, booking_id)
    assert (row.starts_at, row.modality, row.sequence) == (at(30), TEAMS, 1)


def test_its_room_goes_to_the_one_that_shares_it(db, book, change, spec, hall):
    first, second = (
        book("Alice", "Noor", ("Vera", 1))[0],
        book("Carol", "Kim", ("Bart", 1))[0],
    )
    change(spec(rooms=hall), {second: KEEP})
    assert held(db) == {first}
    change(spec(rooms=hall, modalities=(TEAMS,)), {first: SWITCH, second: KEEP})
    assert held(db) == {second}


def test_talks_that_go_online_are_not_in_each_others_way_in_a_room(
    db, book, change, hurt, spec, hall
):
    first, second = (
        book("Alice", "Noor", ("Vera", 1))[0],
        book("Carol", "Kim", ("Bart", 1))[0],
    )
    plan = spec(rooms=hall, modalities=(TEAMS,))
    assert {it.free_time for it in hurt(plan)} == {None}
    change(plan, {first: SWITCH, second: SWITCH})
    assert held(db) == set()


def test_two_that_come_to_school_in_one_room_at_one_time_are_refused(
    db, offer, book, change, spec, hall, school
):
    offer(TEAMS)
    change(spec(rooms=hall, modalities=(TEAMS,)))
    first, second = (
        book("Alice", "Noor", ("Vera", 1))[0],
        book("Carol", "Kim", ("Bart", 1))[0],
    )
    plan = spec(rooms=hall, modalities=(SITE,))
    with pytest.raises(NotFree):
        change(plan, {first: SWITCH, second: SWITCH})
    db.rollback()
    assert load_spec(school.round_id).modalities == (TEAMS,)
    assert talk(db, first).modality == talk(db, second).modality == TEAMS
    change(plan, {first: SWITCH, second: KEEP})
    assert (talk(db, first).modality, talk(db, second).modality) == (SITE, TEAMS)
    assert held(db) == {first}


def test_a_room_that_becomes_for_one_asks_about_no_online_talk(offer, book, hurt, spec, hall):
    offer(TEAMS, SITE)
    book("Alice", "Noor", ("Vera", 1))
    book("Carol", "Kim", ("Bart", 1))
    assert hurt(spec(rooms=hall, modalities=(TEAMS, SITE))) == ()


def test_a_family_that_switches_meanwhile_is_not_asked_about_any_more(
    db, offer, book, change, hurt, spec, school
):
    offer(SITE, TEAMS)
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    plan = spec(modalities=(TEAMS,))
    shown = hurt(plan)
    switching.switch(school.actors["Alice"], booking_id, TEAMS, now=NOW)
    assert change(plan, {booking_id: CANCEL}, shown, rest=None) == ()
