"""Fixtures for tests of rescheduling: the small school with its lessons and its round."""

from dataclasses import replace

import pytest
from flask import g
from wtforms import BooleanField, FieldList

from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Rest
from app.round_setup.forms import RoundForm
from app.round_setup.queries import load_choices
from app.rounds.loading import load_spec
from tests.rescheduling.changed import answers_of, conflicts_of
from tests.rounds.lessons import Lessons
from tests.small_school import NOW

OF_EVENING = {"first_start", "end", "talk_minutes", "breaks", "day"}


@pytest.fixture(autouse=True)
def _in_english(db):
    """Compare messages with the English source."""
    g.language = "en"


@pytest.fixture
def school(db, school):
    Lessons(db, school).all()
    return school


def sent(form):
    """Name and value of every input of a form, as a browser sends them."""
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from sent(entry.form)
        elif not isinstance(field, BooleanField):
            yield field.name, field._value() if hasattr(field, "_value") else field.data
        elif field.data:
            yield field.name, field._value()


@pytest.fixture
def settings_of(school):
    """The form data of an existing round, unchanged."""
    return filled


def filled(round_id, **changes):
    """Return the form data of a round, with these changes: evenings__0__end="20:00"."""
    present = load_spec(round_id)
    form = RoundForm(None, obj=present, classes=present.home_class_ids, meta={"csrf": False})
    form.offer(load_choices(), present)
    fields = {"do": "save", **dict(sent(form))}
    for row in form.rooms.rows:
        fields[row.id] = row.room
        fields |= {f"alone-{row.teacher.id}": "y"} if row.alone else {}
    fields |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture
def spec(school):
    """The round's spec; spec(end="19:30") changes its evening, spec(name=…) the round."""
    present = load_spec(school.round_id)

    def spec_(**changes):
        parts = {name: changes.pop(name) for name in OF_EVENING & changes.keys()}
        return replace(present, evenings=(replace(present.evenings[0], **parts),), **changes)

    return spec_


@pytest.fixture
def change(school):
    def change_(spec, resolutions=None, shown=None, rest=Rest.KEEP, actor="Anna", now=NOW):
        if shown is None:
            shown = conflicts_of(school.round_id, spec, now=now)
        answers = answers_of(shown, resolutions or {}, rest)
        return rescheduling.change(school.actors[actor], school.round_id, spec, answers, now=now)

    return change_


@pytest.fixture
def hurt(school):
    return lambda spec, now=NOW: conflicts_of(school.round_id, spec, now=now)
