"""The school's settings from the shell."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.core import clock
from app.core.transaction import transaction
from app.settings import service
from app.settings.queries import load_school
from app.settings.service import BadSetting, SchoolSpec

school_cli = AppGroup("school", help="Show and set how the school presents itself.")


@school_cli.command("show")
def show() -> None:
    """Show the school's settings."""
    for name, value in asdict(_present()).items():
        click.echo(f"{name:18} {value}")


@school_cli.command("set")
@click.option("--name", help="The school's name, on every page.")
@click.option("--accent", help="The school's colour, as #0f5c5c.")
@click.option("--time-zone", help="Such as Europe/Amsterdam or Europe/Brussels.")
@click.option("--contact-name", help="Whom families may ask for help.")
@click.option("--contact-mail", help="The mail address for help.")
@click.option("--contact-phone", help="The phone number for help.")
@click.option("--je/--u", "students_read_je", default=None, help="How students are spoken to.")
@click.option(
    "--invite-teachers/--no-invite-teachers",
    "invites_teachers",
    default=None,
    help="Whether teachers get each talk as an invitation by mail, for their calendar.",
)
@click.option(
    "--frame-origin",
    "frame_origins",
    multiple=True,
    help="A site that may show a teacher's own list, as https://school.smartschool.be; may be "
    "repeated, replaces all; '' for none.",
)
@click.option(
    "--logo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A PNG, JPEG or WebP picture.",
)
def set_(logo: Path | None, frame_origins: tuple[str, ...], **values: str | bool | None) -> None:
    """Set the given values; everything else stays as it is."""
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if frame_origins:
        given["frame_origins"] = tuple(origin for origin in frame_origins if origin)
    try:
        with transaction():
            service.save_school(replace(_present(), **given), None, now=clock.now())
            if logo is not None:
                service.save_logo(logo.read_bytes(), None, now=clock.now())
    except BadSetting as fault:
        raise click.ClickException(f"--{fault.field.replace('_', '-')}: {fault.message}") from fault
    click.echo(_("Saved."))


def _present() -> SchoolSpec:
    school = load_school()
    return SchoolSpec(
        school.name,
        school.accent,
        school.zone.key,
        school.contact_name,
        school.contact_mail,
        school.contact_phone,
        school.students_read_je,
        school.invites_teachers,
        school.frame_origins,
    )
