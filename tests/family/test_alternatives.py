"""Instead of a talk that the school called off: another time, a colleague, or nothing."""

import pytest
from sqlalchemy import select

from app.bookings import service
from app.bookings.calling_off import service as calling_off
from app.bookings.calling_off.queries import unanswered
from app.bookings.models import Booking
from app.bookings.moving import CellTaken
from app.core.errors import NotFoundError
from app.family import answering
from app.family.alternatives import load_alternatives
from app.family.answering import AlreadyChosen
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.rounds.models import Offer, OfferTeacher, Round
from tests.small_school import FIRST, NOW
from tests.talks import block

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def gone(school, book_one, call_off):
    """A talk of Noor with Vera that was called off; Vera is away all evening."""
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    block(
        school.actors["Sofie"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST.replace(hour=20),
        now=NOW,
    )
    return talk


@pytest.fixture
def colleague(db, school):
    """Kader teaches Dutch too, to everybody but Noor."""
    key = str(school.teachers["Kader"])
    of_kader = Offer.id.in_(
        select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id == school.teachers["Kader"])
    )
    for offer in db.scalars(select(Offer).where(Offer.round_id == school.round_id, of_kader)):
        if offer.student_id == school.students["Noor"]:
            db.execute(OfferTeacher.__table__.delete().where(OfferTeacher.offer_id == offer.id))
            db.delete(offer)
        else:
            offer.subject_code = "ne"
    db.commit()
    return key


def page_of(school, talk, who="Alice"):
    return load_alternatives(school.actors[who], talk, now=NOW)


def value(school, slot, key):
    return f"{school.slots[slot]}-{key}"


def url(talk):
    return f"/talks/{talk}/alternatives"


def test_other_times_of_the_same_teacher_are_offered(school, book_one, call_off):
    talk = book_one("Alice", "Noor", "Vera", 0)
    book_one("Carol", "Kim", "Vera", 1)
    call_off(talk)
    (day,) = page_of(school, talk).same.days
    times = [time.value for time in day.times]
    assert value(school, 2, school.teachers["Vera"]) in times
    assert value(school, 1, school.teachers["Vera"]) not in times


def test_a_teacher_who_is_away_has_no_other_time(school, gone):
    assert page_of(school, gone).same is None


def test_a_colleague_of_the_same_subject_is_offered_with_the_nearest_times(
    school, gone, colleague, book_one
):
    book_one("Carol", "Kim", "Kader", 2)
    (alternative,) = page_of(school, gone).colleagues
    assert alternative.teacher == "mevr. Kaya"
    times = [time.value for day in alternative.days for time in day.times]
    assert times[:2] == [value(school, 0, colleague), value(school, 1, colleague)]
    assert value(school, 2, colleague) not in times


def test_a_teacher_of_another_subject_is_no_alternative(school, gone):
    assert page_of(school, gone).colleagues == ()


def test_taking_a_colleague_makes_the_offer_books_and_answers(db, school, gone, colleague):
    new = answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)
    booking = db.get(Booking, new)
    offer = db.get(Offer, booking.offer_id)
    assert (booking.teacher_key, booking.cancelled_at) == (colleague, None)
    assert (offer.subject_code, offer.offered, offer.in_package) == ("ne", True, False)
    assert db.get(Booking, gone).answered_at == NOW
    assert unanswered(school.round_id) == ()


def test_taking_it_twice_is_taking_it_once(school, gone, colleague):
    first = answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)
    again = answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)
    assert first == again


def test_a_second_other_talk_instead_is_refused_while_the_first_stands(
    act, db, school, gone, colleague, book
):
    new = answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)
    db.execute(
        Offer.__table__.update()
        .where(Offer.teacher_key == str(school.teachers["Bart"]))
        .values(subject_code="ne")
    )
    db.commit()
    bart = str(school.teachers["Bart"])
    with pytest.raises(AlreadyChosen):
        answering.take(school.actors["Adam"], gone, school.slots[5], bart, now=NOW)
    assert 'name="time"' not in act("Adam").get(url(gone)).text

    service.cancel(school.actors["Alice"], new, now=NOW)
    assert answering.take(school.actors["Adam"], gone, school.slots[5], bart, now=NOW)


def test_what_somebody_else_took_leaves_nothing_behind(db, school, gone, colleague, book_one):
    book_one("Carol", "Kim", "Kader", 3)
    with pytest.raises(CellTaken):
        answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)
    assert db.get(Booking, gone).answered_at is None
    offers = select(Offer.id).where(
        Offer.student_id == school.students["Noor"],
        Offer.teacher_key == colleague,
        Offer.round_id == school.round_id,
    )
    assert db.scalars(offers).all() == []


