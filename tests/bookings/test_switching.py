"""A family switches a talk between what its round offers; the time stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import moving, service, switching
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice
from app.bookings.switching import NotOffered, RoomTaken
from app.bookings.talks import TalkCancelled
from app.core.errors import NotFoundError
from app.family import history
from app.family.queries import load_table
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.rounds.models import EveningRoom, Modality, Round, new_times_key
from app.school.models import Room
from tests.small_school import FIRST, NOW

SITE, TEAMS, PHONE = Modality.SITE, Modality.TEAMS, Modality.PHONE


@pytest.fixture
def offer(db):
    """Let all rounds offer these: offer(SITE, TEAMS)."""

    def offer_(*modalities):
        db.execute(update(Round).values(modalities=",".join(modalities)))
        db.commit()

    return offer_


@pytest.fixture
def one_room(db):
    """All teachers sit in one room, which holds one talk at a time."""
    id_ = db.scalars(select(Room.id).order_by(Room.id)).first()
    db.execute(update(EveningRoom).values(room_id=id_))
    db.execute(update(Room).where(Room.id == id_).values(exclusive=True))
    db.execute(update(Round).values(times_key=new_times_key()))
    db.commit()
    return id_


@pytest.fixture
def switch(school):
    def switch_(actor, talk, to, *, now=NOW):
        switching.switch(school.actors[actor], talk, to, now=now)

    return switch_


@pytest.fixture
def sent(monkeypatch):
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    return mails


def row(db, talk):
    db.rollback()
    return db.execute(
        select(Booking.modality, Booking.starts_at, Booking.sequence).where(Booking.id == talk)
    ).one()


def held(db):
    return set(db.scalars(select(Claim.booking_id).where(Claim.kind == "room")))


@pytest.mark.parametrize(("first", "then"), [(SITE, TEAMS), (TEAMS, SITE), (PHONE, TEAMS)])
def test_a_talk_goes_both_ways_and_keeps_its_time(db, offer, book_one, switch, first, then):
    offer(first, then)
    talk = book_one("Alice", "Noor", "Vera", 0)
    switch("Adam", talk, then)
    assert row(db, talk) == (then, FIRST, 1)
    switch("Alice", talk, first)
    assert row(db, talk) == (first, FIRST, 2)


def test_what_is_so_already_changes_nothing_and_mails_nobody(db, offer, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    before = db.scalars(select(OutboxMessage.id)).all()
    switch("Alice", talk, SITE)
    assert row(db, talk) == (SITE, FIRST, 0)
    assert db.scalars(select(OutboxMessage.id)).all() == before


def test_it_is_possible_until_an_hour_before_also_after_choosing_has_closed(
    db, offer, book_one, switch
):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    hour = timedelta(hours=1)
    switch("Alice", talk, TEAMS, now=FIRST - hour - timedelta(seconds=1))
    for late in (FIRST - hour, FIRST - timedelta(minutes=1), FIRST, FIRST + hour):
        with pytest.raises(RoundClosed):
            switch("Alice", talk, SITE, now=late)
    assert row(db, talk).modality == TEAMS


@pytest.mark.parametrize(("offered", "to"), [((SITE,), TEAMS), ((SITE, PHONE), TEAMS)])
def test_what_the_round_does_not_offer_is_refused(db, offer, book_one, switch, offered, to):
    offer(*offered)
    talk = book_one("Alice", "Noor", "Vera", 0)
    with pytest.raises(NotOffered):
        switch("Alice", talk, to)
    assert row(db, talk) == (SITE, FIRST, 0)


@pytest.mark.parametrize("actor", ["Carol", "Noor", "Vera", "Anna"])
def test_another_familys_talk_does_not_exist(db, offer, book_one, switch, actor):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    with pytest.raises(NotFoundError):
        switch(actor, talk, TEAMS)
    with pytest.raises(NotFoundError):
        switch(actor, 999_999, TEAMS)
    assert row(db, talk).modality == SITE


def test_nor_does_the_talk_of_a_parent_who_comes_apart(offer, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Bob", "Tim", "Vera", 0)
    with pytest.raises(NotFoundError):
        switch("Bea", talk, TEAMS)


def test_a_cancelled_talk_is_nowhere(school, offer, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    service.cancel(school.actors["Alice"], talk, now=NOW)
    with pytest.raises(TalkCancelled):
        switch("Alice", talk, TEAMS)


def test_an_online_talk_keeps_no_room_busy(school, offer, one_room, book_one):
    offer(TEAMS)
    book_one("Carol", "Kim", "Bart", 1)
    page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)
    (vera,) = [card for card in page.cards if "Vries" in card.teacher]
    assert [str(cell.state) for cell in vera.evenings[0].cells][:3] == ["free"] * 3
    book_one("Alice", "Noor", "Vera", 1)


def test_the_room_goes_with_the_talk(db, offer, one_room, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 1)
    assert held(db) == {talk}
    switch("Alice", talk, TEAMS)
    assert held(db) == set()
    switch("Alice", talk, SITE)
    assert held(db) == {talk}


def test_a_room_that_is_taken_is_said_and_nothing_changes(db, offer, one_room, book_one, switch):
    offer(SITE, TEAMS)
    first = book_one("Alice", "Noor", "Vera", 1)
    switch("Alice", first, TEAMS)
    second = book_one("Carol", "Kim", "Bart", 1)
    promised = db.scalars(select(OutboxMessage.id)).all()
    with pytest.raises(RoomTaken):
        switch("Alice", first, SITE)
    assert row(db, first) == (TEAMS, FIRST + timedelta(minutes=10), 1)
    assert held(db) == {second}
    assert db.scalars(select(OutboxMessage.id)).all() == promised


def test_an_online_talk_moves_without_a_room(db, school, offer, one_room, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 1)
    switch("Alice", talk, TEAMS)
    other = book_one("Carol", "Kim", "Bart", 2)
    to = Choice(*school.choice("Noor", "Vera", 2))
    moving.move(school.actors["Alice"], talk, to, submission="a-move-of-this-test", now=NOW)
    assert row(db, talk) == (TEAMS, FIRST + timedelta(minutes=20), 2)
    assert held(db) == {other}


def test_everybody_in_the_household_gets_one_mail_about_the_last_switch(
    db, sent, offer, book_one, switch
):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    deliver_due(HANDLERS, now=NOW)
    sent.clear()
    for to in (TEAMS, SITE, TEAMS):
        switch("Alice", talk, to)
    deliver_due(HANDLERS, now=NOW)
    assert [mail["To"] for mail in sent] == ["alice@family.example", "adam@family.example"]
    for part in ("plain", "html"):
        text = sent[0].get_body((part,)).get_content()
        assert "online (Teams)" in text
        assert "B01" not in text
    assert "Noor" not in sent[0]["Subject"]


def test_a_teacher_whose_list_is_settled_is_mailed_and_before_nobody_is(
    sent, school, offer, book_one, switch
):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    switch("Alice", talk, TEAMS)
    later = NOW + timedelta(minutes=10)
    deliver_due(HANDLERS, now=later)
    assert not [mail for mail in sent if mail["To"] == "vera@school.example"]
    settled = FIRST - timedelta(hours=5)
    switch("Alice", talk, SITE, now=settled)
    deliver_due(HANDLERS, now=settled + timedelta(minutes=10))
    (mail,) = [mail for mail in sent if mail["To"] == "vera@school.example"]
    assert "op school" in mail.get_body(("plain",)).get_content()


def test_a_switch_that_is_undone_meanwhile_tells_no_teacher(sent, offer, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    settled = FIRST - timedelta(hours=5)
    switch("Alice", talk, TEAMS, now=settled)
    switch("Alice", talk, SITE, now=settled + timedelta(minutes=1))
    deliver_due(HANDLERS, now=settled + timedelta(minutes=10))
    assert not [mail for mail in sent if mail["To"] == "vera@school.example"]


def test_the_log_says_who_changed_where_the_talk_is(db, school, offer, book_one, switch):
    offer(SITE, TEAMS)
    talk = book_one("Alice", "Noor", "Vera", 0)
    switch("Adam", talk, TEAMS)
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.details["modality"]) == ("booking.switched", "teams")
    line = history.load(school.actors["Alice"], now=NOW)[0]
    assert (line.who, "online (Teams)" in line.text) == ("Adam Jansen", True)
