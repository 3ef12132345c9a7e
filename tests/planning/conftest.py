"""What tests of planning share: the small school with its lessons, and a round on paper."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from flask import g
from sqlalchemy import select

from app.bookings import regrid
from app.bookings.harm import load_hurt, marker_of
from app.core.i18n import zone
from app.planning import mails, steps
from app.planning.forms import values_of
from app.planning.queries import load_choices
from app.planning.room_form import RoomRows
from app.rounds.models import Round
from app.rounds.written import load_spec
from app.school.models import HomeClass
from tests.rounds.lessons import Lessons
from tests.school import NOW
from tests.signing_in import sign_in

_tokens = count()
OF_EVENING = {"first_start", "end", "talk_minutes", "breaks", "day"}


@pytest.fixture(autouse=True)
def _in_english(db):
    """Sentences are compared as they stand in the code."""
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
    """What the form of a new round sends; ``paper(name="…")`` changes a field, None leaves it out."""

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
def settings_of(school):
    """What the form of a round that is there sends when nothing was changed."""

    def fill(round_id, **changes):
        spec = load_spec(round_id)
        fields = {}
        for name, value in values_of(spec, zone()).items():
            if name == "evenings":
                for i, evening in enumerate(value):
                    for part, text in evening.items():
                        if part != "breaks":
                            fields[f"evenings-{i}-{part}"] = text
                    for j, pause in enumerate(evening["breaks"]):
                        fields |= {f"evenings-{i}-breaks-{j}-{k}": v for k, v in pause.items()}
            elif name == "teachers_may_block":
                fields |= {name: "y"} if value else {}
            else:
                fields[name] = value
        for row in RoomRows.of(load_choices().teachers, spec.rooms).rows:
            fields[row.id] = row.room
            fields |= {row.alone_id: "1"} if row.alone else {}
        fields |= {name.replace("__", "-"): value for name, value in changes.items()}
        return {"do": "save"} | {n: v for n, v in fields.items() if v is not None}

    return fill


@pytest.fixture
def office(client, school):
    """Anna's browser, which asks for English; it is a Wednesday evening in January."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        yield client


@pytest.fixture
def round_id(db, school):
    """The round of the small school, taken back to where it begins."""
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
    """Give steps a date: dates(check_at=1) is tomorrow."""

    def set_(**days):
        row = db.get(Round, round_id)
        for name, number in days.items():
            setattr(row, name, NOW + timedelta(days=number))
        db.commit()

    return set_


@pytest.fixture
def sent(monkeypatch):
    mails_ = []
    monkeypatch.setattr(mails, "send", mails_.append)
    return mails_


@pytest.fixture
def state(db, round_id):
    return lambda: db.scalars(select(Round.state).where(Round.id == round_id)).one()


@pytest.fixture
def spec(school):
    """The round as it is; spec(end="19:30") changes its evening, spec(name=…) the round."""
    present = load_spec(school.round_id)

    def spec_(**changes):
        parts = {name: changes.pop(name) for name in OF_EVENING & changes.keys()}
        return replace(present, evenings=(replace(present.evenings[0], **parts),), **changes)

    return spec_


@pytest.fixture
def change(school):
    def change_(spec, fates=None, marker=None, actor="Anna", now=NOW):
        hurt = load_hurt(school.round_id, spec, now=now)
        return regrid.change(
            school.actors[actor],
            school.round_id,
            spec,
            fates or {},
            marker_of(hurt) if marker is None else marker,
            now=now,
        )

    return change_


@pytest.fixture
def hurt(school):
    return lambda spec, now=NOW: load_hurt(school.round_id, spec, now=now)
