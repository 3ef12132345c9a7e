"""Statements compiled once, for the transactions of the first minutes.

For each execution SQLAlchemy looks up the SQL of a statement and prepares its values anew, which
takes longer than the statement itself. Here that is done once for each number of values.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Dialect,
    Select,
    SelectBase,
    UpdateBase,
    bindparam,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors

from app.core.database import Base
from app.core.outages import spoils_connection
from app.core.statements import insert_of, on_own_connection
from app.extensions import db

Insert = PostgresqlInsert | SqliteInsert
Statement = SelectBase | UpdateBase
Rows = Sequence[Any]  # named tuples, or tuples of what INSERT and UPDATE return
BLOCK = 100  # rows of one statement; databases limit its values
_LIST = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class _Compiled:
    """The SQL of a statement, and how the driver gets its values."""

    sql: str
    names: Sequence[str] | None  # in the order of the SQL; None if the driver takes a dict
    constants: Mapping[str, Any]  # values that stand in the statement itself
    converters: Mapping[str, Callable[[Any], Any]]  # of values that the driver does not know
    readers: Sequence[Callable[[Any], Any]]  # of each column; empty if it knows all of them
    record: Callable[[Iterable[Any]], Any]  # makes a named tuple of a row

    def values(self, given: Mapping[str, Any]) -> Any:
        """Return these values as the driver takes them."""
        values = {**self.constants, **given}
        for name, convert in self.converters.items():
            values[name] = convert(values[name])
        return values if self.names is None else tuple([values[name] for name in self.names])

    def read(self, rows: Rows) -> Rows:
        """Return the driver's rows with values as their columns say."""
        record, readers = self.record, self.readers
        if not readers:
            return [record(row) for row in rows]
        return [record(it(value) for it, value in zip(readers, row, strict=True)) for row in rows]


def execute(statement: Statement, **values: Any) -> Rows:
    """Execute a statement in the service function's transaction; return its rows, if it has any.

    A list fills an expanding parameter.
    """
    compiled, given = _for(statement, values, db.engine.dialect)
    return _execute(compiled, db.session.info["connection"], given)


def read(statement: Statement, **values: Any) -> Rows:
    """Read within the service function's transaction, or outside of any."""
    return (execute if "connection" in db.session.info else look)(statement, **values)


def look(statement: Statement, **values: Any) -> Rows:
    """Read like ``execute``, outside of any transaction, as everything committed before is now."""
    compiled, given = _for(statement, values, db.engine.dialect)
    return on_own_connection(lambda connection: _execute(compiled, connection, given))


def _for(
    statement: Statement, values: dict[str, Any], dialect: Dialect
) -> tuple[_Compiled, dict[str, Any]]:
    """Return a statement for values of these sizes, and the values with a name for each."""
    given: dict[str, Any] = {}
    sizes = []
    for name, value in values.items():
        if isinstance(value, _LIST):
            listed = _filled_up(list(value))
            sizes.append((name, len(listed)))
            given.update((f"{name}_{number}", one) for number, one in enumerate(listed, start=1))
        else:
            given[name] = value
    return _compiled(statement, tuple(sorted(sizes)), dialect), given


def _filled_up(listed: list[Any]) -> list[Any]:
    """Return a list with its last value repeated, so that there are few lengths to compile for."""
    return listed + listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed))


def _execute(compiled: _Compiled, connection: Connection, given: Mapping[str, Any]) -> Rows:
    driver: Any = connection.connection.dbapi_connection
    dialect: Any = connection.dialect
    try:
        return compiled.read(_send(driver, compiled.sql, compiled.values(given)))
    except dialect.dbapi.Error as error:
        is_broken = dialect.is_disconnect(error, driver, None) or spoils_connection(error)
        if is_broken:
            connection.invalidate(error)
        raise DBAPIError.instance(
            compiled.sql,
            None,
            error,
            dialect.dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_broken,
            dialect=dialect,
        ) from error


def _send(driver: Any, sql: str, values: Any) -> Rows:
    cursor = driver.execute(sql, values)
    rows: Rows = cursor.fetchall() if cursor.description else ()
    return rows


def prepare(statement: Statement) -> None:
    """Compile a statement for lists of any few values, before somebody waits for it."""
    binds = [bind for bind in visitors.iterate(statement) if isinstance(bind, BindParameter)]
    lists = {bind.key for bind in binds if bind.expanding and bind.required}
    for lengths in product((0, 1, 2, 4), repeat=len(lists)):
        sizes = zip(sorted(lists), lengths, strict=True)
        _compiled(statement, tuple(sizes), db.engine.dialect)


def insert(
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    finish: Callable[[Insert], Statement] = lambda insert: insert,
) -> Rows:
    """Insert rows that name the same columns; ``finish`` adds a clause, such as RETURNING."""
    connection = db.session.info["connection"]
    found: list[Any] = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        made = _insert(table, tuple(block[0]), len(block), finish, connection.dialect)
        values = {f"{name}_{number}": row[name] for number, row in enumerate(block) for name in row}
        found += _execute(made, connection, values)
    return found


@lru_cache(maxsize=256)
def _insert(
    table: type[Base],
    names: Sequence[str],
    count: int,
    finish: Callable[[Insert], Statement],
    dialect: Dialect,
) -> _Compiled:
    columns = table.__table__.columns
    usual = {
        column.name: column.default.arg
        for column in columns
        if column.default is not None and column.default.is_scalar and column.name not in names
    }
    each = [
        usual | {name: bindparam(f"{name}_{number}", type_=columns[name].type) for name in names}
        for number in range(count)
    ]
    return _compiled(finish(insert_of(table, dialect.name).values(each)), (), dialect)


@lru_cache(maxsize=2048)
def _compiled(
    statement: Statement, sizes: Sequence[tuple[str, int]], dialect: Dialect
) -> _Compiled:
    lists = dict(sizes)
    asked = {f"{name}_{number}" for name, size in sizes for number in range(1, size + 1)}

    def fill(bind: BindParameter[Any]) -> None:
        if bind.required:
            asked.add(bind.key)
        bind.required = False
        if bind.key in lists:
            bind.value = [None] * lists[bind.key]

    copy = visitors.cloned_traverse(statement, {}, {"bindparam": fill})
    made = copy.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    converters = {
        name: convert
        for bind, name in made.bind_names.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        and not bind.expanding
    }
    columns = statement.selected_columns if isinstance(statement, Select) else None
    readers = [
        it.type.dialect_impl(dialect).result_processor(dialect, None) for it in columns or ()
    ]
    return _Compiled(
        str(made),
        made.positiontup,
        {name: value for name, value in made.params.items() if name not in asked},
        converters,
        [reader or _as_it_is for reader in readers] if any(readers) else (),
        _record(columns.keys()) if columns else tuple,
    )


def _record(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    of_names: Any = namedtuple  # noqa: PYI024  (the fields are not known here)
    make: Callable[[Iterable[Any]], Any] = of_names("Record", names, rename=True)._make
    return make


def _as_it_is(value: Any) -> Any:
    return value
