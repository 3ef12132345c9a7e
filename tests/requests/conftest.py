"""How the tests of this package ask for talks."""

import pytest

from app.requests import asking
from app.requests.asking import Asked, AskedFor
from app.requests.queries import load_asking
from tests.small_school import NOW


@pytest.fixture
def ask(school):
    """Ask for talks about a child: ask("Alice", "Noor", "Vera", "Bart")."""

    def ask_(actor, student, *teachers, none_needed=False, long=(), now=NOW):
        talks = [Asked(school.offers[student, name], name in long) for name in teachers]
        wanted = {school.students[student]: AskedFor(talks, none_needed)}
        asking.ask(school.actors[actor], school.round_id, wanted, now=now)

    return ask_


@pytest.fixture
def asked(school):
    """Whom somebody's page says is asked for, of all children: asked("Alice")."""

    def asked_(actor):
        page = load_asking(school.actors[actor], school.round_id, now=NOW)
        return [its.teacher for it in page.children for its in it.asked.values()]

    return asked_
