"""How long a talk is that comes instead of another, and with whom it can be."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings.models import Booking
from app.family import answering
from app.family.alternatives import NEAREST, load_alternatives
from app.rounds.models import Offer, OfferTeacher
from tests.small_school import NOW


@pytest.fixture
def offer(db, school):
    """Offer somebody these teachers for a subject: offer("Kim", "ne", "Bart", "Kader")."""

    def offer_(student, subject, *teachers):
        ids = [school.teachers[name] for name in teachers]
        row = Offer(
            round_id=school.round_id,
            student_id=school.students[student],
            subject_code=subject,
            teacher_key="-".join(map(str, sorted(ids))),
        )
        db.add(row)
        db.flush()
        db.add_all(
            OfferTeacher(offer_id=row.id, teacher_id=id_, position=i) for i, id_ in enumerate(ids)
        )
        db.commit()

    return offer_


@pytest.fixture
def apart_from_noor(db, school):
    """Kader teaches nobody English and everybody but Noor Dutch."""
    kader = str(school.teachers["Kader"])
    of_round = (Offer.round_id == school.round_id, Offer.teacher_key == kader)
    db.execute(update(Offer).where(*of_round).values(subject_code="ne"))
    db.execute(
        update(Offer)
        .where(Offer.id == school.offers["Noor", "Kader"])
        .values(round_id=school.student_round_id, subject_code="xx")
    )
    db.commit()
    return kader


@pytest.fixture
def page(school):
    return lambda talk: load_alternatives(school.actors["Alice"], talk, now=NOW)


def slots_of(school, alternative):
    """The slots of the free times that are offered, by their place in the evening."""
    times = [time.value for day in alternative.days for time in day.times]
    return [school.slots.index(int(value.split("-")[0])) for value in times]


def test_of_a_colleague_the_six_nearest_times_are_shown(
    school, apart_from_noor, book_one, call_off, page
):
    talk = book_one("Alice", "Noor", "Vera", 8)
    call_off(talk)
    (kader,) = page(talk).colleagues
    assert NEAREST == 6
    assert slots_of(school, kader) == [6, 7, 8, 9, 10, 11]


def test_a_colleague_takes_as_long_as_the_talk_that_was_called_off(
    db, school, apart_from_noor, book_one, call_off, page
):
    vera = school.offers["Noor", "Vera"]
    db.execute(update(Offer).where(Offer.id == vera).values(slots=2))
    db.commit()
    talk = book_one("Alice", "Noor", "Vera", 0)
    book_one("Carol", "Kim", "Kader", 2)
    call_off(talk)
    (kader,) = page(talk).colleagues
    # Not 18.40, after which Kim comes, and not 19.20, after which there is a break.
    assert slots_of(school, kader) == [0, 3, 4, 6, 7, 8]

    new = answering.take(school.actors["Alice"], talk, school.slots[3], apart_from_noor, now=NOW)
    booking = db.get(Booking, new)
    assert booking.ends_at - booking.starts_at == timedelta(minutes=20)
    assert db.get(Offer, booking.offer_id).slots == 2


def test_two_teachers_who_sit_together_with_others_are_no_alternative(
    offer, book_one, call_off, page
):
    offer("Kim", "ne", "Bart", "Kader")
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    assert page(talk).colleagues == ()


def test_a_teacher_whom_the_child_meets_already_is_no_alternative(offer, book_one, call_off, page):
    offer("Noor", "ne", "Bart")
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    assert [it.teacher for it in page(talk).colleagues] == ["dhr. Bakker"]
    book_one("Alice", "Noor", "Bart", 3)
    assert page(talk).colleagues == ()
