"""The office forbids parts of evenings for a family, and overrules what the family said."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.core.errors import NotFoundError
from app.planner.snapshot import load_snapshot
from app.requests import asking, office, wishes
from app.requests.asking import Asked, AskedFor
from app.requests.models import AwayTime, Preference
from app.rounds.models import Round, Slot
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _asked(db, school):
    db.execute(update(Round).values(mode="both"))
    db.commit()
    wanted = {school.students["Noor"]: AskedFor([Asked(school.offers["Noor", "Vera"])])}
    asking.ask(school.actors["Alice"], school.round_id, wanted, now=NOW)
    wishes.set_wishes(
        school.actors["Alice"],
        school.round_id,
        away=[(school.evening_id, FIRST)],
        preference=Preference.NONE,
        remark="",
        now=NOW,
    )


@pytest.fixture
def path(school):
    household = school.households["Alice"]
    noor = school.students["Noor"]
    return f"/office/students/{noor}/rounds/{school.round_id}/times?household={household}"


@pytest.fixture
def forbidden(school):
    """The cells in which the family is not planned, apart from the break."""

    def forbidden_():
        (party,) = load_snapshot(school.round_id, now=NOW).problem.parties
        return sorted(slot for _day, slot in party.away if slot != 6)

    return forbidden_


@pytest.fixture
def ticks(act, path):
    """The values of the boxes with a name, or only of those that are ticked."""

    def ticks_(name, state=""):
        boxes = re.findall(
            rf'name="{name}"\s+value="([^"]+)"\s*({state})', act("Sofie").get(path).text
        )
        return [value for value, _state in boxes]

    return ticks_


def test_the_page_says_what_the_family_said_and_keeps_what_the_office_says(
    db, act, path, forbidden, ticks
):
    student = path.partition("/rounds")[0]
    assert path.replace("&", "&amp;") in act("Sofie").get(student).text
    page = act("Sofie").get(path).text
    assert ["18:30–19:30" in page, page.count("The family cannot come then.")] == [True, 1]
    assert forbidden() == list(range(6))
    first, second = ticks("forbidden")
    assert ticks("overruled") == [first]
    sent = {"forbidden": second, "overruled": first, "reason": "called"}
    assert act("Sofie").post(path, data=sent).status_code == 303
    assert forbidden() == list(range(7, 13))
    assert act("Sofie").get(path).text.count("checked") == 2
    assert act("Sofie").post(path, data={"reason": "called again"}).status_code == 303
    assert forbidden() == list(range(6))
    assert db.scalars(select(AwayTime.by_office)).all() == [False]


def test_what_both_said_of_a_part_stands_side_by_side(act, school, path, forbidden, ticks):
    first, _second = ticks("forbidden")
    act("Sofie").post(path, data={"forbidden": first, "reason": "the father may not come"})
    assert (ticks("forbidden", "checked"), ticks("overruled", "checked")) == ([first], [])
    sent = {"forbidden": ticks("forbidden", "checked"), "reason": "looked again"}
    act("Sofie").post(path, data=sent)
    wishes.set_wishes(
        school.actors["Alice"],
        school.round_id,
        away=[],
        preference=Preference.NONE,
        remark="",
        now=NOW,
    )
    assert (ticks("forbidden", "checked"), forbidden()) == ([first], list(range(6)))


def test_what_was_said_of_parts_that_the_evening_has_no_more_stays(
    db, act, school, path, forbidden, ticks
):
    first, _second = ticks("forbidden")
    act("Sofie").post(path, data={"forbidden": first, "reason": "called"})
    early = (Slot.evening_id == school.evening_id, Slot.starts_at < FIRST + timedelta(minutes=20))
    db.execute(delete(Slot).where(*early))
    db.execute(update(Round).values(times_key="others"))
    db.commit()
    assert ticks("forbidden", "checked") == [first]
    assert len(ticks("forbidden")) == 3
    act("Sofie").post(path, data={"forbidden": first, "reason": "again"})
    assert db.scalars(select(AwayTime.by_office).order_by(AwayTime.id)).all() == [False, True]


def test_without_a_reason_nothing_changes_and_the_ticks_stay(act, path, forbidden, ticks):
    _first, value = ticks("forbidden")
    answer = act("Sofie").post(path, data={"forbidden": value, "reason": " "})
    assert (answer.status_code, answer.text.count("checked")) == (422, 1)
    assert 'id="reason-error"' in answer.text
    assert forbidden() == list(range(6))


def test_the_familys_next_form_leaves_what_the_office_said(db, school, forbidden):
    office.set_times(
        school.actors["Sofie"],
        school.round_id,
        school.students["Noor"],
        school.households["Alice"],
        forbidden={(school.evening_id, FIRST)},
        overruled=set(),
        reason="called",
        now=NOW,
    )
    wishes.set_wishes(
        school.actors["Adam"],
        school.round_id,
        away=[],
        preference=Preference.NONE,
        remark="",
        now=NOW,
    )
    assert forbidden() == list(range(6))
    assert db.scalars(select(AwayTime.by_office)).all() == [True]


@pytest.mark.parametrize("who", ["Alice", "Vera", "Noor"])
def test_it_is_the_offices_alone(act, school, path, who):
    assert act(who).get(path).status_code == 404
    with pytest.raises(NotFoundError):
        office.set_times(
            school.actors[who],
            school.round_id,
            school.students["Noor"],
            school.households["Alice"],
            forbidden=set(),
            overruled=set(),
            reason="x",
            now=NOW,
        )


def test_another_familys_household_is_not_found(act, school, path):
    other = path.replace(
        f"household={school.households['Alice']}", f"household={school.households['Carol']}"
    )
    assert act("Sofie").get(other).status_code == 404


def test_what_a_parent_said_for_another_child_is_there_and_can_be_overruled(
    db, act, school, path, forbidden, regroup, ticks
):
    """Alice comes alone for Sem, and with Adam for Noor: her times are kept with Sem's household."""
    db.execute(delete(AwayTime))
    db.commit()
    regroup("Sem", ["Alice"], ["Adam"])
    wishes.set_wishes(
        school.actors["Alice"],
        school.round_id,
        away=[(school.evening_id, FIRST)],
        preference=Preference.NONE,
        remark="",
        now=NOW,
    )
    assert forbidden() == list(range(6))
    (value,) = ticks("overruled")
    act("Sofie").post(path, data={"overruled": value, "reason": "rang us"})
    assert forbidden() == []
    act("Sofie").post(path, data={"forbidden": [], "reason": "after all"})
    assert forbidden() == list(range(6))
