import re
from datetime import date, timedelta

import pytest

from app.core import clock
from app.rounds import queries
from app.rounds.cli import rounds_cli
from app.rounds.loading import load_spec
from app.rounds.models import Round, RoundState
from app.school.models import TeachingGroup
from tests.rounds.test_round_file import SHORT
from tests.small_school import NOW

PLAIN = SHORT.replace('["h2a", "B.k3"]', '["h2a"]')


@pytest.fixture
def run(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(rounds_cli, [str(arg) for arg in args])


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "round.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def latest():
    return max(queries.list_rounds(), key=lambda round_: round_.id)


def test_a_file_becomes_a_round(school, lessons, run, write):
    lessons.all()
    result = run("create", write(PLAIN))
    assert result.exit_code == 0, result.output
    assert latest().name == "Oudercontact 2"
    assert latest().state is RoundState.DRAFT
    assert f"flask rounds state {latest().id} published" in result.output
    assert "15" in result.output  # five students, three teachers


def test_what_cannot_be_offered_is_told(school, lessons, run, write):
    lessons.package("Noor", "ne")
    lessons.group("wi", ["Sem"])
    lessons.group("en", ["Tim"])
    for teacher in ("Kader", "Vera"):
        lessons.lesson("en", teacher)
    output = run("create", write(PLAIN)).output
    noor, sem = (
        number
        for (number,) in lessons.session.query(queries.Student.number).filter(
            queries.Student.id.in_([school.students["Noor"], school.students["Sem"]])
        )
    )
    assert re.search(rf"^ne: .*\({noor}\)$", output, re.MULTILINE)
    assert re.search(rf"^wi: .*\({sem}\)$", output, re.MULTILINE)
    assert re.search(r"^h2a\.en: .*(ver \+ kad|kad \+ ver)", output, re.MULTILINE)


def test_a_fault_names_the_file_and_makes_nothing(db, school, run, write):
    before = db.query(Round).count()
    result = run("create", write(PLAIN.replace('"18:30"', "1830")))
    assert result.exit_code == 1
    assert "round.toml" in result.output
    assert "evenings.1.first_start = 1830: " in result.output
    assert db.query(Round).count() == before


def test_a_fault_that_the_grid_finds_shows_the_value_too(db, school, run, write):
    result = run("create", write(PLAIN + "talk_minutes = 8\ngap_minutes = 0\n"))
    assert result.exit_code == 1
    assert "evenings.1.gap_minutes = 0: " in result.output


def test_a_round_is_published_and_taken_back(school, run):
    assert run("state", school.round_id, "check").exit_code == 0
    assert queries.load_round(school.round_id).state is RoundState.CHECK
    assert run("state", school.round_id, "published").exit_code == 0
    assert queries.load_round(school.round_id).state is RoundState.PUBLISHED


def test_a_step_that_cannot_be_is_refused(school, run):
    assert run("state", school.round_id, "draft").exit_code == 1


@pytest.mark.parametrize("command", [("state", "777", "check"), ("refresh", "777")])
def test_a_round_that_is_not_there_is_named(db, run, command):
    result = run(*command)
    assert result.exit_code == 1
    assert "777" in result.output


def test_refreshing_counts(school, lessons, run):
    lessons.all()  # the same teachers, so what the round has is what it should have
    before = len(school.offers)
    output = run("refresh", school.round_id).output
    assert re.findall(r"\d+", output)[:3] == [str(before), "0", "0"]


def test_the_list_shows_where_rounds_stand(school, run):
    output = run("list").output
    assert re.search(rf"^ *{school.round_id} +open +Oudercontact 2 ", output, re.MULTILINE)


def test_the_example_in_the_documentation_works(sample_school, run, write, root):
    text = (root / "docs" / "rounds-toml.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1]
    result = run("create", write(example))
    assert result.exit_code == 0, result.output
    first, second = queries.load_evenings(latest().id)
    assert (first.day, second.day - first.day) == (date(2027, 2, 9), timedelta(days=2))
    assert latest().state is RoundState.PUBLISHED


def test_every_default_in_the_documentation_is_the_default(sample_school, run, write, root):
    text = (root / "docs" / "rounds-toml.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1]
    top, line, rest = re.split(r"(# -+\n)", example)
    assert line
    evening = "[[evenings]]" + rest.split("[[evenings]]")[1]
    short = "\n".join(row for row in evening.splitlines() if "not given" not in row)
    assert run("create", write(top + short)).exit_code == 0


def test_moments_that_cannot_be_are_all_named_with_their_values(db, school, run, write):
    before = db.query(Round).count()
    late = PLAIN.replace("closes_at = 2027-02-05", "closes_at = 2027-03-05").replace(
        "[[evenings]]", "cancel_until = 2026-02-05T12:00:00\n[[evenings]]"
    )
    output = run("create", write(late)).output
    assert "closes_at = 2027-03-05T23:59:00: " in output
    assert "cancel_until = 2026-02-05T12:00:00: " in output
    assert db.query(Round).count() == before


def test_a_class_that_two_branches_have_can_be_written_with_its_branch(
    school, two_branches, lessons, run, write
):
    lessons.all()
    result = run("create", write(PLAIN))
    assert 'classes = "h2a": Two branches have a class of this name.' in result.output
    result = run("create", write(PLAIN.replace('["h2a"]', '["h2a (Zuid)"]')))
    assert result.exit_code == 0, result.output
    assert load_spec(latest().id).home_class_ids == (two_branches.classes["Zuid"],)


def test_a_group_that_two_branches_have_is_told_with_its_branch(
    db, school, two_branches, lessons, run, write
):
    lessons.group("en", ["Kim"])
    for teacher in ("Kader", "Vera"):
        lessons.lesson("en", teacher)
    south = db.get(TeachingGroup, lessons.groups["en"])
    south.department_id = two_branches.departments["Zuid"]
    north = TeachingGroup(source="test", source_id="N.h2a.en", name=south.name)
    north.department_id, north.subject_id = two_branches.departments["Noord"], south.subject_id
    db.add(north)
    db.commit()
    output = run("create", write(PLAIN.replace('["h2a"]', '["Z.h2a"]'))).output
    assert re.search(r"^h2a\.en \(Zuid\): .*(ver \+ kad|kad \+ ver)", output, re.MULTILINE)
