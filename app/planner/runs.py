"""Runs of the plan: asked for, begun, watched, stopped, and what they found.

A process that searches tells every second that it is alive, and the worker buries the dead, so that
one that was killed blocks nobody for long. The unique key of ``plan_runs`` decides that a round has
one run at a time.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.office import refuse_others
from app.bookings.requests import has_open
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import transaction
from app.extensions import db
from app.planner.models import ACTIVE, PlannedTalk, PlanRun, RunCause, RunState
from app.planner.plan import NotPlaced, TalkPlan, Unplaced
from app.planner.snapshot import Snapshot
from app.planner.solver import SolverProgress
from app.requests.office import requests_round
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds, load_round

NIGHT_JOB, NIGHT = "plans", time(2, 30)
"""The job of the worker that plans each night, and from when on, local time."""
ALIVE = timedelta(minutes=1)
"""A search that has said nothing for so long is dead."""
PLANNED = frozenset({Phase.OPEN, Phase.CLOSED})
"""The phases in which the night plans a round."""


class PlanBusy(DomainError):
    """A plan of the round is being made already."""


class Begun(NamedTuple):
    """A run that this process has begun."""

    id: int
    round_id: int
    cause: RunCause


def ask(actor: Actor, round_id: int, *, now: datetime) -> int:
    """Let the worker plan a round; return the id of the run.

    Raises NotFoundError for anybody but the office and for a round without requests, RoundClosed,
    and PlanBusy.
    """
    refuse_others(actor)
    with transaction():
        requests_round(round_id, now)
        run_id = _add(round_id, RunCause.OFFICE, now=now, asked_by_id=actor.person_id)
        audit.record(actor, Action.PLAN_ASKED, now=now, round_id=round_id)
        return run_id


def ask_nightly(*, now: datetime) -> Sequence[int]:
    """Let the worker plan each round in which requests wait; return the ids of the runs.

    After its last evening nobody looks for times any more.
    """
    ids, today = [], local_day(now)
    for round_ in list_rounds():
        is_over = max(round_.days, default=today) < today
        if is_over or round_.phase(now) not in PLANNED or not has_open(round_):
            continue
        try:
            with transaction():
                ids.append(_add(round_.id, RunCause.NIGHT, now=now))
        except PlanBusy:
            continue  # somebody has just asked for it
    return ids


def begin(round_id: int, *, now: datetime) -> Begun:
    """Begin a run in this process. Raises NotFoundError and PlanBusy."""
    with transaction():
        if not load_round(round_id).takes_requests:
            raise NotFoundError
        run_id = _add(round_id, RunCause.COMMAND, now=now, state=RunState.RUNNING, seen_at=now)
        return Begun(run_id, round_id, RunCause.COMMAND)


def _add(round_id: int, cause: RunCause, *, now: datetime, **values: Any) -> int:
    bury(now=now)
    run = PlanRun(round_id=round_id, cause=cause, asked_at=now, figures={}, **values)
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError as error:
        raise PlanBusy(_("A plan of this round is being made already.")) from error
    return run.id


def bury(*, now: datetime) -> None:
    """Note which searches are dead; so is one that was last seen at a moment yet to come.

    One that lives says so every second, also after the clock was put back.
    """
    is_dead = or_(PlanRun.seen_at < now - ALIVE, PlanRun.seen_at > now + ALIVE)
    with transaction():
        db.session.execute(
            update(PlanRun)
            .where(PlanRun.state == RunState.RUNNING, is_dead)
            .values(state=RunState.FAILED, ended_at=now)
        )


def take_next(*, now: datetime) -> Begun | None:
    """Begin the run that waits longest, if there is one; no other process begins it too."""
    with transaction():
        bury(now=now)
        waiting = select(PlanRun.id).where(PlanRun.state == RunState.WAITING)
        row = db.session.execute(
            update(PlanRun)
            .where(
                PlanRun.id == waiting.order_by(PlanRun.id).limit(1).scalar_subquery(),
                PlanRun.state == RunState.WAITING,
            )
            .values(state=RunState.RUNNING, seen_at=now)
            .returning(PlanRun.id, PlanRun.round_id, PlanRun.cause)
        ).one_or_none()
        return Begun(row.id, row.round_id, RunCause(row.cause)) if row else None


def is_waiting() -> bool:
    """Whether a run waits for somebody to begin it."""
    waiting = select(PlanRun.id).where(PlanRun.state == RunState.WAITING).limit(1)
    return db.session.scalar(waiting) is not None


def begin_search(run_id: int, wanted: int, *, seconds: float, now: datetime) -> None:
    """Note how much there is to place, and how long that may take."""
    with transaction():
        run = db.session.get_one(PlanRun, run_id)
        run.wanted, run.seen_at, run.ends_at = wanted, now, now + timedelta(seconds=seconds)


def report(run_id: int, progress: SolverProgress, *, now: datetime) -> bool:
    """Note how far a search is; return whether it shall go on."""
    with transaction():
        goes_on = db.session.scalar(
            update(PlanRun)
            .where(PlanRun.id == run_id, PlanRun.state == RunState.RUNNING)
            .values(placed=progress.placed, cost=progress.cost, seen_at=now)
            .returning(PlanRun.stop_asked.is_(False))
        )
        return bool(goes_on)  # no row: somebody thought that this process was dead


def stop(actor: Actor, run_id: int, *, now: datetime) -> int:
    """Let a search end soon and keep the best plan so far; return the id of its round.

    A run that nobody has begun ends at once. Raises NotFoundError for anybody but the office.
    """
    refuse_others(actor)
    with transaction():
        run = found(db.session.get(PlanRun, run_id, with_for_update=True))
        if run.state in ACTIVE:
            run.stop_asked = True
            if run.state == RunState.WAITING:
                run.state, run.ended_at = RunState.FAILED, now
        return run.round_id


def keep(
    run_id: int, snapshot: Snapshot, plan: TalkPlan, figures: dict[str, Any], *, now: datetime
) -> bool:
    """Keep what a search found; return False if the run has been given up meanwhile."""
    announced = {it.id: it.announced for it in snapshot.problem.wanted if it.announced}
    length = {it.id: it.length for it in snapshot.problem.wanted}
    rows: list[dict[str, Any]] = []
    for it in plan.placements:
        old = announced.get(it.request)
        if it.cell == old:
            continue  # it stays where it is
        _evening_id, starts_at, ends_at = snapshot.grid.times(it.cell, length[it.request])
        rows.append(
            {
                "starts_at": starts_at,
                "ends_at": ends_at,
                "before": old and snapshot.grid.slots[old].starts_at,
                "reason": "",
                "request_id": _id(it.request),
            }
        )
    left_out = [Unplaced(f"q{id_}", reason) for id_, reason in snapshot.left_out.items()]
    unplaced = [*plan.unplaced, *left_out]
    rows += [
        {
            "starts_at": None,
            "ends_at": None,
            "before": None,
            "reason": it.reason or NotPlaced.NOT_FOUND,
            "request_id": _id(it.request),
        }
        for it in unplaced
        if it.request not in announced  # it stands as it is: see ``publishing``
    ]
    with transaction():
        run = db.session.get_one(PlanRun, run_id, with_for_update=True)
        if run.state != RunState.RUNNING:
            return False
        run.state, run.ended_at = RunState.DONE, now
        run.placed, run.cost, run.figures = len(plan.placements), plan.cost, figures
        db.session.add_all(PlannedTalk(run_id=run_id, **row) for row in rows)
        return True


def fail(run_id: int, *, now: datetime) -> None:
    """Note that a search ended without a plan."""
    with transaction():
        db.session.execute(
            update(PlanRun)
            .where(PlanRun.id == run_id, PlanRun.state.in_(ACTIVE))
            .values(state=RunState.FAILED, ended_at=now)
        )


def _id(request: str) -> int:
    return int(request.removeprefix("q"))
