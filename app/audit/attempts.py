"""Attempts that failed: counted when they happen, and told in the log by the worker.

Whoever fails is counted for a quarter of an hour, by action, network and whom it concerns; that takes
as long for an address that somebody has as for one that nobody has. Each minute the worker writes a
line for each of these that is new, and at the end of the quarter how often it was since. So an attack
cannot fill the log: a quarter of an hour has at most ``LINES`` new lines about known people and as
many about others, as many again at its end, and one for each action that counts all the rest.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from app.audit.actions import Action
from app.audit.models import Attempts, AuditEntry
from app.audit.service import entry_of
from app.core.access import Actor
from app.core.statements import dialect, insert_of
from app.core.transaction import end_reading, transaction
from app.extensions import db

QUARTER = timedelta(minutes=15)
ROWS = 1000  # counted apart in a quarter; what comes after is counted together
LINES = 20
ELSEWHERE = "*"
"""Stands for the networks of all that is counted together."""
_KEY = ("quarter", "action", "network", "subject")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def note(
    action: Action,
    *,
    network: str,
    subject: str,
    now: datetime,
    person_id: int = 0,
    actor: Actor | None = None,
    **details: Any,
) -> None:
    """Count an attempt of somebody in this network.

    ``subject`` tells apart whom it concerns without naming them, such as the hash of a mail
    address; ``person_id`` is who that is, where it is known already. ``actor`` is who was signed
    in. Never give what was typed: a password gets into the wrong field.
    """
    key = {"quarter": _quarter(now), "action": action, "network": network, "subject": subject}
    with transaction():
        again = update(Attempts).filter_by(**key).values(number=Attempts.number + 1)
        if db.session.scalar(again.returning(Attempts.id)) is not None:
            return
        in_quarter = select(func.count()).where(Attempts.quarter == key["quarter"])
        if (db.session.scalar(in_quarter) or 0) >= ROWS:
            key |= {"network": ELSEWHERE, "subject": ""}
            person_id, actor, details = 0, None, {}
        line = entry_of(actor, action, now=now) | {"details": details, "at": now.isoformat()}
        db.session.execute(
            insert_of(Attempts, dialect())
            .values(**key, person_id=person_id, line=line)
            .on_conflict_do_update(index_elements=_KEY, set_={"number": Attempts.number + 1})
        )


def _quarter(now: datetime) -> datetime:
    return _EPOCH + (now - _EPOCH) // QUARTER * QUARTER


def tell(people_of: Callable[[Collection[str]], Mapping[str, int]], *, now: datetime) -> int:
    """Write the lines of the log that are due; return how many.

    ``people_of`` returns the ids of the people whom subjects stand for. To be called each minute,
    by any number of workers.
    """
    is_over = Attempts.quarter != _quarter(now)
    # Looking takes no lock: an idle worker must not block SQLite's writers.
    is_any = select(Attempts.id).where(or_(is_over, Attempts.told == 0)).limit(1)
    anything = db.session.scalar(is_any) is not None
    end_reading()
    if not anything:
        return 0
    with transaction():
        every = select(Attempts).order_by(Attempts.id).with_for_update()
        rows = db.session.scalars(every, execution_options={"populate_existing": True}).all()
        new = [row for row in rows if not row.told and not row.person_id]
        people = people_of({row.subject for row in new}) if new else {}
        for row in new:
            row.person_id = people.get(row.subject, 0)
        current = [row for row in rows if row.quarter == _quarter(now)]
        over = [row for row in rows if row.quarter != _quarter(now)]
        lines = [*_new(current, now), *_rest(over, now)]
        if lines:
            db.session.execute(insert(AuditEntry), lines)
        db.session.execute(delete(Attempts).where(is_over))
        return len(lines)


def _new(rows: Sequence[Attempts], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield a line for each row that has none, as long as there is room for it."""
    room = Counter({True: LINES, False: LINES})
    room.subtract(bool(row.person_id) for row in rows if row.told)
    for row in rows:
        if not row.told and row.network != ELSEWHERE and room[bool(row.person_id)] > 0:
            room[bool(row.person_id)] -= 1
            row.told = row.number
            yield _line(row, row.number, now)


def _rest(rows: Sequence[Attempts], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield what a quarter that is over has more than its lines say."""
    yield from _new(rows, now)
    numbers: Counter[str] = Counter()
    for row in rows:
        if row.told and row.number > row.told:
            yield _line(row, row.number - row.told, now)
        elif not row.told:
            numbers[row.action] += row.number
    for action, number in numbers.items():
        line = entry_of(None, Action(action), now=now)
        yield line | {"details": {"network": ELSEWHERE, "times": number}}


def _line(row: Attempts, times: int, now: datetime) -> dict[str, Any]:
    person = {"person": row.person_id} if row.person_id and not row.line["actor_name"] else {}
    details = {**row.line["details"], "network": row.network, "times": times, **person}
    return {**row.line, "at": now, "details": details}
