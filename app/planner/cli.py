"""The command line of the plan."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import clock
from app.core.errors import NotFoundError
from app.core.links import Page, endpoint_of
from app.mail.message import page_url
from app.planner import files, runs
from app.planner.execution import carry_out
from app.planner.problem import Problem
from app.planner.runs import PlanBusy
from app.planner.snapshot import load_snapshot
from app.planner.solver import SolverProgress, solve, usual_seconds

NICE = 10  # families who book meanwhile go first

plan_cli = AppGroup("plan", help="Plan the talks that families ask for.")


@plan_cli.command("export")
@click.argument("round_id", type=click.IntRange(1))
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(round_id: int, file: Path) -> None:
    """Write what is to be planned in a round to FILE (.json or .json.gz), without names."""
    try:
        problem = load_snapshot(round_id, now=clock.now()).problem
    except NotFoundError as error:
        raise click.ClickException(_("There is no round %(id)d.", id=round_id)) from error
    files.write(file, problem)
    click.echo(
        ngettext(
            "%(num)d request written to %(file)s.",
            "%(num)d requests written to %(file)s.",
            len(problem.wanted),
            file=file,
        )
    )


@plan_cli.command("run")
@click.argument("round_id", type=click.IntRange(1))
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@click.option("--seconds", type=click.FloatRange(0), help="How long to search.")
def run(round_id: int, *, dry_run: bool, seconds: float | None) -> None:
    """Plan the talks that families ask for in a round, for the office to look at and publish.

    Asked to end (SIGTERM, Ctrl-C), it keeps the best plan that it has.
    """
    with _asked_to_end() as is_asked:
        try:
            if dry_run:
                snapshot = load_snapshot(round_id, now=clock.now())
                if not snapshot.round.takes_requests:
                    raise NotFoundError
                plan = solve(snapshot.problem, seconds=seconds, told=_tell, stopped=is_asked)
            else:
                begun = runs.begin(round_id, now=clock.now())
                found = carry_out(
                    begun, clock=clock.now, seconds=seconds, told=_tell, stopped=is_asked
                )
                if found is None:
                    raise click.ClickException(_("Meanwhile somebody gave this plan up."))
                plan = found
        except NotFoundError as error:
            raise click.ClickException(
                _("There is no round %(id)d in which families ask for talks.", id=round_id)
            ) from error
        except PlanBusy as error:
            raise click.ClickException(error.message) from error
    click.echo(
        ngettext(
            "%(num)d talk has a place, %(left)d have none.",
            "%(num)d talks have a place, %(left)d have none.",
            len(plan.placements),
            left=len(plan.unplaced),
        )
    )
    if not dry_run:
        url = page_url(endpoint_of(Page.PLAN), run_id=begun.id)
        click.echo(_("Look at it and publish it here: %(url)s", url=url))


@plan_cli.command("next", hidden=True)
def next_() -> None:
    """Carry out the run that waits longest, if there is one. The worker starts this."""
    os.nice(NICE)
    with _asked_to_end() as is_asked:
        begun = runs.take_next(now=clock.now())
        if begun:
            carry_out(begun, clock=clock.now, stopped=is_asked)


@plan_cli.command("solve-file")
@click.argument("problem_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("plan_file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option(
    "--seconds", type=click.FloatRange(0, 86_400), help="How long, reading and writing included."
)
@click.option("--moves", type=click.IntRange(0), help="How many changes to try at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another plan.")
def solve_file(
    problem_file: Path, plan_file: Path, seconds: float | None, moves: int | None, seed: int
) -> None:
    """Plan what stands in PROBLEM_FILE, and write the plan to PLAN_FILE (both .json or .json.gz).

    Without --seconds or --moves it takes 5 seconds and 25 milliseconds more for each request, at
    most 300 seconds. Asked to end (SIGTERM, Ctrl-C), it writes the best plan that it has.
    """
    started = time.monotonic()
    with _asked_to_end() as is_asked:
        problem = _read(problem_file)
        if seconds is None and moves is None:
            seconds = usual_seconds(problem)
        if seconds is not None:
            seconds -= time.monotonic() - started
        plan = solve(problem, seconds=seconds, moves=moves, seed=seed, told=_tell, stopped=is_asked)
        try:
            files.write(plan_file, plan)
        except OSError as error:
            raise click.FileError(str(plan_file), error.strerror) from error
    click.echo(
        _(
            "%(placed)d of %(requests)d requests have a place, cost %(cost)d: %(file)s.",
            placed=len(plan.placements),
            requests=len(problem.wanted),
            cost=plan.cost,
            file=plan_file,
        )
    )


def _read(file: Path) -> Problem:
    try:
        return files.read_problem(file)
    except files.BadPlanFile as error:
        raise click.ClickException(
            _("%(file)s cannot be planned: %(fault)s.", file=file, fault=error)
        ) from error
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from error


def _tell(progress: SolverProgress) -> None:
    left = progress.seconds_left
    click.echo(
        _(
            "%(placed)d of %(requests)d have a place, cost %(cost)d",
            placed=progress.placed,
            requests=progress.requests,
            cost=progress.cost,
        )
        + ("" if left is None else _("; %(seconds)d seconds left", seconds=round(left))),
        err=True,
    )


@contextmanager
def _asked_to_end() -> Iterator[Callable[[], bool]]:
    """Yield whether the process was asked to end; it goes on, so that the plan is written."""
    asked: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: asked.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
