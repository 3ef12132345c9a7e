"""Mails about a round: who gets one, in which language, and what it says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.round_setup import steps
from app.round_setup.steps import NotNow
from app.rounds.loading import load_spec
from app.rounds.models import Offer, Round, RoundCheck, RoundState
from app.rounds.service import change_round
from app.school.models import Guardianship, Person, Student
from tests.round_setup.post import deliver, text, to
from tests.small_school import NOW

DRAFT, CHECK, PUBLISHED, ARCHIVED = RoundState
WEEK = timedelta(weeks=1)
TEACHERS = ["vera@school.example", "bart@school.example", "kader@school.example"]


def test_teachers_are_asked_to_check_their_times(sent, take):
    take(CHECK)
    deliver()
    assert to(sent) == TEACHERS
    for part in ("plain", "html"):
        assert "Oudercontact 2" in text(sent[0], part)
        assert "/teaching" in text(sent[0], part)
        assert "18.30" in text(sent[0], part)


def test_families_are_invited_each_mailbox_of_a_household_once(db, sent, school, take):
    adam = db.get(Person, school.people["Adam"])
    adam.email, adam.email_key = "Alice@family.example", "alice@family.example"
    bea = db.get(Person, school.people["Bea"])  # comes apart from Bob: a household of her own
    bea.email, bea.email_key = "bob@family.example", "bob@family.example"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert sorted(to(sent)) == [
        "alice@family.example",
        "bart@school.example",  # the teacher, as Lot's father
        "bob@family.example",
        "bob@family.example",
        "carol@family.example",
    ]


def test_a_guardian_listed_once_per_child_is_invited_once(db, sent, school, take):
    alice, carol = (db.get(Person, school.people[name]) for name in ("Alice", "Carol"))
    carol.sort_key = alice.sort_key
    carol.email = carol.email_key = alice.email_key
    db.commit()
    take(PUBLISHED)
    deliver()
    assert sorted(to(sent))[:2] == ["adam@family.example", "alice@family.example"]
    assert to(sent).count("alice@family.example") == 1


def test_an_invitation_says_what_when_and_where(db, sent, school, take):
    db.get(Round, school.round_id).explanation = "Neem het rapport mee."
    db.commit()
    take(PUBLISHED)
    deliver()
    for part in ("plain", "html"):
        words = text(sent[0], part)
        for word in (
            "Neem het rapport mee.",
            "9 februari",
            "23 januari, 19.00",  # opens
            "7 februari, 18.30",  # closes
            "/talks/start",
            "030 123 45 67",
        ):
            assert word in words, (part, word)


def test_each_reads_the_own_language(db, sent, school, take):
    db.get(Person, school.people["Carol"]).language = "en"
    db.commit()
    take(PUBLISHED)
    deliver()
    carol = next(mail for mail in sent if mail["To"] == "carol@family.example")
    assert "You can choose from Sat 23 January, 19:00" in text(carol)
    assert "\n* Tuesday 9 February, 18:30 - 20:40\n" in text(carol)
    assert carol["Content-Language"] == "en"


def test_each_evening_has_a_line_of_the_mail(db, sent, school, take):
    spec = load_spec(school.round_id)
    other = replace(spec.evenings[0], day=date(2027, 2, 11))
    change_round(school.round_id, replace(spec, evenings=(*spec.evenings, other)), None, now=NOW)
    take(CHECK)
    deliver()
    assert "\n* dinsdag 9 februari, 18.30 - 20.40\n* donderdag 11 februari," in text(sent[0])


def test_an_evening_that_is_over_is_not_announced(db, sent, school, take):
    spec = load_spec(school.round_id)
    other = replace(spec.evenings[0], day=date(2027, 2, 11))
    change_round(school.round_id, replace(spec, evenings=(*spec.evenings, other)), None, now=NOW)
    db.get(Round, school.round_id).opens_at = NOW - WEEK
    db.get(Round, school.round_id).closes_at = NOW + 5 * WEEK
    db.commit()
    after = NOW.replace(month=2, day=10)
    take(PUBLISHED, now=after)
    with time_machine.travel(after, tick=False):
        deliver(after)
    assert "donderdag 11 februari" in text(sent[0])
    assert "dinsdag 9 februari" not in text(sent[0])


@pytest.mark.parametrize(
    ("block", "opens", "until", "may_block"),
    [
        (2, 3, "22 januari", True),
        (-1, 3, "23 januari", False),  # blocking is over, checking is not
        (-2, -1, None, False),
        (None, -1, None, True),
    ],
)
def test_teachers_read_no_moment_that_is_over(
    db, sent, school, take, block, opens, until, may_block
):
    row = db.get(Round, school.round_id)
    day = timedelta(days=1)
    row.teachers_block_until = block and NOW + block * day
    row.opens_at = NOW + opens * day
    db.commit()
    take(CHECK)
    with time_machine.travel(NOW, tick=False):
        deliver()
    for part in ("plain", "html"):
        words = " ".join(text(sent[0], part).split())
        assert ("Dat kan tot" in words) == (until is not None)
        assert (until or "") in words
        assert ("blokkeren" in words) == may_block


def test_who_may_not_see_a_child_is_not_invited(db, sent, school, take):
    alice = db.scalars(
        select(Guardianship).join(Student).where(Student.id == school.students["Kim"])
    ).one()
    alice.closed_reason = "no_authority"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert "carol@family.example" not in to(sent)


def test_who_has_nobody_to_talk_to_is_not_invited(db, sent, school, take):
    for offer in db.scalars(select(Offer).where(Offer.student_id == school.students["Kim"])):
        offer.offered = False
    db.commit()
    take(PUBLISHED)
    deliver()
    assert "carol@family.example" not in to(sent)


def test_students_are_invited_to_what_is_open_to_them(db, sent, school, take):
    noor = db.get(Person, school.people["Noor"])
    noor.email = noor.email_key = "noor@school.example"
    db.get(Round, school.round_id).open_to = "students"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert to(sent) == ["noor@school.example"]


def test_a_student_who_left_is_not_invited_though_a_teacher_by_now(db, sent, school, take):
    student = db.get(Student, school.students["Noor"])
    student.person_id, student.ended_on = school.people["Vera"], NOW.date()
    db.get(Round, school.round_id).open_to = "students"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert to(sent) == []


def test_a_round_that_was_taken_back_invites_nobody_any_more(sent, take):
    take(PUBLISHED)
    take(CHECK)
    deliver()
    assert to(sent) == TEACHERS
    assert all("/teaching" in text(mail) for mail in sent)


def test_only_who_has_not_checked_is_reminded_and_not_every_minute(
    db, sent, school, take, round_id
):
    take(CHECK)
    db.add(RoundCheck(round_id=round_id, teacher_id=school.teachers["Vera"], at=NOW))
    db.commit()
    deliver()
    sent.clear()
    assert steps.remind_teachers(round_id, school.actors["Anna"], now=NOW) == 2
    deliver()
    assert to(sent) == TEACHERS[1:]
    assert sent[0]["Subject"].startswith(("Herinnering", "Reminder"))
    with pytest.raises(NotNow):
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW + timedelta(minutes=59))
    assert (
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW + timedelta(minutes=60)) == 2
    )


def test_nobody_is_reminded_of_what_is_no_question(school, round_id):
    with pytest.raises(NotNow):
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW)


def test_who_checked_meanwhile_gets_no_mail(db, sent, school, take, round_id):
    take(CHECK)
    db.add(RoundCheck(round_id=round_id, teacher_id=school.teachers["Vera"], at=NOW))
    db.commit()
    deliver()
    assert to(sent) == TEACHERS[1:]


def test_no_sign_in_the_name_of_a_round_keeps_its_mails_from_leaving(
    db, sent, office, paper, round_id, take
):
    name, explanation = "Ouder\vcontact\u20282", "Neem mee:\r\nhet\arapport"
    answer = office.post("/office/rounds/new", data=paper(name=name, explanation=explanation))
    made = db.get(Round, int(answer.location.rpartition("/")[2]))
    assert (made.name, made.explanation) == ("Ouder contact 2", "Neem mee:\nhet rapport")
    db.get(Round, round_id).name = name  # past every form
    db.commit()
    take(PUBLISHED)
    deliver()
    assert len(sent) == 6
    assert all("Ouder contact 2" in mail["Subject"] for mail in sent)
