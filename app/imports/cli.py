"""The imports command line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.core import clock
from app.core.errors import describe
from app.imports import service
from app.imports.faults import ImportFault, Notice
from app.imports.gathering import gathered
from app.imports.report import Regrouped, Report, TableCount, Verdict
from app.imports.tables import TABLES

logger = logging.getLogger(__name__)

IN, IN_PART, REFUSED = 0, 1, 2
"""Exit codes: all in, in with rows left out, nothing in."""

imports_cli = AppGroup("imports", help="Bring people and classes in line with the school's files.")


@imports_cli.command("run")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "cp1252"]),
    default="utf-8",
    show_default=True,
    help="How the files are written; cp1252 is Windows-1252.",
)
@click.option("--allow-removal", is_flag=True, help="All that would disappear is really gone.")
@click.option(
    "--allow",
    type=click.Choice([table.name for table in TABLES]),
    multiple=True,
    metavar="TABLE",
    help="What this table was stopped for is right, such as --allow ouders; may be repeated.",
)
def run(
    folder: Path, encoding: str, *, dry_run: bool, allow_removal: bool, allow: tuple[str, ...]
) -> None:
    """Import the CSV files in FOLDER.

    Ends with 0 when all is in, 1 when rows were left out, and 2 when nothing was imported.
    """
    try:
        report = service.run(
            folder,
            now=clock.now(),
            dry_run=dry_run,
            encoding=encoding,
            allow_removal=allow_removal,
            allow=allow,
        )
    except (Exception, KeyboardInterrupt) as error:
        # Python would end with 1, which here means that nearly all is in.
        logger.error("import failed: %s", describe(error))  # noqa: TRY400
        click.echo(_("Nothing was imported: the site had a fault. The log tells more."), err=True)
        raise SystemExit(REFUSED) from error
    try:
        for line in _lines(report):
            click.echo(line)
    except (OSError, UnicodeError) as error:
        # It is in all the same, or is not; the page tells what is printed here.
        logger.error("the report cannot be printed: %s", describe(error))  # noqa: TRY400
    raise SystemExit(exit_code(report))


def exit_code(report: Report) -> int:
    """Return the code with which the command ends."""
    if report.is_refused:
        return REFUSED
    return IN_PART if report.verdict == Verdict.PARTIAL or report.proposals else IN


def _lines(report: Report) -> Iterator[str]:
    for table in report.tables:
        yield _count(table)
        yield from _names(table)
    yield from map(_place, gathered(report.faults))
    yield from map(_place, gathered(report.notices))
    for one in report.proposals:
        yield _(
            "Student %(old)s is now %(new)s, it seems (%(name)s). Nothing was changed for them.",
            old=one.old,
            new=one.new,
            name=one.name,
        )
    for student in report.regrouped:
        yield _regrouped(student)
    yield _outcome(report)


def _count(table: TableCount) -> str:
    return _(
        "%(file)s: %(added)d new, %(changed)d changed, %(gone)d gone, %(unchanged)d unchanged, "
        "%(faulty)d faulty",
        file=table.file,
        added=table.added,
        changed=table.changed,
        gone=table.gone,
        unchanged=table.unchanged,
        faulty=table.faulty,
    )


def _names(table: TableCount) -> Iterator[str]:
    for sign, names in (
        ("+", table.who_came),
        ("~", table.what_changed),
        ("-", table.who_went),
    ):
        for name in names:
            yield f"  {sign} {name}"


def _place(place: ImportFault | Notice) -> str:
    where = f"{place.file}:{place.line}" if place.line else place.file
    column = f" {place.column}" if place.column else ""
    value = f" '{place.value}'" if place.value else ""
    return f"{where}{column}{value}: {place.text}"


def _regrouped(student: Regrouped) -> str:
    if student.apart:
        return _(
            "Student %(number)s (%(name)s): the parents come apart now.",
            number=student.number,
            name=student.name,
        )
    return _(
        "Student %(number)s (%(name)s): the parents come together again.",
        number=student.number,
        name=student.name,
    )


def _outcome(report: Report) -> str:
    if report.verdict == Verdict.REJECTED:
        return _("Refused: nothing was changed. Put the faults right and import again.")
    if report.verdict == Verdict.BLOCKED:
        return _("Stopped: nothing was changed. Look at the faults first.")
    if not report.changes:
        return _("Nothing to change.")
    if not report.applied:
        return _("Nothing was changed: this was a dry run.")
    if report.verdict == Verdict.PARTIAL:
        return _("Imported, without the faulty rows.")
    return _("Imported.")
