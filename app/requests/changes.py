"""Change what a family asks for, and log it, for families and the office alike.

The caller has locked the child (``claims.lock_child``), checked permission and begun a transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import requests
from app.bookings.changes import ChangedBy
from app.bookings.models import BookingRequest
from app.extensions import db
from app.requests.models import NoTalkNeeded
from app.rounds.info import RoundInfo
from app.school.queries import Child


class NewRequest(NamedTuple):
    """A talk to ask for: the offer, its teachers, and what was said about it."""

    offer_id: int
    teacher_key: str
    is_long: bool = False
    remark: str = ""


class Family(NamedTuple):
    """Whose requests change, and who changes them when; no household if the student comes alone."""

    by: ChangedBy
    round: RoundInfo
    child: Child
    household_id: int | None
    now: datetime

    def load_open(self) -> Mapping[str, int]:
        """Return the ids of the open requests by teacher key."""
        return requests.load_open(self.round.id, self.child.student_id, self.household_id)

    def add(self, wanted: Sequence[NewRequest]) -> None:
        """Ask for these, after what is asked for already."""
        # The office is no parent: a request follows who asked when households change.
        asked_by_id = self.by.actor.person_id if self.by.actor and not self.by.is_office else None
        first = requests.next_position(self.load_open().values())
        for position, it in enumerate(wanted, first):
            row = BookingRequest(
                round_id=self.round.id,
                offer_id=it.offer_id,
                teacher_key=it.teacher_key,
                student_id=self.child.student_id,
                household_id=self.household_id,
                position=position,
                is_long=it.is_long,
                remark=it.remark,
                asked_by_id=asked_by_id,
                asked_at=self.now,
                changed_at=self.now,
            )
            db.session.add(row)
            record(self.by, Action.REQUEST_ASKED, row, now=self.now)

    def keep(self, long: Mapping[int, bool]) -> None:
        """Let these requests, by id, be extra long or not."""
        for row in _rows(long):
            if row.is_long != long[row.id]:
                row.is_long, row.changed_at = long[row.id], self.now

    def withdraw(self, ids: Collection[int]) -> None:
        """Withdraw these requests."""
        for row in _rows(ids):
            withdraw(self.by, row, now=self.now)

    def say(self, *, none_needed: bool) -> None:
        """Let this be what the family said: that it needs no talk, or that it may."""
        whose = {
            "round_id": self.round.id,
            "student_id": self.child.student_id,
            "household_id": self.household_id,
        }
        said = db.session.scalars(select(NoTalkNeeded).filter_by(**whose)).first()
        if none_needed == (said is not None):
            return
        if said is None:
            said = NoTalkNeeded(**whose)
            db.session.add(said)
        else:
            db.session.delete(said)
        action = Action.REQUEST_NONE_NEEDED if none_needed else Action.REQUEST_NEEDED_AFTER_ALL
        record(self.by, action, said, now=self.now)


def withdraw(by: ChangedBy, row: BookingRequest, *, now: datetime) -> None:
    """Withdraw a request."""
    row.withdrawn_at = row.changed_at = now
    record(by, Action.REQUEST_WITHDRAWN, row, now=now)


def record(
    by: ChangedBy, action: Action, row: BookingRequest | NoTalkNeeded, *, now: datetime
) -> None:
    """Log a change of what a family asks for, with the reason if there is one."""
    details: dict[str, Any] = {"reason": by.reason} if by.reason else {}
    if isinstance(row, BookingRequest):
        details["offer_id"] = row.offer_id
    audit.record(
        by.actor,
        action,
        now=now,
        role=by.role,
        round_id=row.round_id,
        student_id=row.student_id,
        household_id=row.household_id,
        **details,
    )


def _rows(ids: Collection[int]) -> Sequence[BookingRequest]:
    return db.session.scalars(
        select(BookingRequest).where(BookingRequest.id.in_(ids)).order_by(BookingRequest.id)
    ).all()
