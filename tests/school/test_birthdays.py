"""The day on which a student is 18, and the day until which people who left are kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.audit import service as audit
from app.audit.actions import Action
from app.school import retention
from app.school.models import Person, Student
from app.school.queries import children_of
from tests.small_school import NOW


def children(school, name, today):
    return [child.given_name for child in children_of(school.actors[name], today)]


@pytest.mark.parametrize(
    ("born", "today", "seen"),
    [
        (date(2009, 2, 10), date(2027, 2, 9), ["Kim"]),
        (date(2009, 2, 9), date(2027, 2, 9), []),
        (date(2008, 2, 29), date(2026, 2, 28), ["Kim"]),
        (date(2008, 2, 29), date(2026, 3, 1), []),
        (date(2010, 3, 1), date(2028, 2, 29), ["Kim"]),
        (date(2010, 2, 28), date(2028, 2, 29), []),
        (None, date(2027, 2, 9), ["Kim"]),
    ],
)
def test_from_the_eighteenth_birthday_a_student_is_closed_to_its_guardian(
    db, school, born, today, seen
):
    kim = school.students["Kim"]
    db.execute(update(Student).where(Student.id == kim).values(birth_date=born))
    db.commit()
    assert children(school, "Carol", today) == seen


def test_who_left_on_the_last_day_of_a_school_year_goes_with_it(db, school):
    last = date(2027, 7, 31)

    def gone():
        return set(db.scalars(select(Person.id).where(retention.left_by(last))))

    kim = school.people["Kim"]
    for day, went in ((last, {kim}), (last + timedelta(days=1), set())):
        db.execute(update(Person).where(Person.id == kim).values(ended_on=day))
        db.commit()
        assert gone() == went


def test_a_line_of_the_log_is_kept_a_year_to_the_second(db, school):
    audit.record(None, Action.ROUND_CREATED, now=NOW)
    assert audit.purge(now=NOW + audit.KEPT) == {"lines": 0}
    assert audit.purge(now=NOW + audit.KEPT + timedelta(seconds=1)) == {"lines": 1}
    assert datetime(2028, 1, 20, 18, 0, tzinfo=UTC) == NOW + audit.KEPT
