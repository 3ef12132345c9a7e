"""Until when it is kept who could talk with whom."""

from datetime import UTC, date, datetime

from sqlalchemy import select, update

from app.rounds import retention
from app.rounds.models import Evening, Offer

NOVEMBER = datetime(2027, 11, 1, 12, 0, tzinfo=UTC)
LAST = date(2027, 7, 31)
"""Of the school year that is purged on the first of November."""


def hold(db, round_id, day):
    db.execute(update(Evening).where(Evening.round_id == round_id).values(day=day))
    db.commit()


def options(db, round_id):
    return len(db.scalars(select(Offer.id).where(Offer.round_id == round_id)).all())


def test_the_options_of_a_round_go_with_the_school_year_of_its_last_evening(db, school):
    hold(db, school.student_round_id, date(2027, 9, 1))
    hold(db, school.round_id, LAST)
    later = Evening(
        round_id=school.round_id,
        day=date(2027, 8, 1),
        first_start="18:30",
        end="20:40",
        talk_minutes=10,
    )
    db.add(later)
    db.commit()
    assert retention.purge_year(now=NOVEMBER)["options"] == 0
    assert options(db, school.round_id) == 15

    db.delete(later)
    db.commit()
    assert retention.purge_year(now=NOVEMBER)["options"] == 15
    assert options(db, school.round_id) == 0
    assert options(db, school.student_round_id) == 15
