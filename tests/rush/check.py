"""After the rush: what was confirmed against what is stored, by the tables alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tests.rush.browser import Record

TALKS = sa.text(
    "SELECT b.student_id, s.id, b.offer_id, b.teacher_key, b.household_id FROM bookings b"
    " JOIN slots s ON s.evening_id = b.evening_id AND s.starts_at = b.starts_at"
    " WHERE b.cancelled_at IS NULL"
)
CLAIMS = sa.text(
    "SELECT booking_id, count(*) FROM claims WHERE booking_id IS NOT NULL GROUP BY booking_id"
)
MOST = sa.text("SELECT max_per_child FROM rounds")
CLAIMS_OF_A_TALK = 8  # two ticks of teaching, of the teacher and of two guardians


@dataclass(frozen=True)
class Verdict:
    """What is wrong, which is nothing if all numbers but the first are 0."""

    confirmed: int
    missing: int
    unconfirmed: int
    doubles: int
    incomplete: int
    too_many: int

    @property
    def wrong(self) -> int:
        """Return how many faults there are."""
        return self.missing + self.unconfirmed + self.doubles + self.incomplete + self.too_many

    def __str__(self):
        return (
            f"{self.confirmed} confirmed, {self.missing} of them missing, "
            f"{self.unconfirmed} stored but never confirmed, {self.doubles} doubles, "
            f"{self.incomplete} with claims amiss, {self.too_many} over the maximum"
        )


def stored(url: str) -> set[tuple[int, int, int]]:
    """Return the talks: student, slot, offer."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return _of(connection.execute(TALKS).all())


def _of(rows: Sequence[sa.Row]) -> set[tuple[int, int, int]]:
    return {(row[0], row[1], row[2]) for row in rows}


def check(url: str, record: Record) -> Verdict:
    """Compare, and look for anybody in two places."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        talks = connection.execute(TALKS).all()
        claims = dict(map(tuple, connection.execute(CLAIMS)))
        most = connection.scalar(MOST)

    def doubles(*columns: int) -> int:
        places = Counter(tuple(row[column] for column in columns) for row in talks)
        return sum(times - 1 for times in places.values())

    kept = _of(talks)
    children = Counter(row[0] for row in talks)
    return Verdict(
        confirmed=len(record.confirmed),
        missing=len(record.confirmed - kept),
        unconfirmed=len(kept - record.confirmed),
        doubles=doubles(3, 1) + doubles(4, 1),
        incomplete=sum(count != CLAIMS_OF_A_TALK for count in claims.values())
        + abs(len(claims) - len(talks)),
        too_many=sum(max(0, count - most) for count in children.values()),
    )
