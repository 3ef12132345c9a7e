"""An evening that was taken out while a talk on it stands: every page still opens."""

from dataclasses import replace
from datetime import date

import pytest

from app.jobs import RECURRING
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers, Rest
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from tests.signing_in import sign_in
from tests.small_school import NOW


@pytest.fixture
def kept(school, book):
    """Kim's talk stands on 9 February; the round is on the 11th now."""
    (booking_id,) = book("Carol", "Kim", ("Vera", 0))
    spec = replace(
        load_spec(school.round_id), evenings=(EveningSpec(date(2027, 2, 11), "18:30", "20:00"),)
    )
    kept = Answers(rest=Rest.KEEP)
    rescheduling.change(school.actors["Anna"], school.round_id, spec, kept, now=NOW)
    return booking_id


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/settings",
        "/copy",
        "/evening",
        "/evening?evening={evening}",
        "/talks",
        "/silent",
        "/unanswered",
        "/prints",
        "/prints?evening={evening}",
        "/prints?evening={evening}&sheet=doors",
        "/prints?evening={evening}&sheet=tables",
        "/prints?evening={evening}&sheet=slips",
        "/prints?evening={evening}&sheet=plan",
        "/talks.csv",
        "/evenings/{evening}/pack",
    ],
)
def test_the_offices_pages_open(office, school, kept, page):
    page = page.format(evening=school.evening_id)
    assert office.get(f"/office/rounds/{school.round_id}{page}").status_code == 200


@pytest.mark.parametrize("who", ["Carol", "Alice"])
def test_a_familys_pages_open_and_the_promise_is_on_them(client, office, school, kept, who):
    sign_in(client, school.people[who])
    child = {"Carol": "Kim", "Alice": "Noor"}[who]
    table = client.get(f"/rounds/{school.round_id}/children/{school.students[child]}")
    talks = client.get("/talks")
    assert (table.status_code, talks.status_code) == (200, 200)
    assert ("9 February" in talks.text) == (who == "Carol")


def test_the_teacher_sees_who_comes_on_the_evening_that_was_taken_out(client, office, school, kept):
    sign_in(client, school.people["Vera"])
    assert "Kim" in client.get("/teaching").text
    sign_in(client, school.people["Kader"])
    assert "9 February" not in client.get("/teaching").text


def test_the_worker_goes_on(school, kept):
    for job in RECURRING:
        job.run(NOW)
