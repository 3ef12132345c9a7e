"""Blocking from the matrix and its form, and a teacher who is absent."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings.models import Booking, Unavailability
from app.rounds.models import Evening, OfferTeacher
from tests.html import without_secrets
from tests.small_school import FIRST


@pytest.fixture
def url(school):
    return f"/office/rounds/{school.round_id}/evening"


def absences(db):
    """(teacher, start, end) in slots of ten minutes from the first time."""
    ten = timedelta(minutes=10)
    rows = db.scalars(select(Unavailability).order_by(Unavailability.id))
    return [
        (row.teacher_id, (row.starts_at - FIRST) // ten, (row.ends_at - FIRST) // ten)
        for row in rows
    ]


TICKED = '<input checked id="meanwhile" name="meanwhile" type="checkbox" value="y">'


def cells(school, *pairs):
    return [f"{school.teachers[teacher]}-{school.slots[slot]}" for teacher, slot in pairs]


def test_chosen_cells_are_blocked_as_one_time_where_they_follow_each_other(act, db, school, url):
    chosen = cells(school, ("Vera", 0), ("Vera", 1), ("Bart", 1), ("Vera", 4))
    answer = act("Anna").post(url, data={"act": "block", "cells": chosen})
    assert answer.status_code == 303
    vera, bart = school.teachers["Vera"], school.teachers["Bart"]
    assert absences(db) == [(vera, 0, 2), (vera, 4, 5), (bart, 1, 2)]


def test_the_form_does_the_same_without_javascript(act, db, school, url):
    vera = school.teachers["Vera"]
    form = {"teacher": vera, "first": school.slots[3], "last": school.slots[1]}
    client = act("Sofie")
    client.post(url, data={"act": "block", **form})
    assert absences(db) == [(vera, 1, 4)]
    client.post(url, data={"act": "free", **form})
    assert absences(db) == []


def test_a_rows_link_opens_the_form_with_its_teacher(act, school, url):
    bart = school.teachers["Bart"]
    text = act("Anna").get(f"{url}?block={bart}").text
    assert re.search(rf'<option value="{bart}"\s+selected>', text)
    assert act("Anna").get(f"{url}?block=x").status_code == 200


def test_a_whole_evening_is_blocked_to_its_end(act, db, school, url):
    form = {"act": "block", "teacher": school.teachers["Vera"], "whole": "y"}
    act("Anna").post(url, data=form)
    assert absences(db) == [(school.teachers["Vera"], 0, 13)]


def test_talks_in_the_way_are_named_and_nothing_changes(act, db, school, book_one, url):
    talk = book_one("Alice", "Noor", "Vera", 1)
    form = {"act": "block", "cells": cells(school, ("Vera", 0), ("Vera", 1))}
    answer = act("Anna").post(url, data=form)
    assert answer.status_code == 409
    assert "Noor Jansen" in answer.text
    assert f'name="agreed" value="{talk}"' in answer.text
    for value in form["cells"]:
        assert f'value="{value}"' in answer.text
    assert absences(db) == []


def test_the_office_blocks_around_them(act, db, school, book_one, url):
    talk = book_one("Alice", "Noor", "Vera", 1)
    form = {"act": "block", "cells": cells(school, ("Vera", 0), ("Vera", 1)), "talks": "stay"}
    assert act("Anna").post(url, data=form).status_code == 303
    assert db.get(Booking, talk).cancelled_at is None
    assert absences(db) == [(school.teachers["Vera"], 0, 2)]


def test_or_calls_them_off_with_a_reason(act, db, school, book_one, url):
    talk = book_one("Alice", "Noor", "Vera", 1)
    form = {
        "act": "block",
        "cells": cells(school, ("Vera", 1)),
        "talks": "call_off",
        "agreed": [talk],
        "reason": "De docent geeft een voorlichting.",
    }
    client = act("Anna")
    assert client.post(url, data=form).status_code == 303
    assert db.get(Booking, talk).called_off == "absent"
    assert "voorlichting" in client.get(f"/office/rounds/{school.round_id}/unanswered").text


def test_a_reason_that_is_too_long_is_not_lost(act, db, school, book_one, url):
    talk = book_one("Alice", "Noor", "Vera", 1)
    form = {
        "act": "block",
        "cells": cells(school, ("Vera", 1)),
        "talks": "call_off",
        "agreed": [talk],
        "reason": "Voorlichting. " * 40,
    }
    answer = act("Anna").post(url, data=form)
    assert answer.status_code == 422
    assert "Use at most 500 characters." in answer.text
    assert form["reason"].strip() in answer.text
    assert f'name="agreed" value="{talk}"' in answer.text
    assert "The talks have changed" not in answer.text
    assert db.get(Booking, talk).cancelled_at is None
    assert absences(db) == []


def test_a_talk_the_office_did_not_see_is_named_first(act, db, school, book_one, url):
    known, new = book_one("Alice", "Noor", "Vera", 1), book_one("Carol", "Kim", "Vera", 2)
    form = {
        "act": "block",
        "cells": cells(school, ("Vera", 1), ("Vera", 2)),
        "talks": "call_off",
        "agreed": [known],
    }
    answer = act("Anna").post(url, data=form)
    assert answer.status_code == 409
    assert "Kim" in answer.text
    assert "1 talk was reserved since you looked" in answer.text
    assert answer.text.count('<strong class="mark">new</strong>') == 1
    assert db.get(Booking, known).cancelled_at is None
    assert db.get(Booking, new).cancelled_at is None


def test_unless_it_said_beforehand_that_such_talks_are_called_off_too(
    act, db, school, book_one, url
):
    known, new = book_one("Alice", "Noor", "Vera", 1), book_one("Carol", "Kim", "Vera", 2)
    form = {"act": "block", "cells": cells(school, ("Vera", 1), ("Vera", 2))}
    client = act("Anna")
    assert TICKED in client.post(url, data=form).text
    form |= {"talks": "call_off", "agreed": [known]}
    assert TICKED not in client.post(url, data=form).text  # it was unticked
    assert client.post(url, data=form | {"meanwhile": "y"}).status_code == 303
    assert {db.get(Booking, talk).called_off for talk in (known, new)} == {"absent"}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"teacher": "x", "first": "1", "last": "1"},
        {"cells": ["1"]},
        {"teacher": "1"},
    ],
)
def test_what_cannot_be_read_changes_nothing(act, db, url, form):
    assert act("Anna").post(url, data={"act": "block", **form}).status_code == 303
    assert absences(db) == []


def test_times_of_another_evening_are_not_found(act, db, school, url):
    slot = school.student_slots[0]
    form = {"act": "block", "cells": [f"{school.teachers['Vera']}-{slot}"]}
    assert act("Anna").post(url, data=form).status_code == 404
    evening = db.scalar(select(Evening.id).where(Evening.round_id == school.student_round_id))
    assert act("Anna").post(f"{url}?evening={evening}", data=form).status_code == 404


# A teacher who is absent


@pytest.fixture
def absent(school):
    base = f"/office/rounds/{school.round_id}/absent"
    return f"{base}?teacher={school.teachers['Vera']}&evening={school.evening_id}"


def test_first_the_talks_and_families_are_named(act, db, book_one, absent):
    book_one("Alice", "Noor", "Vera", 1)
    book_one("Carol", "Kim", "Bart", 2)
    text = act("Anna").get(absent).text
    assert "Noor Jansen" in text
    assert "Kim" not in without_secrets(text)
    assert absences(db) == []


def test_a_column_names_the_teacher_only_where_somebody_else_comes_too(
    act, db, school, book_one, absent
):
    book_one("Alice", "Noor", "Vera", 1)
    assert '<th scope="col">Teacher</th>' not in act("Anna").get(absent).text
    db.add(
        OfferTeacher(
            offer_id=school.offers["Noor", "Vera"], teacher_id=school.teachers["Bart"], position=1
        )
    )
    db.commit()
    assert '<th scope="col">Teacher</th>' in act("Anna").get(absent).text


def test_then_the_evening_is_blocked_and_all_are_called_off(act, db, school, book_one, absent):
    talks = [book_one("Alice", "Noor", "Vera", 1), book_one("Carol", "Kim", "Vera", 2)]
    form = {"agreed": talks, "reason": "Zij is er niet."}
    assert act("Sofie").post(absent, data=form).status_code == 303
    assert [db.get(Booking, talk).called_off for talk in talks] == ["absent", "absent"]
    assert absences(db) == [(school.teachers["Vera"], 0, 13)]


def test_with_those_of_families_who_come_first_if_it_said_so(act, db, book_one, absent):
    known = book_one("Alice", "Noor", "Vera", 1)
    client = act("Anna")
    assert TICKED in client.get(absent).text
    new = book_one("Carol", "Kim", "Vera", 2)
    form = {"agreed": [known], "meanwhile": "y", "reason": "Zij is er niet."}
    assert client.post(absent, data=form).status_code == 303
    assert {db.get(Booking, talk).called_off for talk in (known, new)} == {"absent"}


def test_a_talk_that_came_in_between_is_named_first(act, db, book_one, absent):
    talk = book_one("Alice", "Noor", "Vera", 1)
    answer = act("Anna").post(absent, data={"agreed": [], "reason": ""})
    assert answer.status_code == 409
    assert f'name="agreed" value="{talk}"' in answer.text
    assert absences(db) == []


def test_a_teacher_of_no_offer_is_not_found(act, school):
    url = f"/office/rounds/{school.round_id}/absent?teacher=999"
    assert act("Anna").get(url).status_code == 404


def test_without_a_teacher_one_is_chosen_first(act, school):
    text = act("Anna").get(f"/office/rounds/{school.round_id}/absent").text
    assert f'value="{school.teachers["Vera"]}"' in text
