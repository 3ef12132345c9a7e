"""What the first visitors of a process would wait for, done before they come.

A statement is compiled the first time, which takes longer than all else of a page. So those that
modules hold ready are compiled here, and those that a page builds are run once for nobody. Workers
are forked afterwards and inherit all of it, but no connection: each opens its own
(``gunicorn.conf.py``).
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC
from itertools import product

from flask import Flask, g
from sqlalchemy import CompoundSelect, Delete, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from app.bookings.availability import evenings_with_times
from app.bookings.known import load_known
from app.bookings.picture import picture_of
from app.core import clock, compiled
from app.core.access import Actor, Role
from app.core.errors import NotFoundError
from app.core.i18n import LANGUAGES, day_text, long_day_text, moment_text, speak_to_student
from app.core.statements import let_go
from app.core.transaction import transaction
from app.extensions import db
from app.family.cell_markup import TEMPLATES, writer
from app.family.overview import load_overview
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds, load_evenings

_NOBODY = (
    Actor(0, 0, "", frozenset({Role.GUARDIAN}), guardian_id=0),
    Actor(0, 0, "", frozenset({Role.STUDENT}), student_id=0),
)
_KEPT_OPEN = 5  # connections, by SQLAlchemy's pool
_PAGES = ("/sign-in", "/sign-in/link/of-nobody")  # which need no data


def prepare(app: Flask) -> None:
    """Do what can be shared, before workers are forked."""
    configure_mappers()
    with app.app_context():
        _write_times(app)
        with _database():
            with db.engine.connect():  # it tells SQLAlchemy what this database can do
                _write_out()
            _ask_for_nobody(app)
            _remember_rounds()
            for page in _PAGES:
                app.test_client().get(page)
        db.engine.dispose()


def connect(app: Flask, threads: int) -> None:
    """Open the connections of this process: for each thread to look, and one for transactions.

    PostgreSQL plans each statement on each connection: those of the table here, and not when
    somebody waits for it.
    """
    with app.app_context(), _database(), ExitStack() as held:
        for _number in range(min(threads + 1, _KEPT_OPEN)):
            if db.engine.dialect.name == "postgresql":
                with transaction():
                    _ask_for_nobody(app)
                db.session.remove()
            held.enter_context(db.engine.connect())


@contextmanager
def _database() -> Iterator[None]:
    """Leave the connections of this thread; without a database, the first visitors wait as ever."""
    try:
        yield
    except DBAPIError as error:
        logging.getLogger(__name__).warning("nothing to prepare with: %s", type(error.orig))
    finally:
        db.session.remove()
        let_go()


def _write_times(app: Flask) -> None:
    """Write a moment in each language, and each kind of time of a table, for every reader."""
    for language, by_student in product(LANGUAGES, (False, True)):
        with app.test_request_context():
            g.language, g.zone = language, UTC
            if by_student:
                speak_to_student()
            for write in (moment_text, long_day_text, day_text):
                write(clock.now())
            for view, moving in product(TEMPLATES, (False, True)):
                if view == "list" or not moving:
                    writer(view, moving=moving)


def _write_out() -> None:
    """Compile the statements that our modules hold; INSERT waits for its first values."""
    for name, module in list(sys.modules.items()):
        for value in list(vars(module).values()) if name.startswith("app.") else ():
            if isinstance(value, Select | CompoundSelect | Update | Delete):
                compiled.prepare(value)


def _ask_for_nobody(app: Flask) -> None:
    """Run what the table and the first page of a family read."""
    now = clock.now()
    with app.test_request_context():
        for actor in _NOBODY:
            load_overview(actor, now=now)
            with suppress(NotFoundError):
                load_known(actor, 0, 0, now=now, stamp=None)
        load_evenings(0)
        list_rounds()


def _remember_rounds() -> None:
    """Read the times of the rounds that families see, and when their teachers are busy."""
    now = clock.now()
    for round_ in list_rounds():
        if round_.phase(now) in {Phase.ANNOUNCED, Phase.OPEN}:
            evenings = evenings_with_times(round_)
            if evenings:
                picture_of(round_, evenings).now(afresh=True)
