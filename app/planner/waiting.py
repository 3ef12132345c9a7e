"""Tell the office by mail that a night's plan waits until somebody publishes it."""

from datetime import datetime

from sqlalchemy import exists, select

from app.accounts.staff import office
from app.core.links import Page, endpoint_of
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.planner.left import waiting_plan, without_time
from app.planner.models import PlannedTalk, PlanRun, RunCause, RunState
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase
from app.rounds.queries import load_round
from app.school.reading import load_reader


def promise(run_id: int, round_: RoundInfo, *, now: datetime) -> None:
    """Promise the office a mail about the first plan that has talks after families could ask.

    Each night before makes a plan that the next one replaces: the page of the round tells of those.
    """
    told = exists().where(
        PlanRun.round_id == round_.id,
        PlanRun.id != run_id,
        PlanRun.cause == RunCause.NIGHT,
        PlanRun.state != RunState.FAILED,
        PlanRun.ended_at >= round_.closes_at,
        PlannedTalk.run_id == PlanRun.id,
        PlannedTalk.starts_at.is_not(None),
    )
    is_over = round_.phase(now) is Phase.CLOSED
    if is_over and waiting_plan(round_.id) == run_id and not db.session.scalar(select(told)):
        people = [{"run_id": run_id, "person_id": person_id} for person_id in office()]
        outbox.enqueue_all(Promise.PLAN_WAITS, people, now=now)


def send_one(run_id: int, person_id: int, *, now: datetime) -> None:
    """Send somebody of the office the mail, unless the plan does not wait any more."""
    run = db.session.get(PlanRun, run_id)
    if run is None or waiting_plan(run.round_id) != run_id or person_id not in office():
        return
    reader = load_reader(person_id)
    send_letter(
        "plan_waiting",
        reader.email,
        reader.language,
        now=now,
        name=load_round(run.round_id).name,
        placed=run.placed,
        left=len(without_time(run_id)),
        page=page_url(endpoint_of(Page.PLAN), run_id=run_id),
    )
