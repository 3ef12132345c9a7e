"""What a table of an import is: its columns, and the other tables to which it refers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from app.imports.cells import Cells
from app.school.rows import SchoolRow


@dataclass(frozen=True)
class Reference:
    """A column that refers to a row of another table, and our row's field for it.

    ``whole_row``: without the referenced row this row is meaningless and is left out.
    """

    column: str
    field: str
    table: type[SchoolRow]
    whole_row: bool = True


@dataclass(frozen=True)
class ImportColumn:
    """A column and our row's field for it; ``field`` is empty if no field comes from it alone.

    ``keeps``: an empty cell leaves what is stored, because a guess in either direction would show a
    child to the wrong person, or greet somebody wrongly.
    """

    name: str
    field: str = ""
    needed: bool = False
    keeps: bool = False


@dataclass(frozen=True)
class ImportTable:
    """A file: its key, its other columns, and its references."""

    name: str
    row: type[SchoolRow]
    read: Callable[[Cells], SchoolRow]
    key: tuple[str, ...]
    columns: tuple[ImportColumn, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which the file cannot be read."""
        return (*self.key, *(column.name for column in self.columns if column.needed))

    @property
    def optional(self) -> tuple[str, ...]:
        """The columns that may be absent."""
        return tuple(column.name for column in self.columns if not column.needed)

    def always_untold(self, names: Collection[str]) -> frozenset[str] | None:
        """Return what ``untold`` says of every row under this header; None if rows differ."""
        if any(column.keeps and column.name in names for column in self.columns):
            return None
        return self.untold(dict.fromkeys(names, ""))

    def untold(self, values: Mapping[str, str]) -> frozenset[str]:
        """Return the fields about which a row says nothing, so that what is stored stays."""
        return frozenset(
            column.field
            for column in self.columns
            if column.field
            and (column.name not in values or (column.keeps and not values[column.name].strip()))
        )
