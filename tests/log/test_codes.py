"""The log says in words what it keeps as codes."""

import ast
import re

import pytest
import time_machine

from app.accounts.models import FeedKind
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.models import Cause
from app.calendars.models import CalendarKind
from app.exports.service import FileKind
from app.imports.faults import Code
from app.log.words import CODES, REASONS
from app.review.entries import ReviewKind
from app.rounds.models import Modality, RoundState
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

TALK = {"starts_at": FIRST.isoformat()}
WRITTEN = {
    (Action.BOOKING_CALLED_OFF, "cause"): (Cause, lambda it: {"cause": it, "reason": "", **TALK}),
    (Action.BOOKING_SWITCHED, "modality"): (Modality, lambda it: {"modality": it, **TALK}),
    (Action.CALENDAR_CHOSEN, "kind"): (CalendarKind, lambda it: {"kind": it}),
    (Action.CALENDAR_USUAL, "kind"): (CalendarKind, lambda it: {"kind": it}),
    (Action.EXPORT_TALKS, "file"): (FileKind, lambda it: {"file": it, "talks": 2}),
    (Action.FEED_MADE, "name"): (FeedKind, lambda it: {"name": it}),
    (Action.FEED_STOPPED, "name"): (FeedKind, lambda it: {"name": it}),
    (Action.IMPORT_REFUSED, "reasons"): (Code, lambda it: {"source": "x", "reasons": [it]}),
    (Action.REVIEW_SETTLED, "counts"): (ReviewKind, lambda it: {"counts": {it: 1}}),
    (Action.ROUND_STATE, "after"): (RoundState, lambda it: {"before": it, "after": it}),
}
"""Each action with a detail that is an enum, and how it is written."""

PLAIN = {
    *("added", "booking_id", "changed", "device", "ends_at", "evening", "evening_id"),
    *("guardian_id", "household_id", "network", "note", "now", "offer_id", "old"),
    *("people", "person", "person_id", "readers", "reason", "role", "round_id", "size"),
    *("source", "starts_at", "student_id", "students", "talks", "teacher_id"),
    *("visible", "withdrawn"),
}
"""What is no code, or is not shown."""


@pytest.mark.parametrize(("action", "key"), WRITTEN)
def test_no_code_is_on_the_page(client, school, action, key):
    enum, details = WRITTEN[action, key]
    for code in enum:
        audit.record(school.actors["Anna"], action, now=NOW, **details(code))
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        page = client.get("/office/log").text
    lines = re.findall(r'<span class="class">([^<]*)</span>', page)
    told = " ".join(line for line in lines if line != "beheerder")
    for code in enum:
        assert not re.search(rf"\b{code}\b", told), code


def test_the_choice_to_do_as_usual_is_told(client, school):
    audit.record(school.actors["Anna"], Action.CALENDAR_CHOSEN, now=NOW, kind="")
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        assert "as usual" in client.get("/office/log", headers={"Accept-Language": "en"}).text


def test_a_code_of_an_older_version_stays_as_it_is(client, school):
    audit.record(school.actors["Anna"], Action.BOOKING_SWITCHED, now=NOW, modality="by pigeon")
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        assert "by pigeon" in client.get("/office/log").text


def test_every_reason_of_a_refusal_has_words():
    assert REASONS.keys() == set(Code)


def test_a_detail_is_a_code_with_words_or_plain(root):
    """Whoever writes another detail says here what it is."""
    calls = [
        call
        for path in (root / "app").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and "record" in getattr(call.func, "id", getattr(call.func, "attr", ""))
    ]
    keys = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}
    keys |= {
        key.value
        for call in calls
        for of_line in ast.walk(call)
        if isinstance(of_line, ast.Dict)
        for key in of_line.keys
        if isinstance(key, ast.Constant)
    }
    codes = {key for _action, key in (*WRITTEN, *CODES)}
    assert keys == codes | PLAIN
