"""Writing classes, groups, lessons and links in bulk; keys of the source become ids."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.school.models import Guardianship, Lesson
from app.school.rows import Key, LinkRow

BATCH = 200
"""Keys in one statement; SQLite takes only so many values."""

OPEN_RELATIONS = ("vader", "moeder", "voogd", "pleeg")
"""Who may see a child by being this to it; others ask the school. "pleeg" begins a word."""


def closed_reason(relation: str, *, authority: bool) -> str:
    """Return why a guardian may not see the child by rule, or an empty text."""
    if not authority:
        return "no_authority"
    word = relation.strip().casefold()
    return "" if word in OPEN_RELATIONS or word.startswith("pleeg") else "relative"


def ids_of(table: Any, source: str) -> dict[str, int]:
    """Return the ids of a table's rows by the key of the source."""
    rows = db.session.execute(select(table.source_id, table.id).where(table.source == source)).all()
    return dict((key, id_) for key, id_ in rows)  # noqa: C402  (mypy knows rows this way)


def write_keyed(table: Any, source: str, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Insert or update rows that have a key of the source."""
    known = ids_of(table, source)
    if new := [key for key in values if key not in known]:
        db.session.execute(
            insert(table), [{"source": source, "source_id": key, **values[key]} for key in new]
        )
    if old := [key for key in values if key in known]:
        db.session.execute(update(table), [{"id": known[key], **values[key]} for key in old])


def delete_pairs(
    first: InstrumentedAttribute[int],
    second: InstrumentedAttribute[int],
    pairs: Sequence[tuple[int, int]],
) -> None:
    """Delete rows whose key is a pair of ids."""
    table = first.class_
    for start in range(0, len(pairs), BATCH):
        db.session.execute(
            delete(table)
            .where(tuple_(first, second).in_(pairs[start : start + BATCH]))
            .execution_options(synchronize_session=False)
        )


def write_links(
    rows: Iterable[LinkRow], students: Mapping[str, int], guardians: Mapping[str, int]
) -> None:
    """Write guardianships; what the school closed or opened by hand stays as it is."""
    known = _guardianships()
    new, old = [], []
    for row in rows:
        pair = (students[row.student], guardians[row.guardian])
        values: dict[str, Any] = {
            "relation": row.relation,
            "legal_authority": row.authority,
            "closed_reason": closed_reason(row.relation, authority=row.authority),
            "ended_at": None,
        }
        if pair in known:
            id_, reason = known[pair]
            if reason == "school":
                values["closed_reason"] = reason
            old.append({"id": id_, **values})
        else:
            new.append({"student_id": pair[0], "guardian_id": pair[1], **values})
    if new:
        db.session.execute(insert(Guardianship), new)
    if old:
        db.session.execute(update(Guardianship), old)


def end_links(
    keys: Iterable[LinkRow],
    students: Mapping[str, int],
    guardians: Mapping[str, int],
    now: datetime,
) -> None:
    """End guardianships that are no longer in the source."""
    known = _guardianships()
    ended = [
        {"id": known[students[row.student], guardians[row.guardian]][0], "ended_at": now}
        for row in keys
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


def write_lessons(
    source: str, values: Mapping[Key, Mapping[str, Any]], gone: Iterable[Key]
) -> None:
    """Write lessons and delete those that are gone; a lesson is told by key, teacher and week."""
    from_db = db.session.execute(
        select(Lesson.id, Lesson.source_id, Lesson.teacher_id, Lesson.from_week).where(
            Lesson.source == source
        )
    )
    known: dict[Key, int] = {
        (key, str(teacher_id), week): id_ for id_, key, teacher_id, week in from_db
    }
    ids = [known[key] for key in gone]
    for start in range(0, len(ids), BATCH):
        db.session.execute(
            delete(Lesson)
            .where(Lesson.id.in_(ids[start : start + BATCH]))
            .execution_options(synchronize_session=False)
        )
    if new := [{"source": source, **row} for key, row in values.items() if key not in known]:
        db.session.execute(insert(Lesson), new)
    if old := [{"id": known[key], **row} for key, row in values.items() if key in known]:
        db.session.execute(update(Lesson), old)
