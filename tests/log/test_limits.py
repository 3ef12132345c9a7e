"""The first and last line that a filter by day leaves, and the last page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.audit import service as audit
from app.audit.actions import Action
from app.log import queries
from app.log.queries import Filters, load_log

MIDNIGHT = datetime(2027, 1, 19, 23, 0, tzinfo=UTC)
"""The beginning of Wednesday 20 January by the school's clock."""


@pytest.fixture
def lines(db):
    """Write a line at each of these moments."""

    def write(*moments):
        for moment in moments:
            audit.record(None, Action.ROUND_CREATED, now=moment)
        db.commit()

    return write


def test_a_day_is_from_its_first_second_to_its_last(lines):
    second = timedelta(seconds=1)
    first, last = MIDNIGHT, MIDNIGHT + timedelta(days=1) - second
    lines(first - second, first, last, last + second)
    day = date(2027, 1, 20)
    assert [line.at for line in load_log(Filters(since=day, until=day)).lines] == [last, first]


def test_older_lines_are_offered_where_there_are_some(lines, monkeypatch):
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    lines(MIDNIGHT, MIDNIGHT)
    assert load_log(Filters()).older is None
    lines(MIDNIGHT)
    page = load_log(Filters())
    assert page.older == page.lines[-1].id
    assert len(load_log(Filters(before=page.older)).lines) == 1
