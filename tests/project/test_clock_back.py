"""Every page opens when the clock was put back, with what was written before from ahead of it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.planner import runs
from app.rounds.models import Round
from tests.signing_in import sign_in
from tests.small_school import NOW

PAGES = {
    "Alice": [
        "/",
        "/talks",
        "/talks/log",
        "/account",
        "/rounds/{round}/children/{child}",
        "/rounds/{round}/ask",
        "/rounds/{round}/asked",
        "/talks/{talk}.ics",
    ],
    "Vera": ["/teaching"],
    "Anna": [
        "/office/rounds",
        "/office/rounds/{round}",
        "/office/rounds/{round}/evening",
        "/office/rounds/{round}/talks",
        "/office/rounds/{round}/plans",
        "/office/rounds/{round}/requests",
        "/office/rounds/{round}/evenings/{evening}/pack",
        "/office/students/{child}",
        "/office/calendars",
        "/office/imports",
        "/office/review",
        "/office/log",
        "/health/ready",
    ],
}


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=2)])
@pytest.mark.parametrize("who", PAGES)
def test_every_page_opens(client, db, school, book, who, back):
    db.execute(update(Round).values(mode="both"))
    db.commit()
    (talk,) = book("Alice", "Noor", ("Vera", 0))
    runs.ask(school.actors["Anna"], school.round_id, now=NOW)
    ids = {
        "round": school.round_id,
        "child": school.students["Noor"],
        "talk": talk,
        "evening": school.evening_id,
    }
    with time_machine.travel(NOW, tick=False):
        sign_in(client, school.people[who])
    with time_machine.travel(NOW - back, tick=False):
        answers = {page: client.get(page.format(**ids)).status_code for page in PAGES[who]}
    assert {page: code for page, code in answers.items() if code >= 400} == {}
