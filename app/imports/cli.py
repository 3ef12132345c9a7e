"""The imports command line."""

from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.core import clock
from app.imports import service
from app.imports.faults import ImportFault, Notice
from app.imports.report import Report, TableCount, Verdict
from app.school.names import full_name
from app.school.rows import StudentRow

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
@click.option("--allow-removal", is_flag=True, help="Many students are really gone.")
def run(folder: Path, encoding: str, *, dry_run: bool, allow_removal: bool) -> None:
    """Import the CSV files in FOLDER. Ends with 2 when they are refused."""
    report = service.run(
        folder,
        now=clock.now(),
        dry_run=dry_run,
        encoding=encoding,
        allow_removal=allow_removal,
    )
    for table in report.tables:
        click.echo(_count(table))
    for fault in report.faults:
        click.echo(_place(fault))
    for notice in report.notices:
        click.echo(_place(notice))
    for one in report.proposals:
        click.echo(
            _(
                "Student %(old)s is now %(new)s, it seems (%(name)s). Nothing was changed for them.",
                old=one.old,
                new=one.new,
                name=one.name,
            )
        )
    for student in report.regrouped:
        click.echo(_regrouped(student))
    click.echo(_outcome(report))
    if report.verdict in {Verdict.REJECTED, Verdict.BLOCKED}:
        raise SystemExit(2)


def _count(table: TableCount) -> str:
    text: str = _(
        "%(file)s: %(added)d new, %(changed)d changed, %(gone)d gone, %(unchanged)d unchanged, "
        "%(faulty)d faulty",
        file=table.file,
        added=table.added,
        changed=table.changed,
        gone=table.gone,
        unchanged=table.unchanged,
        faulty=table.faulty,
    )
    return text


def _place(place: ImportFault | Notice) -> str:
    where = f"{place.file}:{place.line}" if place.line else place.file
    column = f" {place.column}" if place.column else ""
    value = f" '{place.value}'" if place.value else ""
    return f"{where}{column}{value}: {place.text}"


def _regrouped(student: StudentRow) -> str:
    name = full_name(student.given_name, student.prefix, student.family_name)
    text: str = (
        _(
            "Student %(number)s (%(name)s): the parents come apart now.",
            number=student.key,
            name=name,
        )
        if student.apart
        else _(
            "Student %(number)s (%(name)s): the parents come together again.",
            number=student.key,
            name=name,
        )
    )
    return text


def _outcome(report: Report) -> str:
    text: str
    if report.verdict == Verdict.REJECTED:
        text = _("Refused: nothing was changed. Put the faults right and import again.")
    elif report.verdict == Verdict.BLOCKED:
        text = _("Stopped: nothing was changed. Look at the faults first.")
    elif not report.changes:
        text = _("Nothing to change.")
    elif not report.applied:
        text = _("Nothing was changed: this was a dry run.")
    elif report.verdict == Verdict.PARTIAL:
        text = _("Imported, without the faulty rows.")
    else:
        text = _("Imported.")
    return text
