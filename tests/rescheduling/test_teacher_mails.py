"""Mails to teachers about what a change of the round, or the desk, did to their talks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.bookings import blocking, office, remarks, service, spans
from app.bookings.mails import families as family_mails
from app.bookings.mails.teachers import GATHERED
from app.bookings.rules import Choice
from app.mail import letters
from app.outbox.errors import Transient
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.rounds.models import Offer, OfferTeacher, Round
from app.rounds.queries import load_evenings
from app.school.models import Person
from tests.rescheduling.changed import CANCEL, KEEP, MOVE
from tests.round_setup.post import deliver, text, to
from tests.small_school import FIRST, NOW

MINUTE = timedelta(minutes=1)
SETTLED = FIRST - timedelta(hours=3)
"""The afternoon of the evening: families can change nothing any more."""


@pytest.fixture
def mails(monkeypatch):
    """What teachers are sent; families' mails go nowhere."""
    sent = []
    monkeypatch.setattr(family_mails, "send_letter", lambda *_, **__: None)
    monkeypatch.setattr(letters, "send", sent.append)
    return sent


@pytest.fixture
def later(spec):
    return spec(first_start="19:00")


def test_one_mail_tells_a_teacher_all_that_a_change_did(mails, book, change, later):
    (moved,) = book("Alice", "Noor", ("Vera", 0))
    (gone,) = book("Carol", "Kim", ("Vera", 1))
    (kept,) = book("Bart", "Lot", ("Vera", 2))
    change(later, {moved: MOVE, gone: CANCEL, kept: KEEP})
    deliver(NOW + GATHERED)
    assert to(mails) == ["vera@school.example"]
    assert mails[0]["Subject"] == "Veranderingen in uw gesprekken"
    for part in ("plain", "html"):
        words = " ".join(text(mails[0], part).split())
        assert "di 9 februari, 18.30 uur: verplaatst naar di 9 februari, 19.00 uur" in words
        assert "di 9 februari, 18.40 uur: gaat niet door" in words
        for word in ("Noor Jansen", "Kim Öztürk", "h2a", "/teaching"):
            assert word in words, (part, word)
        for absent in ("Lot", "Alice", "Carol"):
            assert absent not in words
        assert words.index("Noor") < words.index("Kim")  # as on the list that was


def test_each_teacher_reads_of_the_own_talks_alone(mails, book, change, later):
    ids = book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    change(later, dict.fromkeys(ids, CANCEL))
    deliver(NOW + GATHERED)
    assert sorted(to(mails)) == ["bart@school.example", "vera@school.example"]
    of_vera = next(mail for mail in mails if mail["To"] == "vera@school.example")
    assert "18.40" not in text(of_vera)


def test_both_teachers_of_a_talk_are_told(db, mails, book, change, later, school):
    offer_id = school.offers["Noor", "Vera"]
    db.add(OfferTeacher(offer_id=offer_id, teacher_id=school.teachers["Bart"], position=1))
    key = "-".join(sorted(str(school.teachers[name]) for name in ("Vera", "Bart")))
    db.get(Offer, offer_id).teacher_key = key
    db.commit()
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: CANCEL})
    deliver(NOW + GATHERED)
    assert sorted(to(mails)) == ["bart@school.example", "vera@school.example"]


def test_a_class_that_two_branches_have_is_told_with_its_branch(
    mails, two_branches, book, change, later
):
    ids = [*book("Alice", "Noor", ("Vera", 0)), *book("Carol", "Kim", ("Vera", 1))]
    change(later, dict.fromkeys(ids, CANCEL))
    deliver(NOW + GATHERED)
    for part in ("plain", "html"):
        words = " ".join(text(mails[0], part).split())
        assert words.index("h2a (Noord)") < words.index("h2a (Zuid)")


def test_no_subject_names_anybody(mails, book, change, later):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: MOVE})
    deliver(NOW + GATHERED)
    assert not any(name in mails[0]["Subject"] for name in ("Noor", "Jansen", "h2a"))


def test_no_mail_tells_a_remark(mails, book, change, later, school):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    remarks.set_remark(school.actors["Alice"], booking_id, "leest graag", now=NOW)
    change(later, {booking_id: MOVE})
    deliver(NOW + GATHERED)
    assert "leest" not in text(mails[0]) + text(mails[0], "html")


def test_while_the_timetable_is_hidden_the_mail_names_nobody(mails, book, change, later):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(replace(later, timetable_visible=False), {booking_id: MOVE})
    deliver(NOW + GATHERED)
    for part in ("plain", "html"):
        words = text(mails[0], part)
        assert "18.30" in words
        assert not any(name in words for name in ("Noor", "Jansen", "h2a"))


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_of_a_round_that_teachers_do_not_see_nothing_is_told(
    db, mails, book, change, later, school, state
):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: MOVE})
    db.get(Round, school.round_id).state = state
    db.commit()
    deliver(NOW + GATHERED)
    assert mails == []


def test_a_change_that_leaves_all_talks_standing_mails_no_teacher(mails, book, change, later):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: KEEP})
    deliver(NOW + GATHERED)
    assert mails == []


def test_what_the_family_did_since_is_told_and_not_what_was_meant(
    mails, book, change, later, school
):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: MOVE})
    service.cancel(school.actors["Alice"], booking_id, now=NOW)
    deliver(NOW + GATHERED)
    assert "18.30 uur: gaat niet door" in text(mails[0])


