"""A round that follows another week: talks with teachers whom the students no longer have."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.rescheduling.answers import Rest
from app.rescheduling.conflicts import Reason
from app.rounds.loading import load_spec
from app.rounds.models import Offer
from app.rounds.offers import withdrawn_by
from app.school.models import HomeClass, Lesson
from tests.rescheduling.changed import CANCEL, at, claims_of, talk

LATER = {"reference_week": "2027-W10"}


@pytest.fixture(autouse=True)
def _kader_takes_over(db, school):
    """Vera gives Dutch until week 4, Kader from then on."""
    vera = db.scalars(select(Lesson).where(Lesson.teacher_id == school.teachers["Vera"])).one()
    vera.to_week = "2027-W04"
    db.add(
        Lesson(
            source="test",
            source_id="ne-later",
            group_id=vera.group_id,
            subject_id=vera.subject_id,
            teacher_id=school.teachers["Kader"],
            kind="regular",
            from_week="2027-W05",
            to_week="2027-W28",
            hours=3,
        )
    )
    db.commit()


def withdrawn(school, **changes):
    spec = load_spec(school.round_id)
    week = changes.get("reference_week", spec.reference_week)
    return withdrawn_by(school.round_id, spec.home_class_ids, week)


def test_a_talk_with_a_teacher_of_the_old_week_is_shown_and_cannot_move(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0), ("Bart", 1))
    (it,) = hurt(spec(**LATER))
    assert (it.talk.teacher, it.reasons, it.free_time) == (
        "mevr. De Vries",
        (Reason.TEACHER,),
        None,
    )
    assert not it.is_movable


def test_looking_withdraws_nothing(db, book, hurt, spec, school):
    book("Alice", "Noor", ("Vera", 0))
    hurt(spec(**LATER))
    offers = db.scalars(select(Offer.offered).where(Offer.round_id == school.round_id))
    assert all(offers)


def test_unless_somebody_chooses_the_talk_stands_though_it_is_no_longer_offered(
    db, book, change, hurt, spec, school
):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    before = claims_of(db, booking_id)
    change(spec(**LATER), rest=Rest.MOVE)  # there is nowhere to move
    row = talk(db, booking_id)
    assert (row.starts_at, row.cancelled_at, claims_of(db, booking_id)) == (at(0), None, before)
    assert not db.get(Offer, row.offer_id).offered
    assert hurt(spec(**LATER, max_per_child=5)) == ()  # kept once, not asked again


def test_a_talk_with_a_teacher_of_the_old_week_can_be_called_off(db, book, change, spec):
    (booking_id,) = book("Alice", "Noor", ("Vera", 0))
    change(spec(**LATER), {booking_id: CANCEL})
    assert talk(db, booking_id).called_off == "changed"
    assert claims_of(db, booking_id) == set()


def test_a_talk_that_loses_its_time_too_has_both_reasons_and_can_move(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(first_start="19:00", **LATER))
    assert it.reasons == (Reason.TIME, Reason.TEACHER)
    assert it.free_time.starts_at == at(30)


def test_a_teacher_who_still_has_the_student_for_another_subject_keeps_the_talk(
    db, book, hurt, spec, school
):
    db.add(
        Offer(
            round_id=school.round_id,
            student_id=school.students["Noor"],
            subject_code="wi",
            teacher_key=str(school.teachers["Vera"]),
            in_package=False,  # by hand: no week takes it away
        )
    )
    db.commit()
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    assert [it.talk.student for it in hurt(spec(**LATER))] == ["Kim Öztürk"]


def test_a_student_whose_class_leaves_has_that_reason_alone(db, book, hurt, spec):
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.commit()
    book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(home_class_ids=(other.id,), **LATER))
    assert it.reasons == (Reason.CLASS,)


def test_what_is_shown_is_what_the_change_withdraws(db, book, change, spec, school):
    expected = withdrawn(school, **LATER)
    assert expected == {(id_, str(school.teachers["Vera"])) for id_ in school.students.values()}
    assert withdrawn(school) == set()
    offered = select(Offer.student_id, Offer.teacher_key).where(
        Offer.round_id == school.round_id, Offer.offered
    )
    before = {tuple(row) for row in db.execute(offered)}
    change(spec(**LATER))
    assert before - {tuple(row) for row in db.execute(offered)} == expected


def test_the_page_says_which_teacher_and_keeps_the_talk(
    office, book, settings_of, school, hurt, spec
):
    book("Alice", "Noor", ("Vera", 0))
    page = office.post(
        f"/office/rounds/{school.round_id}/settings", data=settings_of(school.round_id, **LATER)
    )
    assert "this teacher does not teach the student in the reference week" in page.text
    assert "move to" not in page.text
    assert "No time is free" not in page.text
    assert re.search(r'value="keep"\s+checked', page.text)


def test_on_another_date_too_a_talk_is_asked_about_once(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(day=date(2027, 2, 11), **LATER))
    assert it.reasons == (Reason.EVENING, Reason.TEACHER)
