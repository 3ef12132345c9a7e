"""Test the calendars of all teachers from the command line."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale

from app.calendars.checking import check
from app.calendars.teachers import calendars_of, teachers_by_name


@click.command("calendar-check")
@with_appcontext
def calendar_check() -> None:
    """Say of each teacher with a connected calendar whether it works, and who can mend it.

    Exit code 1 if one does not.
    """
    teachers = teachers_by_name()
    calendars = calendars_of([id_ for id_, _name in teachers])
    connected = [(id_, name) for id_, name in teachers if calendars[id_].is_connected]
    if not connected:
        click.echo("No teacher has a connected calendar.")
    works = True
    for id_, name in connected:
        with force_locale("en"):  # as all commands
            answer = check(id_, current_app.config["SETTINGS"])
        works = works and answer.works
        click.echo(f"{'ok ' if answer.works else '!! '} {name.full}: {answer.sentence}")
    sys.exit(0 if works else 1)
