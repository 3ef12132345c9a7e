"""Statements compiled once, for the transactions of the first minutes.

For each execution SQLAlchemy looks up the SQL of a statement and prepares its values anew, which
takes longer than the statement itself. Here that is done once for each number of values. What comes
back are the driver's own values: return numbers and texts alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Dialect, Row, SelectBase, UpdateBase, bindparam
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.sql import visitors

from app.core.database import Base
from app.core.statements import insert_of
from app.extensions import db

Insert = PostgresqlInsert | SqliteInsert
Statement = SelectBase | UpdateBase
Rows = Sequence[Row[*tuple[Any, ...]]]
BLOCK = 100  # rows of one statement; databases limit its values
_LIST = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class _Compiled:
    """The SQL of a statement, and how the driver gets its values."""

    sql: str
    names: Sequence[str] | None  # in the order of the SQL; None if the driver takes a dict
    constants: Mapping[str, Any]  # values that stand in the statement itself
    converters: Mapping[str, Callable[[Any], Any]]  # of values that the driver does not know


def execute(statement: Statement, **values: Any) -> Rows:
    """Execute a statement in the service function's transaction; return its rows, if it has any.

    A list fills an expanding parameter.
    """
    sizes = []
    for name in [name for name, value in values.items() if isinstance(value, _LIST)]:
        listed = values.pop(name)
        sizes.append((name, len(listed)))
        values.update((f"{name}_{number}", value) for number, value in enumerate(listed, start=1))
    return _execute(_compiled(statement, tuple(sizes), _dialect()), values)


def insert(
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    finish: Callable[[Insert], Statement] = lambda insert: insert,
) -> Rows:
    """Insert rows that name the same columns; ``finish`` adds a clause, such as RETURNING."""
    found: list[Row[*tuple[Any, ...]]] = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        statement = _insert(table, tuple(block[0]), len(block), finish, _dialect().name)
        values = {f"{name}_{number}": row[name] for number, row in enumerate(block) for name in row}
        found += _execute(_compiled(statement, (), _dialect()), values)
    return found


@lru_cache(maxsize=256)
def _insert(
    table: type[Base],
    names: Sequence[str],
    count: int,
    finish: Callable[[Insert], Statement],
    dialect: str,
) -> Statement:
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
    return finish(insert_of(table, dialect).values(each))


def _execute(compiled: _Compiled, given: Mapping[str, Any]) -> Rows:
    values = {**compiled.constants, **given}
    for name, convert in compiled.converters.items():
        values[name] = convert(values[name])
    found = db.session.info["connection"].exec_driver_sql(
        compiled.sql, values if compiled.names is None else tuple(map(values.get, compiled.names))
    )
    return found.all() if found.returns_rows else ()


def _dialect() -> Dialect:
    return db.engine.dialect


@lru_cache(maxsize=512)
def _compiled(
    statement: Statement, sizes: Sequence[tuple[str, int]], dialect: Dialect
) -> _Compiled:
    lists = dict(sizes)

    def fill(bind: BindParameter[Any]) -> None:
        bind.required = False
        if bind.key in lists:
            bind.value = [None] * lists[bind.key]

    copy = visitors.cloned_traverse(statement, {}, {"bindparam": fill})
    made = copy.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    converters = {
        name: convert
        for name, bind in made.binds.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        and not bind.expanding
    }
    return _Compiled(str(made), made.positiontup, made.params, converters)
