"""Queries for the runs of the import that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Select, select

from app.core.errors import found
from app.extensions import db
from app.imports.diff import Proposal
from app.imports.faults import ImportFault
from app.imports.models import ImportRun, ImportStop
from app.imports.report import Report, Verdict

_REPORT = TypeAdapter(Report)

MOST_RUNS = 40
"""Runs on the page: a month of nights, and some by day."""


@dataclass(frozen=True)
class KeptRun:
    """A run, with what it said."""

    id: int
    at: datetime
    report: Report

    @property
    def left_out(self) -> tuple[ImportFault, ...]:
        """The faults for which rows, or values of rows, were left out."""
        return tuple(one for one in self.report.faults if not one.stops or one.line)


@dataclass(frozen=True)
class LastRuns:
    """The last run, and the last that was applied; None if there is none.

    ``proposals`` are those of the last run that could compare the files with what is stored.
    """

    last: KeptRun | None
    applied: KeptRun | None
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class RunLine:
    """A run in the list."""

    id: int
    at: datetime
    verdict: Verdict
    changes: int
    left_out: int


@dataclass(frozen=True)
class StopLine:
    """What stopped a run; ``agreed_at`` is when an administrator said that it is right."""

    id: int
    file: str
    column: str
    is_new: bool
    names: Sequence[str]
    present: int
    agreed_at: datetime | None


def load_last_runs() -> LastRuns:
    """Return the last runs that tell what needs a look."""
    last = _last(_RUNS)
    applied = last if last and last.report.applied else _last(_RUNS.where(ImportRun.applied))
    compared = last if last and last.report.verdict != Verdict.REJECTED else applied
    return LastRuns(last, applied, compared.report.proposals if compared else ())


def list_runs() -> list[RunLine]:
    """Return the kept runs, latest first."""
    runs = map(_kept, db.session.scalars(_RUNS.limit(MOST_RUNS)))
    return [
        RunLine(run.id, run.at, run.report.verdict, run.report.changes, run.report.faulty)
        for run in runs
    ]


def load_run(run_id: int) -> KeptRun:
    """Return a run. Raises NotFoundError."""
    return _kept(found(db.session.get(ImportRun, run_id)))


def load_stops(run_id: int) -> list[StopLine]:
    """Return what stopped a run."""
    rows = db.session.scalars(
        select(ImportStop).where(ImportStop.run_id == run_id).order_by(ImportStop.id)
    )
    return [
        StopLine(
            stop.id,
            f"{stop.table_name}.csv",
            stop.column_name,
            stop.is_new,
            stop.names,
            stop.present,
            stop.agreed_at,
        )
        for stop in rows
    ]


_RUNS = select(ImportRun).order_by(ImportRun.id.desc())


def _last(runs: Select[ImportRun]) -> KeptRun | None:
    run = db.session.scalars(runs.limit(1)).one_or_none()
    return _kept(run) if run else None


def _kept(run: ImportRun) -> KeptRun:
    return KeptRun(run.id, run.at, _REPORT.validate_python(run.report))
