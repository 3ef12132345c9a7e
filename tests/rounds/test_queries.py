from datetime import date, timedelta

import pytest

from app.core.errors import NotFoundError
from app.rounds import queries, service
from app.rounds.grid import EveningSpec
from app.rounds.models import RoundState
from app.rounds.phases import Phase
from app.school.models import HomeClass, Student
from tests.small_school import NOW

ROUNDS = {"Oudercontact 2", "Oudercontact 3", "Sooner", "Later", "March", "Draft", "Of h2b"}
"""Those these tests are about; the small school may have others."""


def names(rounds):
    return [round_.name for round_ in rounds if round_.name in ROUNDS]


def names_for(student_id):
    return names(queries.rounds_of_student(student_id))


@pytest.fixture
def published(spec):
    def make(**changes):
        made = service.create_round(spec(state=RoundState.PUBLISHED, **changes), None, now=NOW)
        return made.round_id

    return make


def test_a_round_that_is_not_there_is_not_found(db):
    with pytest.raises(NotFoundError):
        queries.load_round(12345)


def test_a_round_knows_its_phase(published):
    info = queries.load_round(published())
    assert info.phase(NOW) is Phase.ANNOUNCED
    assert info.phase(info.opens_at) is Phase.OPEN


def test_a_student_takes_part_in_the_rounds_of_its_class_by_date(school, published):
    sooner = EveningSpec(date(2027, 1, 25), "18:30", "19:30")
    published(name="Later")
    published(name="Sooner", evenings=(sooner,), opens_at=NOW, closes_at=NOW + timedelta(days=2))
    assert names_for(school.students["Noor"]) == ["Sooner", "Oudercontact 2", "Later"]


def test_families_do_not_see_drafts(school, spec):
    service.create_round(spec(name="Draft"), None, now=NOW)
    assert names_for(school.students["Noor"]) == ["Oudercontact 2"]
    assert "Draft" in names(queries.list_rounds())


def test_a_student_of_another_class_does_not_take_part(db, school, published):
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.commit()
    published(name="Of h2b", home_class_ids=(other.id,))
    assert names_for(school.students["Noor"]) == ["Oudercontact 2"]


def test_a_student_who_changed_class_keeps_the_round_of_its_offers(db, school):
    noor = db.get(Student, school.students["Noor"])
    noor.home_class_id = None
    db.commit()
    assert names_for(noor.id) == ["Oudercontact 2"]


def test_students_are_answered_one_by_one(db, school, published):
    ids = list(school.students.values())
    db.get(Student, ids[0]).home_class_id = None
    db.query(queries.Offer).filter_by(student_id=ids[0]).update({"offered": False})
    db.commit()
    published(name="Oudercontact 3")
    found = queries.rounds_of_students(ids)
    assert list(found) == ids
    assert [len(names(found[i])) for i in ids] == [1, *[2] * (len(ids) - 1)]


def test_nobody_takes_part_in_nothing(db):
    assert queries.rounds_of_students([]) == {}


def test_the_office_sees_the_latest_round_first(school, published):
    published(name="March")
    assert names(queries.list_rounds()) == ["March", "Oudercontact 2"]


def test_evenings_come_with_breaks_and_rooms(school):
    [evening] = queries.load_evenings(school.round_id)
    assert evening.day == date(2027, 2, 9)
    assert [slot.id for slot in evening.slots] == school.slots
    assert (evening.starts_at.hour, evening.ends_at.hour) == (17, 19)
    [pause] = evening.breaks
    assert (pause.starts_at.hour, pause.starts_at.minute) == (18, 30)
    assert set(evening.rooms) == set(school.teachers.values())
