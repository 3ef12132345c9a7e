"""What is asked for leaves as a plain problem: cells, ids, and not one name."""

import gzip
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings.models import BookingRequest
from app.planner.snapshot import load_snapshot
from app.requests.models import AwayTime, Wishes
from app.rounds.models import Offer
from tests.small_school import FIRST, NOW
from tests.talks import block


@pytest.fixture(autouse=True)
def _walking(mode):
    mode("both", walking_minutes=5)


@pytest.fixture
def exported(school):
    def exported_():
        return load_snapshot(school.round_id, now=NOW).problem.as_json()

    return exported_


def by_id(rows):
    return {row["id"]: row for row in rows}


def test_requests_and_bookings_of_a_family_are_one_household(school, exported, ask, book_one):
    ask("Alice", "Noor", "Vera", "Bart", long=("Bart",))
    ask("Alice", "Sem", "Kader")
    talk = book_one("Adam", "Sem", "Vera", 2)
    plan = exported()
    noor, sem = (f"c{school.students[name]}" for name in ("Noor", "Sem"))
    (household,) = plan["households"]
    assert household["children"] == sorted([noor, sem])
    assert [(it["child"], it["length"]) for it in plan["requests"]] == [
        (noor, 1),
        (noor, 2),
        (sem, 1),
    ]
    (fixed,) = plan["bookings"]
    day = plan["days"][0]["id"]
    assert (fixed["id"], fixed["day"], fixed["slot"], fixed["length"]) == (f"b{talk}", day, 2, 1)
    assert {it["household"] for it in (*plan["requests"], fixed)} == {household["id"]}


def test_parents_apart_are_two_households_that_name_the_same_child(exported, ask):
    ask("Bob", "Tim", "Vera")
    ask("Bea", "Tim", "Vera")
    households = exported()["households"]
    assert len(households) == 2
    assert households[0]["children"] == households[1]["children"]


def test_a_break_is_a_cell_in_which_nobody_talks(school, exported, ask):
    ask("Alice", "Noor", "Vera")
    plan = exported()
    (day,) = plan["days"]
    assert day["slots"] == 13  # twelve times and the break after six
    (teacher,) = plan["teachers"]
    assert teacher["unavailable"] == [{"day": day["id"], "from_slot": 6, "until_slot": 7}]


def test_absences_other_talks_and_wishes_are_ranges(school, exported, ask, away, book_one):
    ask("Alice", "Noor", "Vera")
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST + timedelta(minutes=20),
        now=NOW,
    )
    away("Alice", FIRST + timedelta(minutes=70))
    plan = exported()
    day = plan["days"][0]["id"]
    assert plan["teachers"][0]["unavailable"] == [
        {"day": day, "from_slot": 0, "until_slot": 2},
        {"day": day, "from_slot": 6, "until_slot": 7},
    ]
    assert plan["households"][0]["forbidden"] == [{"day": day, "from_slot": 6, "until_slot": 13}]


def test_what_the_office_overruled_does_not_count(db, exported, ask, away):
    ask("Alice", "Noor", "Vera")
    away("Alice", FIRST)
    before = exported()["households"][0]["forbidden"]
    db.execute(update(AwayTime).values(overruled=True))
    db.commit()
    after = exported()["households"][0]["forbidden"]
    assert (len(before), [it["until_slot"] - it["from_slot"] for it in after]) == (1, [1])


def test_a_teacher_who_sits_there_as_a_parent_is_away(school, exported, ask, book_one):
    ask("Alice", "Noor", "Bart")
    book_one("Bart", "Lot", "Vera", 4)  # a talk that stays: both are taken by it
    plan = exported()
    assert {it["id"] for it in plan["teachers"]} == {
        f"t{school.teachers[name]}" for name in ("Bart", "Vera")
    }
    assert len(plan["bookings"]) == 1


def test_what_is_not_offered_any_more_or_withdrawn_is_not_planned(db, school, exported, ask):
    ask("Alice", "Noor", "Vera", "Bart")
    vera = Offer.id == school.offers["Noor", "Vera"]
    db.execute(update(Offer).where(vera).values(offered=False, in_package=False))
    db.execute(
        update(BookingRequest)
        .where(BookingRequest.teacher_key == str(school.teachers["Bart"]))
        .values(withdrawn_at=NOW)
    )
    db.commit()
    assert exported()["requests"] == []


def test_the_command_writes_a_file_without_a_name(app, db, school, ask, away, tmp_path):
    ask("Alice", "Noor", "Vera")
    away("Alice", FIRST)
    runner = app.test_cli_runner()
    for name in ("plan.json", "plan.json.gz"):
        file = tmp_path / name
        result = runner.invoke(args=["plan", "export", str(school.round_id), str(file)])
        assert result.exit_code == 0, result.output
        content = file.read_bytes()
        text = (gzip.decompress(content) if name.endswith("gz") else content).decode()
        assert json.loads(text)["format"] == "talk-plan-instance/1"
        for word in ("Noor", "Jansen", "Vera", "Vries", "h2a", "Oudercontact"):
            assert word not in text
    assert db.scalars(select(Wishes.id)).all()
    result = runner.invoke(args=["plan", "export", "99999", str(tmp_path / "x.json")])
    assert (result.exit_code, "99999" in result.output) == (1, True)
