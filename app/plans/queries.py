"""Plans of a round as the office sees them: what each would do, before and after."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.bookings.availability import teachers_of
from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.core.errors import NotFoundError, found
from app.extensions import db
from app.planner.figures import Advice, PlanFigures, Remedy
from app.planner.left import last_published
from app.planner.models import ACTIVE, PlannedTalk, PlanRun, RunCause, RunState
from app.planner.plan import NotPlaced
from app.planner.settings import Planning, load_planning
from app.plans.picture import EveningPicture, draw
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase
from app.rounds.queries import load_round
from app.school.models import HomeClass, Person, Student, Teacher
from app.school.reading import STUDENTS, names_of

MOST_RUNS = 30


@dataclass(frozen=True)
class PlanLine:
    """One run in the list."""

    id: int
    cause: RunCause
    state: RunState
    asked_at: datetime
    wanted: int
    placed: int
    cost: int
    ends_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether it waits or searches."""
        return self.state in ACTIVE


@dataclass(frozen=True)
class PlansPage:
    """The plans of a round, the latest first."""

    round: RoundInfo
    phase: Phase
    planning: Planning
    waiting: int  # requests without a time
    runs: tuple[PlanLine, ...]

    @property
    def is_busy(self) -> bool:
        """Whether a plan is being made."""
        return any(run.is_active for run in self.runs)


@dataclass(frozen=True)
class PlanRow:
    """A talk of a plan."""

    request_id: int
    student_id: int
    student: str
    class_name: str
    teacher: str
    starts_at: datetime | None
    before: datetime | None
    reason: NotPlaced | None
    is_published: bool


@dataclass(frozen=True)
class PlanPage:
    """What one run found."""

    round: RoundInfo
    run: PlanLine
    rows: tuple[PlanRow, ...]
    before: PlanFigures | None
    after: PlanFigures | None
    advice: tuple[tuple[Advice, str], ...]  # with the teacher's name, if it is about one
    pictures: tuple[EveningPicture, ...]
    is_last: bool  # the one that was published last, which can be taken back
    is_outdated: bool  # a newer one was published
    now: datetime

    @property
    def made(self) -> tuple[PlanRow, ...]:
        """The talks that get a time."""
        return tuple(row for row in self.rows if row.starts_at and not row.before)

    @property
    def moved(self) -> tuple[PlanRow, ...]:
        """The talks that get another time."""
        return tuple(row for row in self.rows if row.starts_at and row.before)

    @property
    def left(self) -> tuple[PlanRow, ...]:
        """The requests without a time."""
        return tuple(row for row in self.rows if not row.starts_at)

    @property
    def reasons(self) -> Sequence[tuple[NotPlaced | None, int]]:
        """How many requests have no time for which reason, the most frequent first."""
        return Counter(row.reason for row in self.left).most_common()

    @property
    def unpublished(self) -> int:
        """How many talks of the plan can still be published."""
        return sum(row.starts_at is not None and not row.is_published for row in self.rows)

    @property
    def may_publish(self) -> bool:
        """Whether there is anything to publish: not once a newer plan was published."""
        stands = self.run.state in {RunState.DONE, RunState.PUBLISHED}
        return stands and self.unpublished > 0 and not self.is_outdated

    @property
    def seconds_left(self) -> int:
        """How long a search may still take."""
        ends_at = self.run.ends_at
        return max(0, round((ends_at - self.now).total_seconds())) if ends_at else 0


def load_plans(round_id: int, *, now: datetime) -> PlansPage:
    """Return the plans of a round in which families ask. Raises NotFoundError."""
    round_ = load_round(round_id)
    if not round_.takes_requests:
        raise NotFoundError
    waiting = select(func.count()).where(BookingRequest.round_id == round_id, is_open())
    runs = db.session.scalars(
        select(PlanRun)
        .where(PlanRun.round_id == round_id)
        .order_by(PlanRun.id.desc())
        .limit(MOST_RUNS)
    )
    return PlansPage(
        round_,
        round_.phase(now),
        load_planning(round_id),
        db.session.scalar(waiting) or 0,
        tuple(_line(run) for run in runs),
    )


def _line(run: PlanRun) -> PlanLine:
    return PlanLine(
        run.id,
        RunCause(run.cause),
        RunState(run.state),
        run.asked_at,
        run.wanted,
        run.placed,
        run.cost,
        run.ends_at,
    )


def load_plan(run_id: int, *, now: datetime) -> PlanPage:
    """Return what a run found, or how far it is. Raises NotFoundError."""
    run = found(db.session.get(PlanRun, run_id))
    round_ = load_round(run.round_id)
    rows, last = _rows(run_id), last_published(run.round_id) or 0
    advice = [
        Advice(Remedy(it["remedy"]), it["more"], it["teacher"])
        for it in run.figures.get("advice", ())
    ]
    ids = {it.teacher: int(it.teacher.removeprefix("t")) for it in advice if it.teacher}
    names = names_of(Teacher, list(ids.values()))
    return PlanPage(
        round_,
        _line(run),
        rows,
        _figures(run.figures.get("before")),
        _figures(run.figures.get("after")),
        tuple((it, names.get(ids.get(it.teacher, 0), "")) for it in advice),
        draw(round_, run_id) if rows else (),
        last == run_id,
        last > run_id,
        now,
    )


def _figures(stored: Mapping[str, Any] | None) -> PlanFigures | None:
    return PlanFigures(**stored) if stored else None


def _rows(run_id: int) -> tuple[PlanRow, ...]:
    found_rows = db.session.execute(
        STUDENTS.join(BookingRequest, BookingRequest.student_id == Student.id)
        .join(PlannedTalk, PlannedTalk.request_id == BookingRequest.id)
        .add_columns(
            PlannedTalk.request_id,
            PlannedTalk.starts_at,
            PlannedTalk.before,
            PlannedTalk.reason,
            PlannedTalk.booking_id,
            BookingRequest.offer_id,
        )
        .where(PlannedTalk.run_id == run_id)
        .order_by(PlannedTalk.starts_at, HomeClass.name, Person.sort_key, PlannedTalk.id)
    ).all()
    teachers = teachers_of(
        select(BookingRequest.offer_id)
        .join(PlannedTalk, PlannedTalk.request_id == BookingRequest.id)
        .where(PlannedTalk.run_id == run_id)
    )
    return tuple(
        PlanRow(
            row.request_id,
            row.id,
            row.name.full,
            row.class_name or "",
            teachers[row.offer_id],
            row.starts_at,
            row.before,
            NotPlaced(row.reason) if row.reason else None,
            row.booking_id is not None,
        )
        for row in found_rows
    )
