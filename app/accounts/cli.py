"""Accounts from the shell: who is of the office, and help for users who are locked out."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.accounts import credentials, staff
from app.core import clock
from app.core.access import Role
from app.core.errors import DomainError
from app.mail.message import page_url

accounts_cli = AppGroup("accounts", help="Make accounts, and set passwords.")


@accounts_cli.command("create-admin")
@click.option("--mail", required=True, help="The mail address.")
@click.option("--name", required=True, help="The name, in full.")
def create_admin(mail: str, name: str) -> None:
    """Create an administrator and print the URL to choose a password, which works once."""
    _create(Role.ADMINISTRATOR, mail, name)


@accounts_cli.command("create-scheduler")
@click.option("--mail", required=True, help="The mail address.")
@click.option("--name", required=True, help="The name, in full.")
def create_scheduler(mail: str, name: str) -> None:
    """Create a scheduler and print the URL to choose a password, which works once."""
    _create(Role.SCHEDULER, mail, name)


def _create(role: Role, mail: str, name: str) -> None:
    try:
        account_id = staff.create_office(role, mail, name, now=clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    token = credentials.new_password_token(account_id, "invitation", now=clock.now())
    click.echo("Choose the password here, within 14 days. The address works once:")
    click.echo(page_url("accounts.choose_password", token=token))


@accounts_cli.command("remove-admin")
@click.argument("mail")
def remove_admin(mail: str) -> None:
    """Take the role of administrator from whoever has this mail address, and sign them out."""
    _remove(Role.ADMINISTRATOR, mail)


@accounts_cli.command("remove-scheduler")
@click.argument("mail")
def remove_scheduler(mail: str) -> None:
    """Take the role of scheduler from whoever has this mail address, and sign them out."""
    _remove(Role.SCHEDULER, mail)


def _remove(role: Role, mail: str) -> None:
    try:
        names = staff.remove_office(role, mail, now=clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    for name in names:
        click.echo(_("%(name)s does not have this role any more and is signed out.", name=name))
    if not names:
        click.echo(_("Nobody with this mail address has this role."))


@accounts_cli.command("list-office")
def list_office() -> None:
    """Show who is administrator or scheduler."""
    for one in staff.list_office():
        line = f"{one.name} <{one.email}>: {', '.join(one.roles)}"
        click.echo(_("%(line)s (has left)", line=line) if one.has_left else line)


@accounts_cli.command("set-password")
@click.argument("mail")
@click.password_option(prompt="New password")
def set_password(mail: str, password: str) -> None:
    """Set the password of the account with this mail address."""
    try:
        account_id = staff.account_at(mail, now=clock.now())
        credentials.set_password(account_id, password, now=clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo("The password is set; all sessions of this account have ended.")


@accounts_cli.command("invite")
@click.argument("mail")
def invite(mail: str) -> None:
    """Mail a member of staff a link to choose a password, valid for 14 days."""
    try:
        credentials.invite(staff.account_at(mail, now=clock.now()), now=clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo("The invitation is on its way.")
