"""Helpers for retention: counted deletions, and how long a school year is kept."""

from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Delete, Update

from app.extensions import db

SCHOOL_YEAR_ENDS = (7, 31)
KEPT_UNTIL = (10, 31)  # three months after the school year


def gone_by(today: date) -> date:
    """Return the last day whose data is no longer kept: the end of a school year.

    A school year ends on 31 July, and its data is kept for three more months.
    """
    year = today.year if (today.month, today.day) > KEPT_UNTIL else today.year - 1
    return date(year, *SCHOOL_YEAR_ENDS)


def counted(statement: Delete | Update) -> int:
    """Execute a deletion or update and return the number of rows."""
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    met: CursorResult[Any] = result
    return met.rowcount
