"""A look at the database over the thread's own connection."""

import pytest
from sqlalchemy import func, select, text

from app.core import compiled
from app.core.statements import look
from app.extensions import db

_PID = text("SELECT pg_backend_pid()")
_COMPILED_PID = select(func.pg_backend_pid())


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("pid", [lambda: look(_PID), lambda: compiled.look(_COMPILED_PID)])
def test_a_connection_that_broke_is_replaced(own_app, pid):
    with own_app.app_context():
        ((before,),) = pid()
        assert pid() == [(before,)]
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
        assert pid() != [(before,)]


def test_it_sees_what_others_have_committed_each_time(own_app):
    """It keeps no transaction open, in which the rows would stay as they were."""
    number = text("SELECT number FROM versions")
    with own_app.app_context():
        before = look(number)[0][0]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE versions SET number = number + 1"))
        assert look(number)[0][0] == before + 1
