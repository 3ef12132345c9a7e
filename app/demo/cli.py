"""The demo school's command line."""

from ipaddress import ip_address

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_migrate import upgrade

from app.core import clock
from app.core.errors import DomainError
from app.demo import service
from app.demo.roles import demo_roles
from app.demo.run import PortTaken, Site, listen
from app.demo.service import SiteState
from app.extensions import db

demo_cli = AppGroup("demo", help="An invented school to look around in.")

STUDENTS = click.option(
    "--students", default=400, show_default=True, type=click.IntRange(56), help="How many."
)


@demo_cli.command("seed")
@STUDENTS
def seed(students: int) -> None:
    """Fill an empty site with an invented school."""
    _refuse_elsewhere()
    _seed(students)


@demo_cli.command("sign-ins")
def sign_ins() -> None:
    """Show who one can be, and how they sign in."""
    _refuse_elsewhere()
    _tell_sign_ins()


@demo_cli.command("run")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine.")
@STUDENTS
def run(port: int, host: str, students: int) -> None:
    """Make the demo school if need be, and serve it until Ctrl-C."""
    _refuse_elsewhere()
    if not _is_loopback(host):
        raise click.ClickException(
            _(
                "The demo opens without passwords, so it serves this machine only."
                " Use --host 127.0.0.1."
            )
        )
    try:
        listener = listen(host, port)
    except PortTaken as error:
        raise click.ClickException(
            _("Port %(port)d is taken. Choose another: make demo PORT=5001", port=port)
        ) from error
    with listener:
        upgrade()
        if service.site_state() is not SiteState.DEMO:
            _seed(students)
        db.session.remove()
        db.engine.dispose()  # the child processes open their own connections
        site = Site(listener, str(db.engine.url.render_as_string(hide_password=False)))
        with site:
            if site.wait_until_ready():
                _tell_address(site.url)
                _tell_sign_ins()
                click.echo(_("Ctrl-C stops it."))
                site.wait()
    if site.fault:
        raise click.ClickException(site.fault)


def _refuse_elsewhere() -> None:
    if not current_app.config["SETTINGS"].demo:
        raise click.ClickException(
            _("This is not the demo. Set TIENMINUTEN_DEMO=1, or use: make demo")
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seed(students: int) -> None:
    click.echo(_("Inventing a school of %(num)d students …", num=students))
    begun = clock.now()
    try:
        made = service.seed(students, now=begun)
    except DomainError as error:
        raise click.ClickException(f"{error.message} make demo-reset") from error
    click.echo(
        _(
            "%(students)d students, %(guardians)d parents, %(teachers)d teachers and"
            " %(talks)d talks in %(seconds)d seconds.",
            students=made.students,
            guardians=made.guardians,
            teachers=made.teachers,
            talks=made.talks,
            seconds=(clock.now() - begun).total_seconds(),
        )
    )


def _tell_address(url: str) -> None:
    click.echo(f"\n  {_('The demo school is at')} {click.style(url, bold=True)}\n")


def _tell_sign_ins() -> None:
    roles = demo_roles()
    width = max(len(role.label) for role in roles)
    click.echo(_("One click on the sign-in page, or:"))
    for role in roles:
        password = f"  {_('password')}: {role.password}" if role.password else ""
        click.echo(f"  {role.label:<{width}}  {role.address}{password}")
