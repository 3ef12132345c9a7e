"""Delete data past its retention. docs/operations.md says what is deleted when, and why."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts import retention as accounts_retention
from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import retention as bookings
from app.calendars import service as calendars
from app.core import clock
from app.core.i18n import local_day
from app.core.purging import gone_by
from app.core.transaction import transaction
from app.exports import packs
from app.extensions import db
from app.imports import runs
from app.log.words import kind_text
from app.mail import box
from app.outbox import service as outbox
from app.planner import retention as planner
from app.requests import retention as requests
from app.rounds import retention as rounds
from app.school import retention
from app.school.models import Person

BLOCK = 500  # people at a time


def purge_people(*, now: datetime) -> dict[str, int]:
    """Delete people three months after the school year in which they left; return the count.

    People with a talk that is still kept stay until it is deleted. Each block is a transaction: on
    SQLite a long one would keep the worker from recording the mails that it sent meanwhile.
    """
    gone, last = 0, 0
    while True:
        with transaction():
            block = db.session.scalars(
                select(Person.id)
                .where(
                    Person.id > last,
                    retention.left_by(gone_by(local_day(now))),
                    Person.id.not_in(bookings.still_needed(now=now)),
                )
                .order_by(Person.id)
                .limit(BLOCK)
            ).all()
            if not block:
                return {"people": gone}
            planner.forget(block)
            bookings.forget(block)
            requests.forget(block)
            rounds.forget(block)
            accounts_retention.forget(block)
            retention.forget(block)
        gone, last = gone + len(block), block[-1]


# Each step is one transaction or several; rows that refer to others are deleted first.
STEPS: tuple[Callable[[datetime], Mapping[str, int]], ...] = (
    lambda now: accounts.purge(now=now),
    lambda now: planner.purge(now=now),
    lambda now: bookings.purge(now=now),
    lambda now: bookings.purge_year(now=now),
    lambda now: requests.purge(now=now),
    lambda now: rounds.purge_year(now=now),
    lambda now: purge_people(now=now),
    lambda _now: calendars.purge(),
    lambda now: packs.purge(now=now),
    lambda now: box.purge(now=now),
    lambda now: outbox.purge(now=now),
    lambda now: runs.purge(now=now),
    lambda now: audit.purge(now=now),
)


class _Undone(Exception):
    """Raised after a dry run has counted, to roll it back."""


def run(*, now: datetime) -> dict[str, int]:
    """Delete everything past its retention; log and return the counts.

    A step that fails does not stop the others; its error is raised at the end.
    """
    counts: Counter[str] = Counter()
    faults = []
    for step in STEPS:
        try:
            counts.update(step(now))
        except Exception as error:  # noqa: BLE001  one step must not stop the others
            db.session.rollback()
            faults.append(error)
    went = {kind: number for kind, number in counts.items() if number}
    if went:
        audit.record(None, Action.PURGE_DONE, now=now, counts=went)
    if faults:
        raise faults[0]
    return went


def preview(*, now: datetime) -> dict[str, int]:
    """Return what ``run`` would delete, without changing anything."""
    try:
        with transaction():
            went = run(now=now)
            raise _Undone
    except _Undone:
        return went


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Tell what would go; delete nothing.")
@with_appcontext
def purge(*, dry_run: bool) -> None:
    """Delete data past its retention, as the worker does each night."""
    counts = preview(now=clock.now()) if dry_run else run(now=clock.now())
    for kind, number in counts.items():
        click.echo(f"{kind_text(kind)}: {number}")
    if not counts:
        click.echo(_("There is nothing to delete."))
