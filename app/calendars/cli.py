"""Test the calendars of all teachers from the command line."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale
from sqlalchemy import select

from app.calendars.checking import check
from app.calendars.teachers import calendars_of
from app.extensions import db
from app.school.models import Person, Teacher
from app.school.reading import NAME


@click.command("calendar-check")
@with_appcontext
def calendar_check() -> None:
    """Say of each teacher with a connected calendar whether it works, and who can mend it.

    Exit code 1 if one does not.
    """
    rows = db.session.execute(
        select(Teacher.id, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.ended_on.is_(None))
        .order_by(Person.sort_key, Teacher.id)
    ).all()
    calendars = calendars_of([row.id for row in rows])
    connected = [row for row in rows if calendars[row.id].is_connected]
    if not connected:
        click.echo("No teacher has a connected calendar.")
    works = True
    for row in connected:
        with force_locale("en"):  # as all commands
            answer = check(row.id, current_app.config["SETTINGS"])
        works = works and answer.works
        click.echo(f"{'ok ' if answer.works else '!! '} {row.name.full}: {answer.sentence}")
    sys.exit(0 if works else 1)
