"""The log of changes, as the administrator reads it."""

import ast
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select

from app.audit import service as audit
from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.core.access import Actor, Role
from app.log import groups, queries
from app.log.groups import ActionGroup
from app.log.queries import Filters, load_log
from app.log.words import ACTIONS
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def _english(app):
    with app.test_request_context("/", headers=ENGLISH):
        yield


@pytest.fixture
def lines(school):
    """Four changes on three days, the oldest first."""

    def add(actor, action, hours, **details):
        actor = school.actors[actor] if actor else None
        audit.record(actor, action, now=NOW + timedelta(hours=hours), **details)

    add("Sofie", "round.state", -48, round_id=school.round_id, before="draft", after="published")
    add(
        "Alice",
        "booking.booked",
        0,
        round_id=school.round_id,
        student_id=school.students["Noor"],
        offer_id=school.offers["Noor", "Vera"],
        starts_at=FIRST.isoformat(),
    )
    add(None, "import.applied", 8, counts={"leerlingen.csv": [3, 1, 0]})
    add("Alice", "session.signed_out", 9, device="Firefox, Android")


def found(**filters):
    return [line.action for line in load_log(Filters(**filters)).lines]


def test_the_latest_change_comes_first_in_words_with_names(school, lines):
    out, imported, booked, state = load_log(Filters()).lines

    assert (out.who, out.role, out.action) == ("Alice Jansen", "parent", "signed out")
    assert out.details == "Firefox, Android"
    assert (imported.who, imported.details) == ("", "leerlingen.csv: 3 new, 1 changed, 0 gone")
    assert booked.student == "Noor Jansen"
    assert booked.round == "Oudercontact 2"
    assert booked.details == "mevr. De Vries · Tue 9 February, 18:30"
    assert state.details == "draft → published"


def test_who_found_the_own_times_right_is_named_once(school):
    audit.record(
        school.actors["Vera"],
        "round.times_checked",
        now=NOW,
        round_id=school.round_id,
        teacher_id=school.teachers["Vera"],
    )
    (line,) = load_log(Filters()).lines
    assert (line.who, line.details) == ("Vera", "")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"since": NOW.date()},
            ["signed out", "brought the school's data up to date", "reserved a talk"],
        ),
        ({"until": NOW.date()}, ["reserved a talk", "took a step with a round"]),
        ({"since": NOW.date(), "until": NOW.date()}, ["reserved a talk"]),
        ({"group": ActionGroup.ACCOUNTS}, ["signed out"]),
        ({"group": ActionGroup.TALKS}, ["reserved a talk"]),
        ({"person": "sofie"}, ["took a step with a round"]),
        ({"person": "ALICE"}, ["signed out", "reserved a talk"]),
        ({"person": "noor"}, ["reserved a talk"]),
        ({"person": "100%"}, []),
        ({"person": "nobody"}, []),
    ],
)
def test_the_filters_leave_what_matches(lines, filters, expected):
    assert found(**filters) == expected


def test_a_round_can_be_asked_for(school, lines):
    assert found(round_id=school.round_id) == ["reserved a talk", "took a step with a round"]
    assert found(round_id=school.student_round_id) == []


def test_somebody_who_has_left_is_found_by_the_name_in_the_line(school):
    gone = Actor(None, 9999, "Quirijn Zoek", frozenset({Role.TEACHER}))
    audit.record(gone, "session.signed_in", now=NOW, way="mail", device="")

    assert [line.who for line in load_log(Filters(person="quirijn")).lines] == ["Quirijn Zoek"]


def test_pages_follow_each_other_without_gap_or_double(school, monkeypatch):
    monkeypatch.setattr(queries, "PER_PAGE", 3)
    for minute in range(8):
        audit.record(None, "school.saved", now=NOW + timedelta(minutes=minute), name=f"{minute}")
    names, before = [], None
    while True:
        page = load_log(Filters(before=before))
        names += [line.details for line in page.lines]
        before = page.older
        if before is None:
            break

    assert names == ["7", "6", "5", "4", "3", "2", "1", "0"]


def test_the_number_of_queries_does_not_grow_with_the_lines(db, lines, school):
    load_log(Filters())  # reads the time zone, once for a request
    few = _statements(db, lambda: load_log(Filters()))
    for _ in range(30):
        audit.record(
            school.actors["Carol"], "absence.blocked", now=NOW, teacher_id=school.teachers["Bart"]
        )

    assert _statements(db, lambda: load_log(Filters())) == few


def _statements(db, action):
    seen = []
    connection = db.connection()
    event.listen(connection, "before_cursor_execute", lambda *it: seen.append(it[2]))
    action()
    return len([it for it in seen if it.startswith("SELECT")])


def test_the_page_shows_lines_and_says_when_nothing_matches(client, school, lines):
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        full = client.get("/office/log", headers=ENGLISH).text
        none = client.get("/office/log?person=nobody&since=rubbish", headers=ENGLISH).text

    assert "reserved a talk" in full
    assert "Wednesday 20 January 2027" in full
    assert "reserved a talk" not in none
    assert "Nothing in the log matches this" in none


def test_the_page_leads_to_older_lines_and_keeps_the_filters(client, school, lines, monkeypatch):
    monkeypatch.setattr(queries, "PER_PAGE", 1)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"])
        page = client.get("/office/log?person=Alice&_scheme=x", headers=ENGLISH).text

    assert "/office/log?before=" in page
    assert "person=Alice" in page
    assert "_scheme" not in page.partition("<main")[2].partition("</main")[0]


def test_every_action_has_its_words_and_is_written_somewhere(root):
    written = "".join(path.read_text() for path in (root / "app").rglob("*.py"))

    assert set(ACTIONS) == set(Action)
    for action in Action:
        start = action.partition(".")[0]
        built = re.findall(rf'Action\(f"({start}\.\w*_)\{{', written)
        is_built = any(action.startswith(prefix) for prefix in built)
        assert is_built or written.count(f"Action.{action.name}") > 1, action


def test_every_action_is_of_one_kind():
    kinds = [action for group in ActionGroup for action in groups.actions_of(group)]
    assert sorted(kinds) == sorted(ACTIONS)


def test_nothing_but_the_purge_changes_or_deletes_a_line(root):
    places = {
        path.relative_to(root).as_posix()
        for path in (root / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"delete", "update"}
        and any(getattr(it, "id", "") == "AuditEntry" for it in node.args)
    }
    assert places <= {"app/audit/service.py"}


def test_a_line_cannot_be_changed_as_an_object(db, school, lines):
    entry = db.scalar(select(AuditEntry))
    entry.actor_name = "somebody else"
    with pytest.raises(RuntimeError, match="never changed"):
        db.flush()
    db.rollback()
    db.delete(db.scalar(select(AuditEntry)))
    with pytest.raises(RuntimeError, match="never changed"):
        db.flush()
    db.rollback()


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", "person=%00Noor"])
def test_what_is_no_date_of_the_school_and_no_letter_is_passed_over(client, school, query):
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people["Anna"], now=NOW)
        assert client.get(f"/office/log?{query}").status_code == 200
