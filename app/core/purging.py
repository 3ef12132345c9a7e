"""What a purge is made of: counted deletions, and until when a school year is kept."""

from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Delete, Update

from app.extensions import db

SCHOOL_YEAR_ENDS = (7, 31)
KEPT_UNTIL = (10, 31)  # three months after the school year


def gone_by(today: date) -> date:
    """Return the last day of which names are no longer kept: the end of a school year.

    A school year ends on 31 July; what is of it stays for three months more.
    """
    year = today.year if (today.month, today.day) > KEPT_UNTIL else today.year - 1
    return date(year, *SCHOOL_YEAR_ENDS)


def counted(statement: Delete | Update) -> int:
    """Execute a deletion or change and return how many rows it met."""
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    met: CursorResult[Any] = result
    return met.rowcount
