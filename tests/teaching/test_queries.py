"""What a teacher reads of the own evening."""

import pytest
from sqlalchemy import update

from app.bookings.models import Booking
from app.core.transaction import transaction
from app.family.queries import load_table
from app.rounds.models import Modality, Offer, OfferTeacher
from app.school.models import Teacher
from app.teaching.queries import load_teaching
from tests.small_school import NOW


def test_a_talk_names_all_subjects_as_the_family_reads_them(db, school, choose):
    again = Offer(
        round_id=school.round_id,
        student_id=school.students["Noor"],
        subject_code="wi",
        teacher_key=str(school.teachers["Vera"]),
    )
    db.add(again)
    db.flush()
    db.add(OfferTeacher(offer_id=again.id, teacher_id=school.teachers["Vera"]))
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))

    evening = load_teaching(school.actors["Vera"], now=NOW)[0]
    page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)

    assert evening.talks == 1
    assert evening.rows[0].subjects == "Nederlands, Wiskunde"
    assert page.talks[0].subjects == evening.rows[0].subjects


def test_a_class_that_two_branches_have_is_told_with_its_branch(school, two_branches, choose):
    choose("Alice", "Noor", ("Vera", 0))
    choose("Carol", "Kim", ("Vera", 1))
    evening = load_teaching(school.actors["Vera"], now=NOW)[0]
    assert [row.class_name for row in evening.rows[:2]] == ["h2a (Noord)", "h2a (Zuid)"]


@pytest.mark.parametrize(
    ("modality", "link"),
    [
        (Modality.TEAMS, "https://meet.example/talk"),
        (Modality.MEET, "https://meet.example/talk"),
        (Modality.OWN_LINK, "https://meet.example/vera"),
        (Modality.PHONE, ""),
        (Modality.SITE, ""),
    ],
)
def test_a_teacher_has_the_link_of_each_talk(db, school, book_one, modality, link):
    talk = book_one("Alice", "Noor", "Vera", 0)
    with transaction():
        db.execute(update(Teacher).values(link="https://meet.example/vera"))
        booking = db.get_one(Booking, talk)
        booking.modality, booking.link = modality, "https://meet.example/talk"
    row = load_teaching(school.actors["Vera"], now=NOW)[0].rows[0]
    assert row.link == link
    page = load_table(school.actors["Alice"], school.round_id, school.students["Noor"], now=NOW)
    assert page.talks[0].link == link
