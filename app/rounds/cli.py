"""The rounds command line."""

from collections import defaultdict
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import clock, i18n
from app.core.errors import DomainError, NotFoundError
from app.rounds import queries, service
from app.rounds.models import RoundState
from app.rounds.names import Labels, load_labels, load_names
from app.rounds.offers import NoOffer, NoOfferReason
from app.rounds.round_file import BadFile, read_round
from app.rounds.service import OfferReport

rounds_cli = AppGroup("rounds", help="Make rounds of talks, publish them and keep them up to date.")

NAMED_AT_MOST = 5


@rounds_cli.command("create")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def create(file: Path) -> None:
    """Make the round that FILE describes (see docs/rounds-toml.md)."""
    try:
        spec = read_round(file.read_bytes(), load_names())
    except BadFile as error:
        lines = [_("Nothing was made, because of this in %(file)s:", file=file), *error.args]
        raise click.ClickException("\n  ".join(lines)) from error
    report = service.create_round(spec, None, now=clock.now())
    info = queries.load_round(report.round_id)
    click.echo(
        ngettext(
            'Round %(id)d, "%(name)s" on %(days)s: %(num)d talk option.',
            'Round %(id)d, "%(name)s" on %(days)s: %(num)d talk options.',
            report.offered,
            id=info.id,
            name=info.name,
            days=", ".join(map(i18n.day_text, info.days)),
        )
    )
    _tell_doubts(report)
    if info.state == RoundState.DRAFT:
        click.echo(
            _(
                "Families do not see it yet: flask rounds state %(id)d %(state)s",
                id=info.id,
                state=RoundState.PUBLISHED,
            )
        )


@rounds_cli.command("list")
def list_() -> None:
    """Show all rounds, the latest first."""
    now = clock.now()
    for info in queries.list_rounds():
        days = ", ".join(map(i18n.day_text, info.days))
        click.echo(f"{info.id:>4}  {info.phase(now):<9}  {info.name}  ({days})")


@rounds_cli.command("refresh")
@click.argument("round_id", type=int)
def refresh(round_id: int) -> None:
    """Bring the talk options of ROUND_ID in line with the school's data."""
    try:
        report = service.refresh_offers(round_id, None, now=clock.now())
    except NotFoundError as error:
        raise _no_such_round(round_id) from error
    click.echo(
        _(
            "Talk options: %(offers)d. New: %(added)d. Withdrawn: %(withdrawn)d.",
            offers=report.offered,
            added=report.added,
            withdrawn=report.withdrawn,
        )
    )
    _tell_doubts(report)


@rounds_cli.command("state")
@click.argument("round_id", type=int)
@click.argument("state", type=click.Choice([state.value for state in RoundState]))
def state_(round_id: int, state: str) -> None:
    """Bring ROUND_ID to STATE."""
    try:
        service.set_state(round_id, RoundState(state), None, now=clock.now())
    except NotFoundError as error:
        raise _no_such_round(round_id) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error


def _no_such_round(round_id: int) -> click.ClickException:
    return click.ClickException(_("There is no round %(id)d. See: flask rounds list", id=round_id))


def _tell_doubts(report: OfferReport) -> None:
    """Print the talks that cannot be offered, with the reason, and what somebody should check."""
    labels = load_labels()
    by_cause: dict[tuple[NoOfferReason, str], list[NoOffer]] = defaultdict(list)
    for missing in report.missing:
        by_cause[missing.reason, missing.subject_code].append(missing)
    for (reason, subject), students in sorted(by_cause.items()):
        click.echo(_cause(reason, subject, len(students)) + _numbers(students, labels))
    for group in report.doubtful:
        codes = [labels.teachers[teacher_id] for teacher_id in group.teacher_ids]
        click.echo(
            _(
                "%(group)s: its lessons have several teachers; offered is %(codes)s.",
                group=labels.groups[group.group_id],
                codes=" + ".join(codes),
            )
        )


def _cause(reason: NoOfferReason, subject: str, count: int) -> str:
    if reason is NoOfferReason.NO_GROUP:
        return ngettext(
            "%(subject)s: no talk option for %(num)d student who is in no group",
            "%(subject)s: no talk option for %(num)d students who are in no group",
            count,
            subject=subject,
        )
    return ngettext(
        "%(subject)s: no talk option for %(num)d student whose group had no teacher that week",
        "%(subject)s: no talk option for %(num)d students whose group had no teacher that week",
        count,
        subject=subject,
    )


def _numbers(students: list[NoOffer], labels: Labels) -> str:
    numbers = sorted(labels.students[missing.student_id] for missing in students)
    more = ", …" if len(numbers) > NAMED_AT_MOST else ""
    return f" ({', '.join(numbers[:NAMED_AT_MOST])}{more})"
