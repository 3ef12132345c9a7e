"""A teacher left the school: what the families who had talks with her see and can do."""

import pytest
from sqlalchemy import delete, update

from app.bookings.models import Booking
from app.family.alternatives import load_alternatives
from app.rounds.models import Offer, OfferTeacher
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def table(school):
    return f"/rounds/{school.round_id}/children/{school.students['Noor']}"


@pytest.fixture
def by_hand(db, school):
    """Offer a teacher to a student by hand, as after a talk was called off."""

    def by_hand_(student, teacher, **values):
        of_one = Offer.id == school.offers[student, teacher]
        values = {"offered": True, "in_package": False} | values
        db.execute(update(Offer).where(of_one).values(**values))
        db.commit()

    return by_hand_


def test_the_talk_stays_but_no_other_time_is_free(act, school, book_one, leave, table):
    talk = book_one("Alice", "Noor", "Vera", 0)
    leave("Vera")
    client = act("Alice")
    for page in ("/talks", table, f"{table}?move={talk}"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "mevr. De Vries" in answer.text
    slot, offer = school.choice("Noor", "Vera", 3)
    form = {"cell": f"{slot}-{offer}", "submission": "a-form-of-this-test-1"}
    answer = client.post(f"/talks/{talk}/move", data=form)
    assert answer.status_code == 409
    assert "cannot be chosen like this any more" in answer.text


def test_it_is_cancelled_as_always(act, db, book_one, leave):
    talk = book_one("Alice", "Noor", "Vera", 0)
    leave("Vera")
    assert act("Alice").post(f"/talks/{talk}/cancel").status_code == 303
    db.expire_all()
    assert db.get(Booking, talk).cancelled_at is not None


def test_a_parent_who_lost_the_child_keeps_the_others(act, book_one, leave):
    book_one("Alice", "Noor", "Vera", 0)
    book_one("Alice", "Sem", "Bart", 1)
    leave("Noor")
    text = act("Alice").get("/talks").text
    assert "dhr. Bakker" in text
    assert "mevr. De Vries" not in text


def test_a_teacher_offered_by_hand_cannot_be_booked_either(
    act, db, school, leave, choose, by_hand, table
):
    leave("Vera")
    by_hand("Noor", "Vera")  # no import withdraws it
    assert "mevr. De Vries" not in act("Alice").get(table).text
    result = choose("Alice", "Noor", ("Vera", 0))
    assert result.booked == ()
    assert result.gone


@pytest.mark.parametrize("left", [False, True])
def test_a_colleague_who_left_is_no_alternative(
    db, school, book_one, call_off, leave, by_hand, left
):
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    to_noor = school.offers["Noor", "Bart"]
    db.execute(delete(OfferTeacher).where(OfferTeacher.offer_id == to_noor))
    db.execute(delete(Offer).where(Offer.id == to_noor))
    if left:
        leave("Bart")
    by_hand("Kim", "Bart", subject_code="ne")
    page = load_alternatives(school.actors["Alice"], talk, now=NOW)
    assert [it.teacher for it in page.colleagues] == ([] if left else ["dhr. Bakker"])
