"""Which talks a change touches, and the nearest time for each."""

from datetime import date

import pytest

from app.rescheduling.conflicts import Reason
from app.school.models import HomeClass
from tests.rescheduling.changed import at, talk
from tests.small_school import NOW
from tests.talks import block


def test_a_change_that_touches_no_talk_hurts_none(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    assert hurt(spec(end="20:00")) == ()
    assert hurt(spec(name="Other", max_per_child=1)) == ()


@pytest.mark.parametrize(
    ("slot", "changes", "why", "moves_to"),
    [
        (11, {"end": "20:00"}, Reason.TIME, 80),  # 20.20, the nearest is 19.50
        (0, {"first_start": "19:00"}, Reason.TIME, 30),
        (1, {"talk_minutes": 15}, Reason.TIME, 15),  # 18.40, a quarter later
        (0, {"breaks": (("18:30", "18:45"),)}, Reason.BREAK, 15),
        (0, {"day": date(2027, 2, 11)}, Reason.EVENING, 2 * 24 * 60),
    ],
)
def test_talks_in_the_way_have_a_reason_and_the_nearest_free_time(
    book, hurt, spec, slot, changes, why, moves_to
):
    book("Alice", "Noor", ("Vera", slot))
    (it,) = hurt(spec(**changes))
    assert (it.reasons, it.talk.student, it.talk.teacher) == (
        (why,),
        "Noor Jansen",
        "mevr. De Vries",
    )
    assert it.free_time.starts_at == at(moves_to)


def test_a_talk_that_starts_with_a_time_stays_though_it_is_shorter_now(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    assert hurt(spec(talk_minutes=15, breaks=())) == ()


def test_a_class_that_leaves_hurts_its_talks_and_they_cannot_move(db, book, hurt, spec):
    other = HomeClass(source="test", source_id="h2b", name="h2b")
    db.add(other)
    db.commit()
    book("Alice", "Noor", ("Vera", 0))
    (it,) = hurt(spec(home_class_ids=(other.id,)))
    assert (it.reasons, it.free_time) == ((Reason.CLASS,), None)


def test_a_class_that_two_branches_have_is_told_with_its_branch(two_branches, book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    hurt_ = hurt(spec(first_start="19:00", home_class_ids=tuple(two_branches.classes.values())))
    assert [it.talk.class_name for it in hurt_] == ["h2a (Noord)", "h2a (Zuid)"]


def test_talks_that_are_over_or_cancelled_are_not_hurt(db, book, hurt, spec):
    _over, second = book("Alice", "Noor", ("Vera", 0), ("Bart", 4))
    talk(db, second).cancelled_at = NOW
    db.commit()
    assert hurt(spec(day=date(2027, 2, 11)), now=at(5)) == ()


def test_a_talk_goes_where_teacher_and_family_are_free(book, hurt, spec):
    """18.30 goes; at 19.00 the family sits elsewhere, at 19.10 the teacher does."""
    book("Alice", "Noor", ("Vera", 0), ("Bart", 3))
    book("Carol", "Kim", ("Vera", 4))
    (it,) = hurt(spec(first_start="19:00"))
    assert it.free_time.starts_at == at(50)


def test_two_talks_do_not_go_to_one_time(book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    free_times = [it.free_time.starts_at for it in hurt(spec(first_start="19:00"))]
    assert free_times == [at(30), at(40)]


def test_a_teacher_who_is_away_gets_no_talk_there(school, book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    block(
        school.actors["Vera"], school.teachers["Vera"], school.evening_id, at(30), at(120), now=NOW
    )
    (it,) = hurt(spec(first_start="19:00"))
    assert it.free_time.starts_at == at(120)


def test_where_no_time_is_free_there_is_no_place(school, book, hurt, spec):
    book("Alice", "Noor", ("Vera", 0))
    block(
        school.actors["Vera"], school.teachers["Vera"], school.evening_id, at(10), at(130), now=NOW
    )
    (it,) = hurt(spec(first_start="19:00"))
    assert it.free_time is None
