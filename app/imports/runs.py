"""Record runs of the import, and what an administrator agreed to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, text

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor, Role
from app.core.errors import NotFoundError, found
from app.core.purging import counted
from app.core.statements import dialect
from app.core.transaction import transaction
from app.extensions import db
from app.imports.faults import ImportFault, Notice
from app.imports.models import ImportRun, ImportStop
from app.imports.report import Report
from app.outbox import service as outbox
from app.outbox.kinds import Promise

P = TypeVar("P", ImportFault, Notice)

KEPT = timedelta(days=30)

MOST_TOLD = 500
"""Faults and notices kept of one run; a file that is faulty in every row says no more after so many."""


def lock() -> None:
    """Let no other import write until the transaction ends; on SQLite the write lock does that.

    The locks on people are not enough: those of a first import are nobody's yet.
    """
    if dialect() == "postgresql":
        db.session.execute(text("LOCK TABLE import_runs IN SHARE ROW EXCLUSIVE MODE"))


def record(source: str, report: Report, *, now: datetime) -> None:
    """Keep the report of a run, write its line in the log, and promise to tell the office."""
    with transaction():
        run = ImportRun(
            at=now,
            source=source,
            applied=report.applied,
            report=asdict(_to_keep(report)),
        )
        db.session.add(run)
        db.session.flush()
        for stop in report.stops:
            db.session.add(
                ImportStop(
                    run_id=run.id,
                    table_name=stop.table,
                    column_name=stop.column,
                    is_new=stop.is_new,
                    keys=list(stop.keys),
                    names=list(stop.names),
                    present=stop.present,
                )
            )
        if report.is_refused:
            reasons = sorted({fault.code for fault in report.faults if fault.stops})
            audit.record(None, Action.IMPORT_REFUSED, now=now, source=source, reasons=reasons)
        elif report.changes:
            counts = {one.file: [one.added, one.changed, one.gone] for one in report.tables}
            audit.record(None, Action.IMPORT_APPLIED, now=now, source=source, counts=counts)
        db.session.flush()
        outbox.enqueue(Promise.IMPORT_DONE, {"run_id": run.id}, now=now)


def _to_keep(report: Report) -> Report:
    """Return the report without mail addresses: it is kept, and nobody logs who reads it."""
    return replace(
        report,
        stops=(),  # they have rows of their own
        faults=tuple(map(_without_address, report.faults[:MOST_TOLD])),
        notices=tuple(map(_without_address, report.notices[:MOST_TOLD])),
    )


def _without_address(place: P) -> P:
    if place.column == "email" and place.line:
        text = _("There is something about this address. The line of the file tells what.")
        return replace(place, value="", text=text)
    return place


def agreed_keys(source: str) -> Mapping[tuple[str, str], set[str]]:
    """Return the keys of rows that somebody agreed to since the last import that was applied."""
    applied = select(func.coalesce(func.max(ImportRun.id), 0)).where(
        ImportRun.source == source, ImportRun.applied
    )
    rows = db.session.execute(
        select(ImportStop.table_name, ImportStop.column_name, ImportStop.keys)
        .join(ImportRun, ImportRun.id == ImportStop.run_id)
        .where(
            ImportRun.source == source,
            ImportStop.agreed_at.is_not(None),
            ImportRun.id > applied.scalar_subquery(),
        )
    )
    agreed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table, column, keys in rows:
        agreed[table, column].update(keys)
    return agreed


def agree(actor: Actor, run_id: int, stop_id: int, *, now: datetime) -> None:
    """Say that a loss which stopped a run is right: the next import may do it.

    Raises NotFoundError, also if the actor is no administrator.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError
    with transaction():
        stop = found(db.session.get(ImportStop, stop_id, with_for_update=True))
        if stop.run_id != run_id:
            raise NotFoundError
        if stop.agreed_at is None:
            stop.agreed_at = now
            audit.record(actor, Action.IMPORT_AGREED, now=now, file=f"{stop.table_name}.csv")


def purge(*, now: datetime) -> dict[str, int]:
    """Delete the reports of runs after 30 days; return the count.

    Not the last, nor the last that was applied: the office still looks at what that left out.
    """
    last = select(func.max(ImportRun.id))
    kept = last.union(last.where(ImportRun.applied))
    over = select(ImportRun.id).where(ImportRun.at < now - KEPT, ImportRun.id.not_in(kept))
    with transaction():
        db.session.execute(delete(ImportStop).where(ImportStop.run_id.in_(over)))
        return {"imports": counted(delete(ImportRun).where(ImportRun.id.in_(over)))}
