"""Book and cancel talks as a family; changes.py has the steps of cancelling and moving."""

import secrets
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, changes, claims, policy, requests, submissions
from app.bookings.attendees import Attendees
from app.bookings.cells import Column
from app.bookings.changes import ChangedBy
from app.bookings.guards import (
    RoundClosed,
    lock_talk,
    own_booking,
    refuse_begun,
    refuse_closed,
    refuse_without_times,
)
from app.bookings.known import Known, booked_since, load_known, remembered, remembered_inside
from app.bookings.models import Booking, Origin
from app.bookings.rules import (
    Choice,
    PossibleTalk,
    by_offer,
    candidates_in,
    columns_for,
    is_booked,
    refuse_second_talk,
    refuse_too_many,
    wanted,
)
from app.bookings.scope import load_scope
from app.core import compiled
from app.core.access import Actor
from app.core.errors import NotFoundError
from app.core.memory import Stamp
from app.core.transaction import retry_deadlock, transaction
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.rounds.info import RoundInfo
from app.rounds.phases import accepts_cancelling
from app.rounds.queries import load_round
from app.school.queries import Child


@dataclass(frozen=True)
class Result:
    """The outcome of a booking: ids of booked talks, and the choices that failed."""

    booked: tuple[int, ...]
    lost: tuple[Choice, ...] = ()  # somebody else was first
    gone: tuple[Choice, ...] = ()  # the teacher is not, or no longer, offered
    stamp: Stamp | None = field(default=None, compare=False)  # under which the table is remembered
    # The talks of this very transaction, by booking id; a stored result has none.
    made: Mapping[int, PossibleTalk] = field(default_factory=dict, compare=False, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return plain values to store with the submission."""
        return {"booked": self.booked, "lost": self.lost, "gone": self.gone}

    @classmethod
    def from_json(cls, answer: dict[str, Any]) -> "Result":
        """Return the stored result."""
        lost, gone = ([Choice(*pair) for pair in answer.get(what, ())] for what in ("lost", "gone"))
        return cls(tuple(answer["booked"]), tuple(lost), tuple(gone))


@retry_deadlock
def book(
    actor: Actor,
    round_id: int,
    student_id: int,
    choices: Sequence[Choice],
    *,
    together: bool,
    submission: str,
    now: datetime,
    stamp: Stamp | None = None,
) -> Result:
    """Book those choices that are free, or with ``together`` all of them or none.

    Choices that somebody else took come back as lost, choices of teachers who are not offered as
    gone; the others are booked. With the stamp of the request, what is remembered under it need not
    be read again if it still stands under the locks. Raises NotFoundError for a child that is not
    the actor's, RoundClosed, TooManyTalks, TimesChanged and TimesClash; then nothing has changed.
    """
    if stamp and remembered(actor, round_id, student_id, now=now, stamp=stamp) is None:
        with suppress(NotFoundError):  # read now, it need not be read again after the locks
            load_known(actor, round_id, student_id, now=now, stamp=stamp)
    done: list[tuple[dict[str, Any], Result, tuple[Known, Stamp] | None]] = []

    def book_it() -> dict[str, Any]:
        moved = claims.lock_child(student_id, offers={choice.offer_id for choice in choices})
        found = remembered_inside(actor, round_id, student_id, moved, now=now, stamp=stamp)
        scope = found[0].scope if found else load_scope(actor, round_id, student_id, now=now)
        refuse_closed(actor, scope.round, now)
        refuse_without_times(scope.round)
        if scope.party is None:
            raise attendees.guardians_apart()
        result = place(
            ChangedBy.family(actor),
            scope.round,
            scope.child,
            scope.party,
            choices,
            together=together,
            now=now,
            columns=by_offer(found[0].columns) if found else None,
        )
        done.append((result.as_json(), result, found))
        return done[-1][0]

    form = submissions.Form(submission, actor, (round_id, student_id, sorted(choices), together))
    kept = submissions.once(form, book_it, now=now)
    # Another answer than the one made here is of an earlier submission: then this one is undone.
    if not done or kept is not done[-1][0]:
        return Result.from_json(kept)
    _answer, result, found = done[-1]
    # Who works as a teacher may not come to this talk: then read who does.
    if found and not found[0].engaged.work:
        known, after = found
        booked_since(actor, known, result.made, now=now, stamp=after)
        return replace(result, stamp=after)
    return result


def place(
    by: ChangedBy,
    round_: RoundInfo,
    child: Child,
    family: Attendees,
    choices: Sequence[Choice],
    *,
    together: bool,
    now: datetime,
    beyond_maximum: bool = False,
    columns: Mapping[int, Column] | None = None,
) -> Result:
    """Book those choices that are free. Raises like ``book``.

    The caller has locked the child and its teachers, checked permission, and opened the
    transaction. The office may exceed the maximum. ``columns`` is what ``columns_for`` would read.
    """
    columns = columns_for(round_, child) if columns is None else columns
    candidates = candidates_in(columns, round_, choices, now=now)
    again = [c.column.live.booking_id for c in candidates if c.column.live and is_booked(c)]
    new = [c for c in candidates if c.column.offered and not is_booked(c)]
    here = {c.choice for c in candidates if c.column.offered or is_booked(c)}
    gone = tuple(choice for choice in dict.fromkeys(choices) if choice not in here)
    if gone and together:
        return Result((), gone=gone)
    refuse_second_talk(new)
    waiting = requests.of_family(round_, child, family.household_id)
    if not beyond_maximum:
        present = sum(column.live is not None for column in columns.values())
        seen = {column.key for column in columns.values()}  # others cannot be planned any more
        besides = (waiting.keys() & seen) - {candidate.column.key for candidate in new}
        refuse_too_many(round_, present, len(besides), len(new), now=now)
    ids = _insert(by, round_, child, family, new, now)
    missed = claims.take([wanted(c, family, round_.modality) for c in new], ids)
    lost = tuple(c.choice for c, id_ in zip(new, ids, strict=True) if id_ in missed)
    if missed and together:
        _give_up(set(ids))
        return Result((), lost)
    _give_up(missed)
    made = {id_: c for id_, c in zip(ids, new, strict=True) if id_ not in missed}
    if made:
        _record(by, round_, child, family, made, now)
        placed = {waiting[c.column.key]: id_ for id_, c in made.items() if c.column.key in waiting}
        requests.fulfil(placed, now=now)
        outbox.enqueue(Promise.BOOKED, {"booking_ids": list(made)}, now=now)
    return Result((*again, *made), lost, gone, made=made)


@retry_deadlock
def cancel(actor: Actor, booking_id: int, *, now: datetime) -> None:
    """Cancel the actor's own talk and free its time; a no-op if it is cancelled already.

    Raises NotFoundError for a talk that is not the actor's, and RoundClosed after the limit.
    """
    with transaction():
        lock_talk(booking_id)
        booking, _child = own_booking(actor, booking_id, now)
        round_ = load_round(booking.round_id)
        if not policy.may_book_in(actor, round_.open_to, now):
            raise NotFoundError
        refuse_begun(booking, now)
        if not accepts_cancelling(round_, now):
            raise RoundClosed(
                _("This talk can no longer be cancelled here. Please call the school.")
            )
        changes.cancel(ChangedBy.family(actor), [booking], now=now)


def _give_up(booking_ids: Set[int]) -> None:
    """Delete bookings of this transaction that missed a claim."""
    if booking_ids:
        claims.drop(booking_ids)
        compiled.execute(_GIVE_UP, booking_ids=booking_ids)


_GIVE_UP = delete(Booking).where(Booking.id.in_(bindparam("booking_ids", expanding=True)))


def _with_ids(insert: compiled.Insert) -> compiled.Statement:
    return insert.returning(Booking.teacher_key, Booking.id)


def _insert(
    by: ChangedBy,
    round_: RoundInfo,
    child: Child,
    family: Attendees,
    candidates: Sequence[PossibleTalk],
    now: datetime,
) -> list[int]:
    if not candidates:
        return []
    # Match ids by teacher key, which is unique here: databases may return rows in any order.
    ids: dict[str, int] = dict(
        compiled.insert(
            Booking,
            [
                {
                    "uid": secrets.token_hex(16),
                    "round_id": round_.id,
                    "offer_id": c.column.offer_id,
                    "teacher_key": c.column.key,
                    "student_id": child.student_id,
                    "household_id": family.household_id,
                    "evening_id": c.evening.id,
                    "starts_at": c.starts_at,
                    "ends_at": c.ends_at,
                    "modality": round_.modality,
                    "origin": Origin.OFFICE if by.is_office else Origin.FAMILY,
                    "booked_by_id": by.actor and by.actor.person_id,
                    "booked_at": now,
                    "changed_at": now,
                    "published_at": now,
                }
                for c in candidates
            ],
            _with_ids,
        )
    )
    return [ids[candidate.column.key] for candidate in candidates]


def _record(
    by: ChangedBy,
    round_: RoundInfo,
    child: Child,
    family: Attendees,
    talks: Mapping[int, PossibleTalk],
    now: datetime,
) -> None:
    """Log the booked talks, given by id, in one statement."""
    reason = {"reason": by.reason} if by.reason else {}
    audit.record_each(
        by.actor,
        Action.BOOKING_BOOKED,
        [
            {
                "booking_id": id_,
                "offer_id": talk.column.offer_id,
                "starts_at": talk.starts_at.isoformat(),
                **reason,
            }
            for id_, talk in talks.items()
        ],
        now=now,
        role=by.role,
        round_id=round_.id,
        student_id=child.student_id,
        household_id=family.household_id,
    )
