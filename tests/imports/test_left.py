"""A teacher or a student the next night's files no longer have, with a talk to come."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.bookings import office
from app.bookings.left import LeftRole, left_with_talks
from app.bookings.models import Booking
from app.bookings.rules import Choice
from app.core.access import Actor, Role
from app.evenings.filters import Filter
from app.evenings.lists import load_talks
from app.evenings.queries import load_evening
from app.extensions import db
from app.people.search import find
from app.people.student import load_family
from app.people.teacher import load_teacher
from app.rounds.grid import EveningSpec
from app.rounds.models import Offer, RoundState, Slot, teacher_ids_of
from app.rounds.service import create_round
from app.rounds.spec import RoundSpec
from app.school.homes import homes_of
from app.school.models import HomeClass, Student, Teacher
from tests.imports.conftest import BASE, NOW, run


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def talk():
    """A talk of a student with one home and one teacher, in a round of the whole school."""
    zone = ZoneInfo("Europe/Amsterdam")
    spec = RoundSpec(
        name="Oudercontact",
        home_class_ids=tuple(db.session.scalars(select(HomeClass.id))),
        evenings=(EveningSpec(date(2027, 3, 9), "18:30", "20:30"),),
        opens_at=NOW - timedelta(days=1),
        closes_at=datetime(2027, 3, 5, 23, 59, tzinfo=zone),
        reference_week="2027-W05",
        state=RoundState.PUBLISHED,
    )
    round_id = create_round(spec, None, now=NOW).round_id
    slot = db.session.scalars(select(Slot.id).order_by(Slot.starts_at)).first()
    for offer in db.session.scalars(select(Offer).where(Offer.offered).order_by(Offer.id)):
        homes = homes_of(offer.student_id)
        if len(homes) == 1 and "-" not in offer.teacher_key:
            break
    anybody = db.session.scalars(select(Teacher.person_id)).first()
    result = office.book_for(
        Actor(None, anybody, "Anna", frozenset({Role.ADMINISTRATOR})),
        round_id,
        offer.student_id,
        homes[0].household_id,
        [Choice(slot, offer.id)],
        reason="",
        beyond_maximum=False,
        now=NOW,
    )
    return db.session.get(Booking, result.booked[0])


@pytest.fixture
def gone(talk, files):
    """Run an import without the teacher or the student of the talk; return the role's row."""

    def gone_(role):
        if role is LeftRole.TEACHER:
            row = db.session.get(Teacher, teacher_ids_of(talk.teacher_key)[0])
            files.remove_lines("docenten.csv", f"{row.source_id},")
            files.remove_lines("lessenverdeling.csv", f",{row.source_id},")
            classes = files.folder / "stamklassen.csv"  # of which this teacher may be the tutor
            text = classes.read_text(encoding="utf-8").replace(f",{row.source_id}\n", ",\n")
            classes.write_text(text, encoding="utf-8")
        else:
            row = db.session.get(Student, talk.student_id)
            for name in ("leerlingen", "ouder_leerling", "groepsindeling", "pakketten"):
                files.remove_lines(f"{name}.csv", row.source_id)
        assert run(files.folder).applied
        db.session.refresh(row)
        assert row.ended_on is not None
        return row

    return gone_


@pytest.mark.parametrize("role", LeftRole)
def test_the_talk_stays_wherever_the_office_looks(talk, gone, role):
    row = gone(role)
    assert talk.cancelled_at is None
    (left,) = left_with_talks(NOW)
    assert (left.role, left.id, left.talks, left.first) == (role, row.id, 1, talk.starts_at)
    evening = load_evening(talk.round_id, Filter(), now=NOW)
    assert talk.id in evening.matrix.booking_ids
    (line,) = load_talks(talk.round_id, Filter(), 1).rows
    assert (line.teacher_left, line.student_left) == (
        role is LeftRole.TEACHER,
        role is LeftRole.STUDENT,
    )
    marked = [hit for group in find(left.name, by_mail=False, now=NOW) for hit in group.hits]
    assert (row.id, True) in [(hit.id, hit.left) for hit in marked]
    (of_student,) = load_family(talk.student_id, now=NOW).talks
    assert of_student.can_cancel
    if role is LeftRole.TEACHER:
        assert [it.talk.booking_id for it in load_teacher(row.id, now=NOW).left] == [talk.id]


@pytest.mark.parametrize("role", LeftRole)
def test_who_comes_back_the_next_night_is_simply_there_again(talk, gone, role):
    open_before = set(db.session.scalars(select(Offer.id).where(Offer.offered)))
    row = gone(role)
    assert run(BASE).applied
    db.session.refresh(row)
    assert row.ended_on is None
    assert left_with_talks(NOW) == ()
    db.session.expire_all()
    assert talk.cancelled_at is None
    assert set(db.session.scalars(select(Offer.id).where(Offer.offered))) == open_before
    (line,) = load_talks(talk.round_id, Filter(), 1).rows
    assert not line.teacher_left
    assert not line.student_left
