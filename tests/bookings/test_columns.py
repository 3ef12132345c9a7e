"""Which teachers stand in a child's table, for how long a talk is, and who is named first."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from app.bookings import moving, service
from app.bookings.attendees import GuardiansApart
from app.bookings.mails.families import readers_of
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.bookings.scope import load_scope
from app.bookings.talks import new_talk, own_talk
from app.family.overview import load_overview
from app.family.queries import load_table
from app.rounds.models import EveningRoom, Offer, OfferTeacher, Round
from app.school.models import Person, Student
from tests.small_school import FIRST, NOW

TEN = timedelta(minutes=10)


@pytest.fixture
def again(db, school):
    """Offer Noor a second subject with Vera: again("wi", slots=2)."""

    def again_(subject, **values):
        vera = school.teachers["Vera"]
        offer = Offer(
            round_id=school.round_id,
            student_id=school.students["Noor"],
            subject_code=subject,
            teacher_key=str(vera),
            **values,
        )
        db.add(offer)
        db.flush()
        db.add(OfferTeacher(offer_id=offer.id, teacher_id=vera))
        db.commit()

    return again_


@pytest.fixture
def cards(school):
    """The cards of Noor's table by teacher, as her mother sees them."""

    def cards_():
        page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)
        return {card.teacher: card for card in page.cards}

    return cards_


@pytest.fixture
def duo(db, school):
    """Noor's Dutch is of Bart and Vera together; Bart comes first, though Vera was noted first."""
    offer = school.offers["Noor", "Vera"]
    key = "-".join(str(school.teachers[name]) for name in ("Vera", "Bart"))
    db.execute(update(Offer).where(Offer.id == offer).values(teacher_key=key))
    db.execute(delete(OfferTeacher).where(OfferTeacher.offer_id == offer))
    for position, name in ((1, "Vera"), (0, "Bart")):
        db.add(OfferTeacher(offer_id=offer, teacher_id=school.teachers[name], position=position))
        db.flush()
    db.commit()


def test_a_talk_about_two_subjects_takes_as_long_as_the_longer_one(again, cards, book_one):
    assert cards()["mevr. De Vries"].minutes == 10
    again("wi", slots=2)
    assert cards()["mevr. De Vries"].minutes == 20


def test_a_talk_can_be_moved_as_long_as_one_of_its_subjects_is_offered(
    school, again, cards, withdraw, book_one
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    withdraw("Noor", "Vera")
    assert "0" not in cards()["mevr. De Vries"].evenings[0].digits
    again("wi")
    assert "0" in cards()["mevr. De Vries"].evenings[0].digits
    moving.move(
        school.actors["Alice"],
        talk,
        Choice(*school.choice("Noor", "Vera", 3)),
        submission="a-move-of-this-test",
        now=NOW,
    )


def test_a_teacher_who_was_withdrawn_stays_while_there_is_a_talk_and_no_longer(
    school, cards, withdraw, book_one
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    withdraw("Noor", "Vera")
    assert "mevr. De Vries" in cards()
    service.cancel(school.actors["Alice"], talk, now=NOW)
    assert "mevr. De Vries" not in cards()


@pytest.mark.usefixtures("duo")
def test_of_two_teachers_the_first_one_is_named_first_wherever_they_stand(school, cards, book_one):
    both = "dhr. Bakker en mevr. De Vries"
    assert both in cards()
    book_one("Alice", "Noor", "Vera", 0)
    ((talk,),) = (e.talks for e in load_overview(school.actors["Alice"], now=NOW).evenings)
    assert (talk.teacher, talk.room) == (both, "B02")


@pytest.fixture
def as_read(school, choose):
    """Book a talk for Noor and return it twice: as the booking knows it, and as it is read."""

    def as_read_():
        alice = school.actors["Alice"]
        scope = load_scope(alice, school.round_id, school.students["Noor"], now=NOW)
        ((id_, made),) = choose("Alice", "Noor", ("Vera", 0)).made.items()
        household = scope.child.household_id
        return (
            new_talk(id_, scope.round, scope.child, household, made, now=NOW),
            own_talk(scope.children, id_, now=NOW),
        )

    return as_read_


def test_a_new_talk_is_known_as_it_will_be_read(as_read):
    known, read = as_read()
    assert known == read
    assert read.room


def test_so_is_one_about_a_subject_that_is_withdrawn(again, as_read):
    again("wi", offered=False, in_package=False)
    known, read = as_read()
    assert known == read
    assert "Wiskunde" in read.subjects


@pytest.mark.usefixtures("duo")
@pytest.mark.parametrize("without_room", ["Vera", "Bart"])
def test_so_is_one_with_two_teachers_of_whom_one_has_a_room(db, school, as_read, without_room):
    teacher = school.teachers[without_room]
    db.execute(delete(EveningRoom).where(EveningRoom.teacher_id == teacher))
    db.commit()
    known, read = as_read()
    assert known == read
    assert read.room


def test_walking_time_counts_from_the_end_of_a_talk_to_the_start_of_the_next(
    db, school, cards, book_one
):
    """Who needs ten minutes has them between 18.40 and 18.50, and not between 18.40 and 18.40."""
    db.execute(update(Round).where(Round.id == school.round_id).values(walking_minutes=10))
    db.commit()
    book_one("Alice", "Noor", "Vera", 3)
    cells = cards()["mevr. Kaya"].evenings[0].cells
    assert [bool(cell.near) for cell in cells[:6]] == [False, False, True, False, True, False]
    assert {cell.fits_at for cell in cells if cell.near} == {FIRST + TEN, FIRST + 5 * TEN}


def test_a_student_does_not_choose_for_guardians_who_come_apart(db, school):
    db.execute(update(Round).where(Round.id == school.round_id).values(open_to="both"))
    db.commit()

    def book(student):
        choice = Choice(*school.choice(student, "Vera", 0))
        return service.book(
            school.actors[student],
            school.round_id,
            school.students[student],
            [choice],
            together=True,
            submission=f"a-form-of-{student}-in-this-test",
            now=NOW,
        ).booked

    with pytest.raises(GuardiansApart):
        book("Tim")
    assert book("Noor")


def test_a_student_who_left_reads_of_no_talk(db, school):
    (talk,) = service.book(
        school.actors["Noor"],
        school.student_round_id,
        school.students["Noor"],
        [Choice(school.student_slots[0], school.student_offers["Noor", "Vera"])],
        together=True,
        submission="a-form-of-this-test",
        now=NOW,
    ).booked
    noor = school.people["Noor"]
    db.execute(update(Person).where(Person.id == noor).values(email="noor@family.example"))
    db.commit()
    assert readers_of(talk, NOW) == (noor,)
    db.execute(
        update(Student).where(Student.id == school.students["Noor"]).values(ended_on=NOW.date())
    )
    db.commit()
    assert readers_of(talk, NOW) == ()


def test_a_student_reads_of_a_talk_of_the_parents_that_it_chose_where_they_cannot(
    db, school, book_one
):
    talk, noor = book_one("Alice", "Noor", "Vera", 0), school.people["Noor"]
    parents = [school.people[name] for name in ("Alice", "Adam")]
    db.execute(update(Person).where(Person.id == noor).values(email="noor@family.example"))
    db.commit()
    assert readers_of(talk, NOW) == tuple(parents)
    db.execute(update(Person).where(Person.id.in_(parents)).values(email=""))
    db.commit()
    assert readers_of(talk, NOW) == ()
    db.execute(update(Booking).where(Booking.id == talk).values(booked_by_id=noor))
    db.commit()
    assert readers_of(talk, NOW) == (noor,)
