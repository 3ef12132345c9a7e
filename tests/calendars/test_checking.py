"""A check says in a sentence whether a teacher's calendar works."""

import time_machine

from app.calendars import checking
from app.calendars.errors import Refusal
from app.calendars.words import sentence_of
from app.core.transaction import transaction
from app.mail import letters
from app.settings.models import School
from tests.small_school import NOW


def test_a_check_asks_the_provider(db, school, world):
    with transaction():
        db.get_one(School, 1).calendar = world.name
    vera, settings = school.teachers["Vera"], world.settings()
    assert checking.check(vera, settings).works
    world.mailbox.permitted = False
    answer = checking.check(vera, settings)
    assert not answer.works
    assert answer.sentence == sentence_of(Refusal.ACCESS_DENIED)


def test_a_teacher_without_a_calendar_has_nothing_to_check(db, school, world):
    assert checking.check(school.teachers["Vera"], world.settings()).works


def test_the_command_says_it_of_each_teacher(db, app, school, world, monkeypatch):
    with transaction():
        db.get_one(School, 1).calendar = world.name
    monkeypatch.setitem(app.config, "SETTINGS", world.settings())
    world.mailbox.permitted = False
    result = app.test_cli_runner().invoke(args=["calendar-check"])
    lines = {line[4:].partition(":")[0]: line[:2] for line in result.output.splitlines()}
    assert lines["Vera de Vries"] == "!!"
    assert lines["Bart Bakker"] == "ok"
    assert result.exit_code == 1


def test_the_command_says_that_nobody_has_a_calendar(app, db, school):
    result = app.test_cli_runner().invoke(args=["calendar-check"])
    assert (result.exit_code, result.output) == (0, "No teacher has a connected calendar.\n")


def test_the_command_sends_what_is_due(app, db, school, world, book_one, monkeypatch):
    monkeypatch.setattr(letters, "send", lambda mail: None)
    with transaction():
        db.get_one(School, 1).calendar = world.name
    monkeypatch.setitem(app.config, "SETTINGS", world.settings())
    book_one("Alice", "Noor", "Vera", 0)
    with time_machine.travel(NOW, tick=False):
        result = app.test_cli_runner().invoke(args=["calendar-sync", "--once"])
    assert result.exit_code == 0
    assert len(world.events()) == 1
