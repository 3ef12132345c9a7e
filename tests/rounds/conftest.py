from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import g

from app.imports import service as imports
from app.rounds.grid import EveningSpec
from app.rounds.spec import RoundSpec
from app.school.models import HomeClass
from tests.rounds.lessons import Lessons
from tests.small_school import NOW

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(autouse=True)
def _in_english(db):
    """Compare messages with the English source."""
    g.language = "en"


@pytest.fixture
def lessons(db, school):
    return Lessons(db, school)


@pytest.fixture
def plain_spec():
    """A round of two evenings; the test decides which classes take part."""
    return RoundSpec(
        name="Oudercontact 3",
        home_class_ids=(),
        evenings=(
            EveningSpec(date(2027, 3, 9), "18:30", "19:30", breaks=(("19:00", "19:10"),)),
            EveningSpec(date(2027, 3, 11), "18:30", "19:00", talk_minutes=8, gap_minutes=2),
        ),
        opens_at=NOW + timedelta(days=10),
        closes_at=datetime(2027, 3, 5, 23, 59, tzinfo=ZONE),
        reference_week="2027-W05",
    )


@pytest.fixture
def spec(db, school, plain_spec):
    """That round for class h2a of the small school; ``spec(name="…")`` changes it."""
    of_h2a = replace(plain_spec, home_class_ids=(db.query(HomeClass).one().id,))
    return lambda **changes: replace(of_h2a, **changes)


@pytest.fixture
def sample_school(db, root):
    """The invented school of 200 students, imported."""
    imports.run(root / "tests" / "data" / "school-open" / "csv-utf8", now=NOW)
