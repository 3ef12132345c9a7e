"""Booking: what is free is had, what is not is named, and nothing is had twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.bookings import service
from app.bookings.guards import RoundClosed
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice, TimesChanged, TimesClash, TooManyTalks
from app.bookings.service import Result
from app.core.errors import NotFoundError
from app.outbox.models import OutboxMessage
from app.rounds.models import EveningRoom, Offer, OfferTeacher, Round, Slot
from app.school.models import Person, Room
from tests.small_school import FIRST, NOW


def live(db):
    return db.scalars(
        select(Booking).where(Booking.cancelled_at.is_(None)).order_by(Booking.id)
    ).all()


def test_books_the_chosen_cells_and_claims_everybody(db, school, choose):
    result = choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))

    bookings = live(db)
    assert [b.id for b in bookings] == list(result.booked)
    assert result.lost == ()
    assert bookings[0].starts_at == FIRST
    assert bookings[0].household_id == school.households["Alice"]
    claims = {
        (kind, resource)
        for kind, resource in db.execute(
            select(Claim.kind, Claim.resource_id).where(Claim.booking_id == bookings[0].id)
        )
    }
    assert claims == {
        ("teach", school.teachers["Vera"]),
        ("person", school.people["Vera"]),
        ("person", school.people["Alice"]),
        ("person", school.people["Adam"]),
    }


def test_promises_one_mail_and_writes_a_line_per_talk(db, choose):
    result = choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))

    messages = db.scalars(select(OutboxMessage)).all()
    assert [(m.kind, m.payload) for m in messages] == [
        ("bookings.booked", {"booking_ids": list(result.booked)})
    ]
    assert db.scalars(select(AuditEntry.action)).all() == ["booking.booked"] * 2


def test_the_loser_is_told_and_keeps_the_rest(db, school, choose):
    choose("Carol", "Kim", ("Vera", 0))
    result = choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))

    assert result.lost == (Choice(*school.choice("Noor", "Vera", 0)),)
    assert [b.teacher_key for b in live(db)] == [
        str(school.teachers["Vera"]),
        str(school.teachers["Bart"]),
    ]


def test_all_or_nothing_books_nothing_when_one_is_lost(db, school, choose):
    choose("Carol", "Kim", ("Vera", 0))
    result = choose("Alice", "Noor", ("Vera", 0), ("Bart", 1), together=True)

    assert result.booked == ()
    assert result.lost == (Choice(*school.choice("Noor", "Vera", 0)),)
    assert len(live(db)) == 1
    assert db.scalar(select(func.count()).select_from(Claim)) == 6


def test_all_or_nothing_books_all_when_all_are_free(db, choose):
    assert len(choose("Alice", "Noor", ("Vera", 0), ("Bart", 1), together=True).booked) == 2


def test_a_guardian_cannot_sit_with_two_teachers_at_once(db, school, choose):
    choose("Alice", "Noor", ("Vera", 0))
    result = choose("Adam", "Sem", ("Bart", 0))

    assert result.lost == (Choice(*school.choice("Sem", "Bart", 0)),)


def test_a_teacher_cannot_teach_while_sitting_as_a_parent(db, school, choose):
    choose("Bart", "Lot", ("Vera", 0))
    result = choose("Carol", "Kim", ("Bart", 0))

    assert result.lost == (Choice(*school.choice("Kim", "Bart", 0)),)


def test_guardians_apart_each_have_their_own_talk_with_one_teacher(db, choose):
    choose("Bob", "Tim", ("Vera", 0))
    assert len(choose("Bea", "Tim", ("Vera", 1)).booked) == 1
    assert choose("Bea", "Tim", ("Kader", 0)).lost == ()
    assert len(live(db)) == 3


def test_the_same_form_twice_books_once_and_answers_the_same(db, choose):
    first = choose("Alice", "Noor", ("Vera", 0), token="one-form-sent-twice")
    again = choose("Alice", "Noor", ("Vera", 0), token="one-form-sent-twice")

    assert again == first
    assert len(live(db)) == 1


def test_the_same_form_after_a_cancel_does_not_book_again(db, school, choose):
    first = choose("Alice", "Noor", ("Vera", 0), token="one-form-sent-twice")
    service.cancel(school.actors["Adam"], first.booked[0], now=NOW)

    assert choose("Alice", "Noor", ("Vera", 0), token="one-form-sent-twice") == first
    assert live(db) == []


def test_another_persons_token_is_not_found(choose):
    choose("Alice", "Noor", ("Vera", 0), token="the-form-of-alice")
    with pytest.raises(NotFoundError):
        choose("Carol", "Kim", ("Vera", 1), token="the-form-of-alice")


def test_a_second_tap_on_an_own_talk_is_no_conflict(db, choose):
    first = choose("Alice", "Noor", ("Vera", 0))
    again = choose("Adam", "Noor", ("Vera", 0))

    assert again.booked == first.booked
    assert again.lost == ()
    assert len(live(db)) == 1


def test_a_second_talk_with_a_teacher_is_refused_in_words(db, choose):
    choose("Alice", "Noor", ("Vera", 0))
    with pytest.raises(TimesClash, match=r"mevr\. De Vries"):
        choose("Adam", "Noor", ("Vera", 3))


def test_more_than_the_maximum_is_refused_and_changes_nothing(db, choose):
    with pytest.raises(TooManyTalks):
        choose("Alice", "Noor", ("Vera", 0), ("Bart", 1), ("Kader", 2))
    assert live(db) == []
    assert db.scalar(select(func.count()).select_from(Claim)) == 0


def test_the_maximum_counts_what_is_booked_already_and_says_what_helps(db, school, choose):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    with pytest.raises(TooManyTalks, match=r"Zeg eerst een gesprek af\.$"):
        choose("Adam", "Noor", ("Kader", 2))
    db.get_one(Round, school.round_id).cancel_until = NOW
    db.commit()
    with pytest.raises(TooManyTalks) as refusal:
        choose("Adam", "Noor", ("Kader", 2))
    assert refusal.value.message == "U heeft voor dit kind alle gesprekken gekozen: 2."


def test_the_maximum_is_per_child(db, choose):
    choose("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    choose("Alice", "Sem", ("Vera", 2), ("Bart", 3))
    assert len(live(db)) == 4


def test_two_choices_at_one_time_are_refused_before_anything_is_tried(db, choose):
    with pytest.raises(TimesClash):
        choose("Alice", "Noor", ("Vera", 0), ("Bart", 0))
    assert live(db) == []


def test_two_times_of_one_teacher_are_refused(choose):
    with pytest.raises(TimesClash):
        choose("Alice", "Noor", ("Vera", 0), ("Vera", 4))


def test_nothing_chosen_is_refused(choose):
    with pytest.raises(TimesClash):
        choose("Alice", "Noor")


@pytest.mark.parametrize("moment", [timedelta(days=-2), timedelta(days=30)])
def test_before_opening_and_after_closing_nothing_is_booked(db, choose, moment):
    with pytest.raises(RoundClosed):
        choose("Alice", "Noor", ("Vera", 0), now=NOW + moment)
    assert live(db) == []


@pytest.mark.parametrize("actor", ["Carol", "Bob", "Vera", "Anna", "Sem"])
def test_a_child_of_others_does_not_exist(actor, choose):
    with pytest.raises(NotFoundError):
        choose(actor, "Noor", ("Vera", 0))


def test_a_cell_of_another_child_is_as_one_that_never_was(db, school, withdraw, choose):
    school.offers["Noor", "forged"] = school.offers["Kim", "Vera"]
    school.offers["Noor", "nobody"] = 999_999
    withdraw("Noor", "Kader")
    cells = [("forged", 0), ("nobody", 1), ("Kader", 2)]
    result = choose("Alice", "Noor", *cells)

    assert result == Result((), gone=tuple(Choice(*school.choice("Noor", *it)) for it in cells))
    assert live(db) == []
    assert db.scalars(select(OutboxMessage)).all() == []


def test_a_teacher_who_was_withdrawn_is_gone_and_the_rest_is_had(db, school, withdraw, choose):
    withdraw("Noor", "Kader")
    gone = (Choice(*school.choice("Noor", "Kader", 0)),)
    cells = (("Kader", 0), ("Vera", 0))

    assert choose("Alice", "Noor", *cells, together=True) == Result((), gone=gone)
    assert live(db) == []
    result = choose("Alice", "Noor", *cells)
    assert result == Result(tuple(talk.id for talk in live(db)), gone=gone)
    assert [talk.teacher_key for talk in live(db)] == [str(school.teachers["Vera"])]


def test_no_other_time_is_had_of_a_withdrawn_teacher_whose_talk_stands(db, withdraw, choose):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    withdraw("Noor", "Vera")
    assert len(choose("Alice", "Noor", ("Vera", 1)).gone) == 1
    assert choose("Alice", "Noor", ("Vera", 0)) == Result((talk,))


def test_a_student_does_not_book_in_a_round_for_guardians(choose):
    with pytest.raises(NotFoundError):
        choose("Noor", "Noor", ("Vera", 0))


def test_polls_notice_by_the_revisions_of_everybody_concerned(db, school, choose):
    names = ("Vera", "Kader", "Alice", "Adam", "Noor", "Carol")

    def revisions():
        return [
            db.scalar(select(Person.revision).where(Person.id == school.people[name]))
            for name in names
        ]

    before = revisions()
    choose("Alice", "Noor", ("Vera", 0))
    after = revisions()
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 0, 1, 1, 1, 0]


def test_a_talk_with_two_teachers_takes_the_time_of_both(db, school, choose):
    key = "-".join(str(school.teachers[name]) for name in ("Vera", "Bart"))
    offer = Offer(
        round_id=school.round_id,
        student_id=school.students["Noor"],
        subject_code="ne",
        teacher_key=key,
    )
    db.add(offer)
    db.flush()
    for position, name in enumerate(("Vera", "Bart")):
        teacher_id = school.teachers[name]
        db.add(OfferTeacher(offer_id=offer.id, teacher_id=teacher_id, position=position))
    db.commit()
    school.offers["Noor", "duo"] = offer.id

    assert len(choose("Alice", "Noor", ("duo", 0)).booked) == 1
    assert choose("Carol", "Kim", ("Vera", 0)).booked == ()
    assert choose("Carol", "Kim", ("Bart", 0)).booked == ()
    assert len(choose("Carol", "Kim", ("Kader", 0)).booked) == 1


def test_a_long_talk_takes_both_times_and_does_not_cross_a_break(db, school, choose):
    db.execute(update(Offer).where(Offer.id == school.offers["Noor", "Vera"]).values(slots=2))
    db.commit()

    assert len(choose("Alice", "Noor", ("Vera", 1)).booked) == 1
    assert live(db)[0].ends_at - live(db)[0].starts_at == timedelta(minutes=20)
    assert choose("Carol", "Kim", ("Vera", 2)).booked == ()
    service.cancel(school.actors["Alice"], live(db)[0].id, now=NOW)
    with pytest.raises(TimesChanged):
        choose("Alice", "Noor", ("Vera", 5))  # 19.20 to 19.40 would run through the break


def test_an_exclusive_room_holds_one_talk_at_a_time(db, school, choose):
    shared = db.scalar(select(Room))
    shared.exclusive = True
    db.execute(update(EveningRoom).values(room_id=shared.id))
    db.commit()

    assert len(choose("Alice", "Noor", ("Vera", 0)).booked) == 1
    assert choose("Carol", "Kim", ("Bart", 0)).booked == ()
    assert len(choose("Carol", "Kim", ("Bart", 1)).booked) == 1


def test_rounds_that_overlap_share_one_truth(db, school, choose):
    """The students' round is moved onto the same evening: a teacher still has one talk at a time."""
    shift = timedelta(days=7)
    for slot in db.scalars(select(Slot).where(Slot.id.in_(school.student_slots))):
        slot.starts_at, slot.ends_at = slot.starts_at - shift, slot.ends_at - shift
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))

    choice = Choice(school.student_slots[0], school.student_offers["Kim", "Vera"])
    result = service.book(
        school.actors["Kim"],
        school.student_round_id,
        school.students["Kim"],
        [choice],
        together=False,
        submission="a-form-in-the-other-round",
        now=NOW,
    )
    assert result.lost == (choice,)
