"""The evening pack: a printable evening for when network or power is down, kept up to date."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.models import Booking, Unavailability
from app.core.access import Actor
from app.core.errors import found
from app.core.i18n import local_day
from app.core.purging import counted
from app.core.transaction import transaction
from app.exports import paper
from app.exports.models import EveningPack
from app.exports.queries import load_evening
from app.exports.sheets import load_sheets
from app.exports.talks import is_agreed
from app.extensions import db
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Evening, Round, RoundState

AHEAD = timedelta(hours=48)  # how long before the evening packs are kept up to date
REST = timedelta(minutes=3)  # minimum between two builds: no build per talk in a rush
OLDEST = timedelta(hours=12)  # maximum age: names can change without a talk changing
KEPT = timedelta(days=30)  # retention after the evening


@dataclass(frozen=True)
class PackPage:
    """An evening and its pack; ``made_at`` is None if there is no pack yet."""

    round: RoundInfo
    evening: EveningInfo
    made_at: datetime | None
    size: int  # bytes
    checksum: str  # SHA-256 in hexadecimal; reveals a copy that was changed
    fresh: bool  # nothing has changed since it was made


@dataclass(frozen=True)
class PackFile:
    """A pack's content, and the Content-Security-Policy to serve it with."""

    content: bytes
    policy: str


def load_pack(round_id: int, evening_id: int) -> PackPage:
    """Return the state of an evening's pack. Raises NotFoundError."""
    round_, evening = load_evening(round_id, evening_id)
    pack = db.session.get(EveningPack, evening_id)
    if pack is None:
        return PackPage(round_, evening, None, 0, "", fresh=False)
    checksum = hashlib.sha256(pack.content).hexdigest()
    fresh = pack.marker == _marker(evening_id, round_.times_key)
    return PackPage(round_, evening, pack.made_at, len(pack.content), checksum, fresh)


def take_pack(actor: Actor, round_id: int, evening_id: int, *, now: datetime) -> PackFile | None:
    """Return an evening's pack, or None if there is none, and log who took it.

    Raises NotFoundError for another round's evening.
    """
    with transaction():
        _round, evening = load_evening(round_id, evening_id)
        content = db.session.scalar(
            select(EveningPack.content).where(EveningPack.evening_id == evening_id)
        )
        if content is None:
            return None
        audit.record(
            actor, Action.EXPORT_PACK, now=now, round_id=round_id, evening=evening.day.isoformat()
        )
    return PackFile(content, paper.policy_of(content))


def make_pack(round_id: int, evening_id: int, *, now: datetime) -> None:
    """Build and store an evening's pack. Raises NotFoundError."""
    round_, evening = load_evening(round_id, evening_id)
    # Read the marker first: a change during the build then makes the pack stale.
    marker = _marker(evening_id, round_.times_key)
    content = paper.write_pack(load_sheets(round_, evening), now=now)
    with transaction():
        # Lock the evening's row to serialize storing its pack.
        found(
            db.session.scalar(select(Evening.id).where(Evening.id == evening_id).with_for_update())
        )
        pack = db.session.get(EveningPack, evening_id)
        if pack is None:
            db.session.add(
                EveningPack(evening_id=evening_id, marker=marker, made_at=now, content=content)
            )
        elif pack.made_at <= now or _is_of_wrong_clock(pack.made_at, now):
            pack.marker, pack.made_at, pack.content = marker, now, content


def refresh_packs(*, now: datetime) -> int:
    """Build the missing or stale packs of evenings within 48 hours; return how many."""
    rows = db.session.execute(
        select(
            Evening.id, Evening.round_id, Round.times_key, EveningPack.marker, EveningPack.made_at
        )
        .join(Round, Round.id == Evening.round_id)
        .outerjoin(EveningPack, EveningPack.evening_id == Evening.id)
        .where(
            Round.state == RoundState.PUBLISHED,
            Evening.day.between(local_day(now), local_day(now + AHEAD)),
        )
        .order_by(Evening.day, Evening.id)
    ).all()
    made = 0
    for evening_id, round_id, times_key, marker, made_at in rows:
        if made_at is not None:
            old = made_at <= now - OLDEST or marker != _marker(evening_id, times_key)
            rests = made_at > now - REST
            if (rests or not old) and not _is_of_wrong_clock(made_at, now):
                continue
        make_pack(round_id, evening_id, now=now)
        made += 1
    return made


def purge(*, now: datetime) -> dict[str, int]:
    """Delete packs 30 days after their evening; return how many were deleted."""
    old = select(Evening.id).where(Evening.day < local_day(now - KEPT))
    with transaction():
        return {"packs": counted(delete(EveningPack).where(EveningPack.evening_id.in_(old)))}


def _is_of_wrong_clock(made_at: datetime, now: datetime) -> bool:
    """Whether a pack is of a moment yet to come, longer ahead than building another one takes."""
    return made_at > now + REST


def _marker(evening_id: int, times_key: str) -> str:
    """Return a hash that changes with the pack's talks, absences, times or rooms."""
    # Each talk's, not the last: a clock that was put back writes earlier ones.
    talks = db.session.execute(
        select(Booking.id, Booking.changed_at)
        .where(is_agreed(Booking.evening_id == evening_id))
        .order_by(Booking.id)
    ).all()
    absences = db.session.execute(
        select(
            Unavailability.id,
            Unavailability.teacher_id,
            Unavailability.starts_at,
            Unavailability.ends_at,
        )
        .where(Unavailability.evening_id == evening_id)
        .order_by(Unavailability.id)
    ).all()
    rows = [tuple(row) for row in (*talks, *absences)]
    state = repr((rows, times_key))
    return hashlib.sha256(state.encode()).hexdigest()
