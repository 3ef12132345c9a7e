"""The tables of runs of the import, and of what stopped them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ImportRun(Base):
    """An import that was applied or refused; ``report`` is what it said, with names.

    Mail addresses are left out of the report; what stopped the run stands in ImportStop.
    """

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    source: Mapped[str]
    applied: Mapped[bool]
    report: Mapped[dict[str, Any]] = mapped_column(JSON)


class ImportStop(Base):
    """A loss for which a run stopped; with ``agreed_at``, a later run may do just that.

    ``keys`` are those of the rows, as text, with a sum of what a column would say: a yes holds for
    these and no others.
    """

    __tablename__ = "import_stops"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)
    table_name: Mapped[str]
    column_name: Mapped[str]  # empty: rows
    is_new: Mapped[bool]  # too many faulty rows in a table of which nothing is stored
    keys: Mapped[list[str]] = mapped_column(JSON)
    names: Mapped[list[str]] = mapped_column(JSON)
    present: Mapped[int]
    agreed_at: Mapped[datetime | None]
