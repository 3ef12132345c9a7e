"""A button or box that sends one of a few words is refused when it sends another one."""

import ast

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.outbox.models import OutboxMessage
from app.requests.models import Wishes
from app.rounds.models import Round

ODD = [
    "yes",
    "2",
    "on",
    "true",
    "1 ",
    "00",
    "FREE",
    "ticked,all",
    "\N{FULLWIDTH DIGIT ONE}",
    "x" * 999,
]

# Who sends it where, and which word; "" is none of the words unless it stands here.
SWITCHES = {
    "step": ("Anna", "/office/rounds/{round}/state", "state", [""]),
    "timetable": ("Anna", "/office/rounds/{round}/timetable", "visible", [""]),
    "handled": ("Anna", "/office/wishes/1/handled", "handled", [""]),
    "plan": ("Anna", "/office/plans/1/publish", "which", [""]),
    "matrix": ("Anna", "/office/rounds/{round}/evening", "act", [""]),
    "own times": ("Vera", "/teaching/evenings/{evening}/times", "act", [""]),
    "calendar": ("Vera", "/teaching/calendar", "act", [""]),
    "board": ("Vera", "/teaching/board", "act", [""]),
    "feed": ("Alice", "/talks/calendar", "act", [""]),
    "consent": ("Noor", "/account/parents", "lets_in", []),
    "wishes": ("Alice", "/rounds/{round}/ask/when", "preference", []),
    "to check": ("Anna", "/office/review", "kind", [""]),
}


@pytest.mark.usefixtures("on_the_evening_of_booking")
@pytest.mark.parametrize("name", SWITCHES)
def test_an_odd_word_is_refused_and_changes_nothing(db, act, school, name):
    db.execute(update(Round).values(mode="both"))
    db.commit()
    who, path, field, more = SWITCHES[name]
    url = path.format(round=school.round_id, evening=school.evening_id)
    client, before = act(who), state(db)
    answers = {
        word: client.post(url, data={field: word, "whole": "y"}).status_code
        for word in [*ODD, *more]
    }
    assert set(answers.values()) == {422}, answers
    assert state(db) == before


def state(db):
    db.expire_all()
    tables = (AuditEntry, OutboxMessage, Wishes)
    counts = [db.scalar(select(func.count()).select_from(table)) for table in tables]
    rounds = db.execute(select(Round.id, Round.state, Round.timetable_visible)).all()
    return counts, rounds


@pytest.mark.only_on("sqlite")  # about the tree
def test_no_view_takes_all_other_words_for_one(root):
    """``request.form.get("visible") == "1"`` takes "yes" for no: ``sent_word`` refuses it."""
    found = [
        f"{path.name}: {ast.unparse(node)}"
        for path in sorted((root / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        if ast.unparse(node.left).startswith("request.form.get")
    ]
    # Of a round's form any other button shows the page again, and saves nothing.
    assert [line for line in found if "get('do'" not in line] == []
