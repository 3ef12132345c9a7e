"""What a teacher reads of the own evening."""

import pytest
from sqlalchemy import update

from app.bookings.models import Booking
from app.core.transaction import transaction
from app.family.queries import load_table
from app.rounds.models import Modality, Offer, OfferTeacher, Round, new_times_key
from app.school.models import Teacher
from app.teaching.queries import load_teaching
from tests.html import without_secrets
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


@pytest.mark.parametrize(
    ("offered", "held", "named"),
    [
        ("site", [], True),
        ("teams,site", [], True),
        ("teams", [], False),
        ("site,teams", ["site", "teams"], True),
        ("teams,site", ["teams", "site"], True),
        ("teams", ["phone", "site"], True),  # the round changed, and one talk stayed
        ("site,teams", ["teams"], False),
        ("site,teams", ["teams", "phone"], False),
        ("teams", ["teams"], False),
    ],
)
def test_the_room_is_named_as_soon_as_one_talk_is_at_school(
    db, school, act, book_one, offered, held, named
):
    families = (("Alice", "Noor", "Vera", 0), ("Carol", "Kim", "Vera", 2))
    for family, modality in zip(families, held, strict=False):
        id_ = book_one(*family)
        db.execute(update(Booking).where(Booking.id == id_).values(modality=modality))
    db.execute(update(Round).values(modalities=offered, times_key=new_times_key()))
    db.commit()
    evening = load_teaching(school.actors["Vera"], now=NOW)[0]
    assert evening.room == ("B01" if named else "")
    page = without_secrets(act("Vera").get("/teaching").text)
    assert ("B01" in page) == named


def test_before_the_school_shows_who_comes_the_room_is_named_all_the_same(db, school, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    db.execute(update(Round).values(modalities="teams", timetable_visible=False))
    db.execute(update(Round).values(times_key=new_times_key()))
    db.commit()
    evening = load_teaching(school.actors["Vera"], now=NOW)[0]
    assert (evening.room, evening.hidden) == ("B01", True)
