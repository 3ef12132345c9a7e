"""The command line of the plan."""

import gzip
import json
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.errors import NotFoundError
from app.planner.snapshot import load_problem

plan_cli = AppGroup("plan", help="Plan the talks that families ask for.")


@plan_cli.command("export")
@click.argument("round_id", type=click.IntRange(1))
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(round_id: int, file: Path) -> None:
    """Write what is to be planned in a round to FILE (.json or .json.gz), without names."""
    try:
        problem = load_problem(round_id)
    except NotFoundError as error:
        raise click.ClickException(_("There is no round %(id)d.", id=round_id)) from error
    text = json.dumps(problem.as_json(), indent=1)
    content = text.encode()
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)
    click.echo(
        ngettext(
            "%(num)d request written to %(file)s.",
            "%(num)d requests written to %(file)s.",
            len(problem.wanted),
            file=file,
        )
    )
