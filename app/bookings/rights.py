"""What a family may do with one of its talks."""

from datetime import datetime
from typing import Protocol

from app.rounds.models import Mode, OpenTo
from app.rounds.phases import Dated, accepts_bookings, accepts_cancelling, accepts_switching
from app.school.queries import Child


class OfRound(Dated, Protocol):
    """The fields of a talk's round, in a row of rounds or of talks."""

    @property
    def open_to(self) -> str:
        """For whom it is (OpenTo)."""

    @property
    def mode(self) -> str:
        """How families come to talks (Mode)."""

    @property
    def teacher_remarks(self) -> bool:
        """Whether families can write to teachers."""


_OWN_ROUNDS = {True: OpenTo.STUDENTS, False: OpenTo.GUARDIANS}  # by whether the child asks


def rights_of(
    round_: OfRound,
    child: Child,
    household_id: int | None,
    starts_at: datetime,
    *,
    has_choice: bool,
    stands: bool,
    now: datetime,
) -> dict[str, bool]:
    """Return which changes a talk allows to whom ``child`` describes, as fields of a Talk.

    ``has_choice`` is whether it could be held in another way.
    """
    is_past = starts_at <= now
    stands = stands and not is_past
    # Guardians see what students book for themselves, and change nothing of it.
    stands = stands and (
        child.is_grown or round_.open_to in (_OWN_ROUNDS[child.is_self], OpenTo.BOTH)
    )
    return {
        "may_move": stands and accepts_bookings(round_, now) and round_.mode != Mode.REQUESTS,
        "may_cancel": stands and accepts_cancelling(round_, now),
        "may_ask": stands and accepts_bookings(round_, now) and round_.mode != Mode.TIMES,
        "may_switch": stands and has_choice and accepts_switching(round_, starts_at, now),
        "may_remark": round_.teacher_remarks
        and _is_remark_for(child, round_, household_id, is_past=is_past),
    }


def _is_remark_for(
    child: Child, round_: OfRound, household_id: int | None, *, is_past: bool
) -> bool:
    """Whether a talk's remark is for whom ``child`` describes.

    On a student's own talk it is between the student and the teacher. What parents wrote in a round
    for guardians before the student was 18 stays theirs: ``follow_households`` removes it from talks
    to come, and past talks keep it for them alone.
    """
    if household_id is None:
        return child.is_self
    return not (child.is_self and is_past and round_.open_to == OpenTo.GUARDIANS)