def test_it_works_when_families_can_no_longer_choose(db, school, gone, colleague):
    db.get(Round, school.round_id).closes_at = NOW
    db.commit()
    assert answering.take(school.actors["Alice"], gone, school.slots[3], colleague, now=NOW)


def test_a_teacher_who_is_no_alternative_is_not_found(db, school, gone, colleague):
    for key in ("999", str(school.teachers["Kader"]) + "-999"):
        with pytest.raises(NotFoundError):
            answering.take(school.actors["Alice"], gone, school.slots[3], key, now=NOW)
    assert db.get(Booking, gone).answered_at is None


@pytest.mark.parametrize("closed", [False, True])
def test_an_own_teacher_of_another_subject_is_not_found_either(act, db, school, gone, closed):
    if closed:
        db.get(Round, school.round_id).closes_at = NOW
        db.commit()
    bart = value(school, 3, school.teachers["Bart"])
    client = act("Alice")
    assert bart not in client.get(url(gone)).text
    assert client.post(url(gone), data={"time": bart}).status_code == 404
    assert db.get(Booking, gone).answered_at is None
    assert db.scalars(select(Booking.id)).all() == [gone]


def test_an_own_teacher_of_the_same_subject_is_offered_and_taken(act, db, school, gone):
    bart = school.teachers["Bart"]
    offer = Offer(
        round_id=school.round_id,
        student_id=school.students["Noor"],
        subject_code="ne",  # beside the other subject, which was there first
        teacher_key=str(bart),
    )
    db.add(offer)
    db.flush()
    db.add(OfferTeacher(offer_id=offer.id, teacher_id=bart))
    db.commit()
    client = act("Alice")
    assert value(school, 3, bart) in client.get(url(gone)).text
    assert client.post(url(gone), data={"time": value(school, 3, bart)}).status_code == 303
    assert db.get(Booking, gone).answered_at == NOW


def test_what_the_office_books_with_a_colleague_is_another_talk_instead(
    act, db, school, book_for, gone
):
    db.execute(Offer.__table__.update().values(subject_code="ne"))
    db.commit()
    book_for("Noor", ("Kader", 3), household="Alice")
    assert unanswered(school.round_id) == ()
    client = act("Adam")
    assert url(gone) not in client.get("/talks").text
    page = client.get(url(gone)).text
    assert "You have chosen another talk already." in page
    assert 'name="time"' not in page


@pytest.mark.parametrize("who", ["Carol", "Bob"])
def test_another_familys_talk_is_not_found(act, gone, who):
    client = act(who)
    assert client.get(url(gone)).status_code == 404
    assert client.post(url(gone), data={"none": "y"}).status_code == 404


def test_a_guardian_apart_does_not_find_the_others_talk(act, book_one, call_off):
    talk = book_one("Bob", "Tim", "Vera", 0)
    call_off(talk)
    assert act("Bea").get(url(talk)).status_code == 404
    assert act("Bob").get(url(talk)).status_code == 200


def test_a_talk_that_nobody_called_off_has_no_such_page(act, book_one):
    assert act("Alice").get(url(book_one("Alice", "Noor", "Vera", 0))).status_code == 404


def test_one_tap_books_without_javascript(act, school, gone, colleague):
    client = act("Alice")
    assert "De docent is er niet." in client.get(url(gone)).text
    answer = client.post(url(gone), data={"time": value(school, 3, colleague)})
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "mevr. Kaya" in page.text
    assert "19:00" in page.text


def test_a_tap_too_late_says_so_and_shows_what_is_left(act, school, gone, colleague, book_one):
    client = act("Alice")
    book_one("Carol", "Kim", "Kader", 3)
    answer = client.post(url(gone), data={"time": value(school, 3, colleague)})
    assert answer.status_code == 409
    assert value(school, 4, colleague) in answer.text


@pytest.mark.parametrize("time", ["", "x", "1", "1-", "1-x", "9" * 12 + "-1"])
def test_what_is_no_time_is_refused(act, gone, time):
    assert act("Alice").post(url(gone), data={"time": time}).status_code == 422


def test_no_other_talk_needed_is_one_tap_too(act, school, gone):
    client = act("Alice")
    assert "mevr. De Vries" in client.get("/talks").text
    answer = client.post(url(gone), data={"none": "y"})
    assert answer.status_code == 303
    assert unanswered(school.round_id) == ()


def test_the_overview_leads_there_until_it_is_answered(act, school, gone):
    client = act("Adam")
    assert url(gone) in client.get("/talks").text
    calling_off.answer(school.actors["Alice"], gone, now=NOW)
    assert url(gone) not in client.get("/talks").text


def test_the_mail_has_one_link_and_it_leads_there(monkeypatch, gone):
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    deliver_due(HANDLERS, now=NOW)
    for part in ("plain", "html"):
        text = mails[-1].get_body((part,)).get_content()
        assert text.count("http") == 1
        assert url(gone) in text
