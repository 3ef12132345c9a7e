"""What a row of the source consists of."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column


class FromSource:
    """A mixin for rows that a source names by ``source_id``; the pair is unique."""

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """Return the unique key of the source."""
        return (UniqueConstraint("source", "source_id"),)
