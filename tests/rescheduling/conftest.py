"""What tests of rescheduling share: the small school with its lessons, and its round on paper."""

from dataclasses import replace

import pytest
from flask import g

from app.core.i18n import zone
from app.rescheduling import service as rescheduling
from app.rescheduling.conflicts import load_conflicts, marker_of
from app.round_setup.forms import values_of
from app.round_setup.queries import load_choices
from app.round_setup.room_form import RoomRows
from app.rounds.loading import load_spec
from tests.rounds.lessons import Lessons
from tests.small_school import NOW

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
def settings_of(school):
    """What the form of a round that is there sends when nothing was changed."""

    def fill(round_id, **changes):
        present = load_spec(round_id)
        fields = {}
        for name, value in values_of(present, zone()).items():
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
        for row in RoomRows.of(load_choices().teachers, present.rooms).rows:
            fields[row.id] = row.room
            fields |= {row.alone_id: "1"} if row.alone else {}
        fields |= {name.replace("__", "-"): value for name, value in changes.items()}
        return {"do": "save"} | {n: v for n, v in fields.items() if v is not None}

    return fill


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
    def change_(spec, resolutions=None, marker=None, actor="Anna", now=NOW):
        hurt = load_conflicts(school.round_id, spec, now=now)
        return rescheduling.change(
            school.actors[actor],
            school.round_id,
            spec,
            resolutions or {},
            marker_of(hurt) if marker is None else marker,
            now=now,
        )

    return change_


@pytest.fixture
def hurt(school):
    return lambda spec, now=NOW: load_conflicts(school.round_id, spec, now=now)
