"""Fixtures for tests of round setup: the small school with its lessons, and a round as a form."""

from datetime import timedelta
from itertools import count

import pytest
from flask import g
from sqlalchemy import select

from app.mail import letters
from app.round_setup import steps
from app.rounds.models import Round
from app.school.models import HomeClass
from tests.rescheduling.conftest import settings_of, spec  # noqa: F401  (fixtures)
from tests.rounds.lessons import Lessons
from tests.small_school import NOW

_tokens = count()


@pytest.fixture(autouse=True)
def _in_english(db):
    """Compare messages with the English source."""
    g.language = "en"


@pytest.fixture
def school(db, school):
    Lessons(db, school).all()
    return school


@pytest.fixture
def class_id(db, school):
    return db.query(HomeClass.id).scalar()


@pytest.fixture
def paper(class_id):
    """The form data of a new round; ``paper(name="…")`` changes a field, None leaves it out."""

    def fill(**changes):
        fields = {
            "name": "Oudercontact 3",
            "explanation": "Welkom!",
            "participants": "guardians",
            "open_to": "guardians",
            "modality": "site",
            "classes": str(class_id),
            "evenings-0-day": "2027-03-09",
            "evenings-0-first_start": "18:30",
            "evenings-0-end": "20:00",
            "evenings-0-talk_minutes": "10",
            "evenings-0-gap_minutes": "0",
            "evenings-0-breaks-0-start": "19:00",
            "evenings-0-breaks-0-end": "19:15",
            "reference_week": "2027-W03",
            "max_per_child": "3",
            "walking_minutes": "5",
            "opens_at": "2027-02-20T19:00",
            "closes_at": "2027-03-05T20:00",
            "do": "save",
        }
        fields |= {name.replace("__", "-"): value for name, value in changes.items()}
        return {name: value for name, value in fields.items() if value is not None}

    return fill


@pytest.fixture
def round_id(db, school):
    """The small school's round, set back to draft."""
    row = db.get(Round, school.round_id)
    row.state, row.opens_at = "draft", NOW + timedelta(days=3)
    db.commit()
    return school.round_id


@pytest.fixture
def take(school, round_id):
    def take_(state, now=NOW):
        steps.take(round_id, state, school.actors["Anna"], now=now)

    return take_


@pytest.fixture
def dates(db, round_id):
    """Schedule steps, in days from now: dates(check_at=1) is tomorrow."""

    def set_(**days):
        row = db.get(Round, round_id)
        for name, number in days.items():
            setattr(row, name, NOW + timedelta(days=number))
        db.commit()

    return set_


@pytest.fixture
def sent(monkeypatch):
    mails_ = []
    monkeypatch.setattr(letters, "send", mails_.append)
    return mails_


@pytest.fixture
def state(db, round_id):
    return lambda: db.scalars(select(Round.state).where(Round.id == round_id)).one()
