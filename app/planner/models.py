"""Runs of the plan, and what each would do. A plan that is not published claims no time.

So nothing of it is in tables, mails, calendars or exports: these read bookings alone.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.types import SeveralLines


class RunCause(StrEnum):
    """What began a run."""

    NIGHT = "night"
    OFFICE = "office"
    COMMAND = "command"


class RunState(StrEnum):
    """How far a run is."""

    WAITING = "waiting"  # the worker takes it up
    RUNNING = "running"
    DONE = "done"  # it can be published
    FAILED = "failed"
    PUBLISHED = "published"  # all of it, or a selection
    WITHDRAWN = "withdrawn"  # its talks were taken back


ACTIVE = (RunState.WAITING, RunState.RUNNING)
_ACTIVE = text("state IN ('waiting', 'running')")


class PlanRun(Base):
    """One search for a plan of a round; at most one at a time for each round."""

    __tablename__ = "plan_runs"
    __table_args__ = (
        CheckConstraint("cause IN ('night', 'office', 'command')", name="cause"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'published', 'withdrawn')",
            name="state",
        ),
        Index(
            "uq_plan_runs_active",
            "round_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    cause: Mapped[str]
    state: Mapped[str] = mapped_column(default=RunState.WAITING)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # by which others know that the process is alive
    ends_at: Mapped[datetime | None]  # when it stops searching
    ended_at: Mapped[datetime | None]
    stop_asked: Mapped[bool] = mapped_column(default=False)
    wanted: Mapped[int] = mapped_column(default=0)  # talks to be placed
    placed: Mapped[int] = mapped_column(default=0)  # so far
    cost: Mapped[int] = mapped_column(default=0)
    left_told: Mapped[bool] = mapped_column(default=False)  # to who has no time
    # Of the round before and after, and what would help: see ``execution.figures_of``.
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class PlannedTalk(Base):
    """Where a run puts a request (UTC), or nowhere, and why.

    ``before`` is where an earlier night had put it. ``booking_id`` is the talk once it is published.
    """

    __tablename__ = "planned_talks"
    __table_args__ = (
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="times"),
        CheckConstraint("(starts_at IS NULL) = (reason <> '')", name="reason"),
        Index("uq_planned_talks", "run_id", "request_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id", ondelete="CASCADE"))
    request_id: Mapped[int] = mapped_column(
        ForeignKey("booking_requests.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    before: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), index=True
    )


class PlanSettings(Base):
    """How a round is planned; a round without a row is planned as usual."""

    __tablename__ = "plan_settings"
    __table_args__ = (
        CheckConstraint("waiting IN ('less', 'usual', 'more')", name="waiting"),
        CheckConstraint("evenings IN ('less', 'usual', 'more')", name="evenings"),
        CheckConstraint("breaks IN ('less', 'usual', 'more')", name="breaks"),
        CheckConstraint("run >= 1", name="run"),
        CheckConstraint("most_per_child >= 1", name="most_per_child"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    waiting: Mapped[str]  # how much a family's waiting counts
    evenings: Mapped[str]  # how much each further evening of a family counts
    breaks: Mapped[str]  # how much a teacher's break after ``run`` talks counts
    run: Mapped[int]
    most_per_child: Mapped[int | None]  # talks that are granted, the dearest first
    publishes: Mapped[bool | None]  # whether a night's plan is published by itself
    sentence: Mapped[str] = mapped_column(
        SeveralLines
    )  # of the school, beside a request without a time
