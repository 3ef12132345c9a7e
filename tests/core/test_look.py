"""A look at the database over the thread's own connection."""

import pytest
from sqlalchemy import text

from app.core.statements import look
from app.extensions import db

_PID = text("SELECT pg_backend_pid()")


@pytest.mark.only_on("postgresql")
def test_a_connection_that_broke_is_replaced(own_app):
    with own_app.app_context():
        before = look(_PID)[0][0]
        assert look(_PID)[0][0] == before
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
        assert look(_PID)[0][0] != before


def test_it_sees_what_others_have_committed_each_time(own_app):
    """It keeps no transaction open, in which the rows would stay as they were."""
    number = text("SELECT number FROM versions")
    with own_app.app_context():
        before = look(number)[0][0]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE versions SET number = number + 1"))
        assert look(number)[0][0] == before + 1
