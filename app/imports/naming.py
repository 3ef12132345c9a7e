"""Name the rows of an import, and what changed in them, for people to read. Pure functions."""

from datetime import date

from app.imports.guard import PERSONAL
from app.imports.tables import BY_ROW
from app.school.names import full_name
from app.school.rows import (
    EnrolmentRow,
    GuardianRow,
    Key,
    LessonRow,
    LinkRow,
    MemberRow,
    PersonRow,
    Rows,
    SchoolRow,
    StudentRow,
)


class Namer:
    """Words for rows, with the names of the people to whom they refer."""

    def __init__(self, before: Rows, incoming: Rows) -> None:
        self._people: dict[type[SchoolRow], dict[Key, str]] = {
            table: {
                key: full_name(row.given_name, row.prefix, row.family_name)
                for rows in (before, incoming)
                for key, row in rows.get(table, {}).items()
                if isinstance(row, PersonRow)
            }
            for table in (StudentRow, GuardianRow)
        }

    def name(self, row: SchoolRow) -> str:
        """Return who or what a row is: "Noor Jansen (ouder00001)", "Sam Jansen: A.h2a.ne"."""
        match row:
            case PersonRow():
                return f"{full_name(row.given_name, row.prefix, row.family_name)} ({row.key})"
            case LinkRow():
                return (
                    f"{self._of(GuardianRow, row.guardian)} – {self._of(StudentRow, row.student)}"
                )
            case EnrolmentRow():
                return f"{self._of(StudentRow, row.student)}: {row.subject}"
            case MemberRow():
                return f"{self._of(StudentRow, row.student)}: {row.group}"
            case LessonRow():
                return f"{row.group}: {row.teacher} ({row.from_week} – {row.to_week})"
        name = str(getattr(row, "name", getattr(row, "code", "")))
        return name if name == row.key else f"{name} ({row.key})"

    def change(self, row: SchoolRow, old: SchoolRow | None) -> str:
        """Return a changed row with its columns: "Sam Jansen (1): stamklas h2a → h2b, email".

        Mail addresses and birth dates are not written out: a report is kept.
        """
        parts = []
        for column in BY_ROW[type(row)].columns:
            if column.field and old is not None:
                was, now = getattr(old, column.field), getattr(row, column.field)
                if was != now and column.field in PERSONAL:
                    parts.append(column.name)
                elif was != now:
                    parts.append(f"{column.name} {_text(was)} → {_text(now)}")
        return f"{self.name(row)}: {', '.join(parts)}" if parts else self.name(row)

    def _of(self, table: type[SchoolRow], key: str) -> str:
        return self._people[table].get(key) or key


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "J" if value else "N"
    if value is None or value == "":
        return "–"
    return value.isoformat() if isinstance(value, date) else str(value)
