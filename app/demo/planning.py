"""Let the demo's last night plan what its families ask for, as the worker does."""

from collections.abc import Iterable
from datetime import datetime

from app.core.access import Actor
from app.core.i18n import local_day
from app.outbox import service as outbox
from app.planner import runs
from app.planner.execution import carry_out
from app.planner.settings import Planning, save_planning

MOVES = 50_000  # a fraction of a second, and the same plan each time
SENTENCE = (
    "Wilt u toch een gesprek? Mail de mentor van uw kind. Dan zoeken we samen een ander moment."
)


def settle(office: Actor, round_ids: Iterable[int], *, now: datetime) -> None:
    """Let the office say how these rounds are planned: as usual, and what who gets no time reads."""
    for round_id in round_ids:
        save_planning(office, round_id, Planning(sentence=SENTENCE), now=now)


def plan_night(night: datetime) -> None:
    """Plan the rounds in which families wait. The worker does not plan this night once more."""
    day = local_day(night)
    outbox.begin_job(runs.NIGHT_JOB, day, now=night)
    runs.ask_nightly(now=night)
    while begun := runs.take_next(now=night):
        carry_out(begun, clock=lambda: night, moves=MOVES)
    outbox.finish_job(runs.NIGHT_JOB, day, now=night)
