"""Write classes, groups, lessons and links in bulk, and map the source's keys to ids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.school.models import Guardian, Guardianship, Lesson
from app.school.models.family import ClosedReason
from app.school.rows import Key, LinkRow

BATCH = 200
"""Keys per statement; SQLite limits the number of values."""

OPEN_RELATIONS = ("vader", "moeder", "voogd", "pleeg")
"""Relations that may see a child by rule; others ask the school. "pleeg" is a prefix."""


def closed_reason(relation: str, *, authority: bool) -> str:
    """Return why a guardian may not see the child by rule, or an empty string."""
    if not authority:
        return ClosedReason.NO_AUTHORITY
    word = relation.strip().casefold()
    return "" if word in OPEN_RELATIONS or word.startswith("pleeg") else ClosedReason.RELATIVE


def ids_of(table: Any, source: str) -> dict[str, int]:
    """Return the ids of a table's rows by the source's key."""
    rows = db.session.execute(select(table.source_id, table.id).where(table.source == source))
    return dict(rows.all())


def write_rows(
    table: Any, known: Mapping[Any, int], values: Mapping[Any, Mapping[str, Any]]
) -> None:
    """Insert rows, or update those whose key is known with its id."""
    if new := [row for key, row in values.items() if key not in known]:
        db.session.execute(insert(table), new)
    if old := [{"id": known[key], **row} for key, row in values.items() if key in known]:
        db.session.execute(update(table), old)


def write_keyed(table: Any, source: str, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Insert or update rows that have a source key."""
    rows = {key: {"source": source, "source_id": key, **row} for key, row in values.items()}
    write_rows(table, ids_of(table, source), rows)


def write_pairs(
    first: InstrumentedAttribute[int],
    second: InstrumentedAttribute[int],
    new: Collection[tuple[int, int]],
    gone: Collection[tuple[int, int]],
) -> None:
    """Insert and delete rows of a table whose key is a pair of ids."""
    if new:
        db.session.execute(insert(first.class_), [{first.key: a, second.key: b} for a, b in new])
    _delete(first.class_, tuple_(first, second), list(gone))


def _delete(table: Any, column: Any, keys: Sequence[Any]) -> None:
    for start in range(0, len(keys), BATCH):
        db.session.execute(
            delete(table)
            .where(column.in_(keys[start : start + BATCH]))
            .execution_options(synchronize_session=False)
        )


def write_links(
    rows: Iterable[LinkRow], students: Mapping[str, int], guardians: Mapping[str, int]
) -> None:
    """Write guardianships; what the school closed or opened by hand stays as it is."""
    known, same = _guardianships(), _same_as()
    values = {}
    for row in rows:
        student_id, in_source = students[row.student], guardians[row.guardian]
        guardian_id = same.get(in_source, in_source)
        _id, reason = known.get((student_id, guardian_id), (0, ""))
        values[student_id, guardian_id] = {
            "student_id": student_id,
            "guardian_id": guardian_id,
            "via_id": None if guardian_id == in_source else in_source,
            "relation": row.relation,
            "legal_authority": row.authority,
            "said_apart": row.apart,
            "closed_reason": reason
            if reason == ClosedReason.SCHOOL
            else closed_reason(row.relation, authority=row.authority),
            "ended_at": None,
        }
    write_rows(Guardianship, {pair: id_ for pair, (id_, _reason) in known.items()}, values)


def end_links(
    keys: Iterable[LinkRow],
    students: Mapping[str, int],
    guardians: Mapping[str, int],
    now: datetime,
) -> None:
    """End guardianships that are no longer in the source."""
    known, same = _guardianships(), _same_as()
    pairs = [(students[row.student], guardians[row.guardian]) for row in keys]
    ended = [
        {"id": known[student_id, same.get(guardian_id, guardian_id)][0], "ended_at": now}
        for student_id, guardian_id in pairs
    ]
    if ended:
        db.session.execute(update(Guardianship), ended)


def _guardianships() -> dict[tuple[int, int], tuple[int, str]]:
    table = Guardianship
    return {
        (student_id, guardian_id): (id_, reason)
        for id_, student_id, guardian_id, reason in db.session.execute(
            select(table.id, table.student_id, table.guardian_id, table.closed_reason)
        )
    }


def _same_as() -> dict[int, int]:
    """Return merged guardians, with the guardian each was merged into."""
    rows = db.session.execute(
        select(Guardian.id, Guardian.same_as_id).where(Guardian.same_as_id.is_not(None))
    )
    return {id_: same_as_id for id_, same_as_id in rows if same_as_id is not None}


def write_lessons(
    source: str, values: Mapping[Key, Mapping[str, Any]], gone: Iterable[Key]
) -> None:
    """Write lessons and delete those that are gone, identified by key, teacher and week."""
    rows = db.session.execute(
        select(Lesson.id, Lesson.source_id, Lesson.teacher_id, Lesson.from_week).where(
            Lesson.source == source
        )
    )
    known: dict[Key, int] = {
        (key, str(teacher_id), week): id_ for id_, key, teacher_id, week in rows
    }
    _delete(Lesson, Lesson.id, [known[key] for key in gone])
    write_rows(Lesson, known, values)