def test_each_reads_the_own_language(db, mails, book, change, later, school):
    db.get(Person, school.people["Vera"]).language = "en"
    db.commit()
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: MOVE})
    deliver(NOW + GATHERED)
    assert mails[0]["Subject"] == "Changes in your talks"
    assert "Tue 9 February, 18:30: moves to Tue 9 February, 19:00" in text(mails[0])


def test_a_teacher_without_an_address_is_not_mailed(db, mails, book, change, later, school):
    db.get(Person, school.people["Vera"]).email = ""
    db.commit()
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(later, {booking_id: MOVE})
    deliver(NOW + GATHERED)
    assert mails == []


# The desk


@pytest.fixture
def at_desk(school):
    """Anna, on the phone: at_desk("book", slot, now), ("move", booking, slot, now), ("cancel", …)."""
    anna = school.actors["Anna"]

    def choice(slot):
        return Choice(*school.choice("Noor", "Vera", slot))

    def book(slot, now):
        noor, home = school.students["Noor"], school.households["Alice"]
        return office.book_for(
            anna,
            school.round_id,
            noor,
            home,
            [choice(slot)],
            reason="",
            beyond_maximum=False,
            now=now,
        ).booked[0]

    def move(booking_id, slot, now):
        office.move_for(anna, booking_id, choice(slot), reason="called", now=now)

    def cancel(booking_id, now):
        office.cancel_for(anna, booking_id, reason="ill", now=now)

    does = {"book": book, "move": move, "cancel": cancel}
    return lambda what, *arguments: does[what](*arguments)


def test_while_families_change_talks_the_desk_mails_no_teacher(db, at_desk):
    booking_id = at_desk("book", 0, NOW)
    at_desk("move", booking_id, 3, NOW + MINUTE)
    at_desk("cancel", booking_id, NOW + 2 * MINUTE)
    kinds = {row.kind for row in db.query(OutboxMessage)}
    assert kinds == {"bookings.booked", "bookings.moved", "bookings.cancelled"}


def test_once_families_can_change_nothing_any_more_each_change_of_the_desk_is_told(mails, at_desk):
    booking_id = at_desk("book", 4, SETTLED)
    deliver(SETTLED + GATHERED)
    at_desk("move", booking_id, 3, SETTLED + GATHERED)
    deliver(SETTLED + 2 * GATHERED)
    for after in (2, 3):  # the second form finds nothing to do
        at_desk("cancel", booking_id, SETTLED + after * GATHERED)
        deliver(SETTLED + (after + 1) * GATHERED)
    told = [text(mail).split("* ")[1].splitlines()[0] for mail in mails]
    assert told == [
        "di 9 februari, 19.10 uur: nieuw gesprek",
        "di 9 februari, 19.10 uur: verplaatst naar di 9 februari, 19.00 uur",
        "di 9 februari, 19.00 uur: gaat niet door",
    ]
    assert set(to(mails)) == {"vera@school.example"}


def test_the_same_booking_of_the_desk_sent_twice_is_told_once(mails, at_desk):
    at_desk("book", 4, SETTLED)
    at_desk("book", 4, SETTLED + GATHERED)
    deliver(SETTLED + 2 * GATHERED)
    assert len(mails) == 1


def lines_of(mail):
    return [line.splitlines()[0] for line in text(mail).split("* ")[1:]]


def test_changes_within_a_few_minutes_are_one_mail_of_what_became_of_each_talk(mails, at_desk):
    first = at_desk("book", 0, SETTLED - 2 * GATHERED)
    deliver(SETTLED)
    mails.clear()
    at_desk("move", first, 3, SETTLED)
    at_desk("move", first, 4, SETTLED + MINUTE)
    at_desk("cancel", first, SETTLED + 2 * MINUTE)
    deliver(SETTLED + 2 * MINUTE)
    assert mails == []
    at_desk("book", 5, SETTLED + 4 * MINUTE)
    deliver(SETTLED + GATHERED)  # five minutes after the first change, not after the last
    assert to(mails) == ["vera@school.example"]
    assert lines_of(mails[0]) == [
        "di 9 februari, 18.30 uur: gaat niet door",
        "di 9 februari, 19.20 uur: nieuw gesprek",
    ]


def test_what_came_and_went_within_the_minutes_is_no_mail(mails, at_desk):
    booking_id = at_desk("book", 4, SETTLED)
    at_desk("cancel", booking_id, SETTLED + MINUTE)
    deliver(SETTLED + GATHERED)
    assert mails == []


def test_a_change_after_a_mail_left_or_failed_is_another_one(db, mails, monkeypatch, at_desk):
    def fail(mail):
        raise Transient("smtp 451")

    booking_id = at_desk("book", 4, SETTLED)
    with monkeypatch.context() as patch:
        patch.setattr(letters, "send", fail)
        deliver(SETTLED + GATHERED)
    at_desk("cancel", booking_id, SETTLED + GATHERED)
    (one, other) = db.query(OutboxMessage).filter_by(kind=Promise.TEACHER_MAIL)
    assert (one.attempts, other.attempts) == (1, 0)


def test_nobody_is_told_of_the_own_absence(mails, book, school):
    ids = book("Alice", "Noor", ("Vera", 0))
    evening = load_evenings(school.round_id)[0]
    blocking.block(
        school.actors["Anna"],
        [spans.of_evening(evening, school.teachers["Vera"])],
        talks="call_off",
        agreed=ids,
        now=SETTLED,
    )
    deliver(SETTLED + GATHERED)
    assert mails == []
