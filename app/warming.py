"""What the first visitors of a process would wait for, done before they come.

SQLAlchemy writes each statement out the first time, which takes longer than all else of a page. So
the statements that modules hold ready are written out here, and those that a page builds are run
once for nobody. Workers are forked afterwards and inherit all of it, but no connection.
"""

import logging
import sys
from contextlib import suppress
from datetime import UTC
from itertools import product

from flask import Flask, g
from sqlalchemy import BindParameter, CompoundSelect, Delete, Engine, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers
from sqlalchemy.sql import visitors

from app.bookings.known import load_known
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import NotFoundError
from app.core.i18n import LANGUAGES, day_text, long_day_text, moment_text, speak_to_student
from app.core.statements import let_go
from app.extensions import db
from app.family.cell_markup import TEMPLATES, writer
from app.family.overview import load_overview
from app.rounds.queries import list_rounds, load_evenings

_NOBODY = (
    Actor(0, 0, "", frozenset({Role.GUARDIAN}), guardian_id=0),
    Actor(0, 0, "", frozenset({Role.STUDENT}), student_id=0),
)
_PAGES = ("/sign-in", "/sign-in/link/of-nobody")  # which need no data


def prepare(app: Flask) -> None:
    """Do what can be done; without a database, the first visitors wait as ever."""
    configure_mappers()
    with app.app_context():
        _write_times(app)
        try:
            with db.engine.connect():  # it tells SQLAlchemy what this database can do
                _write_out(db.engine)
            _ask_for_nobody(app)
        except DBAPIError as error:
            logging.getLogger(__name__).warning("nothing to prepare with: %s", type(error.orig))
        finally:
            db.session.remove()
            let_go()
            db.engine.dispose()


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


def _write_out(engine: Engine) -> None:
    """Compile the statements that our modules hold into the engine's cache, as executing does.

    INSERT depends on the values that it gets, and waits for the first of these.
    """
    for name, module in list(sys.modules.items()):
        for value in list(vars(module).values()) if name.startswith("app.") else ():
            if isinstance(value, Select | CompoundSelect | Update | Delete):
                parts = visitors.iterate(value)
                wanted = {part.key for part in parts if isinstance(part, BindParameter) and part.required}
                # There is no public way but executing, and an UPDATE is not for trying.
                value._compile_w_cache(  # noqa: SLF001
                    engine.dialect,
                    compiled_cache=engine._compiled_cache,  # noqa: SLF001
                    column_keys=sorted(wanted),
                )


def _ask_for_nobody(app: Flask) -> None:
    """Run what pages of families build themselves, and open pages that anybody may."""
    now = clock.now()
    with app.test_request_context():
        for actor in _NOBODY:
            load_overview(actor, now=now)
            with suppress(NotFoundError):
                load_known(actor, 0, 0, now=now, stamp=None)
        load_evenings(0)
        list_rounds()
    for page in _PAGES:
        app.test_client().get(page)
