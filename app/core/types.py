"""Column types that behave the same on both databases."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from app.core.text import lines, one_line


class UtcDateTime(TypeDecorator[datetime]):
    """A UTC datetime; refuses naive values, because SQLite would drop the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC for storage."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class OneLine(TypeDecorator[str]):
    """A text of one line, which is what a str column is: whoever saves it, it can be in a header."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean for storage."""
        return one_line(value) if value else value


class SeveralLines(TypeDecorator[str]):
    """A text that may have several lines."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean for storage."""
        return lines(value) if value else value
