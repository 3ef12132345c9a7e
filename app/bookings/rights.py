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
    stands = stands and now < starts_at
    # Guardians see what students book for themselves, and change nothing of it.
    stands = stands and (
        child.is_grown or round_.open_to in (_OWN_ROUNDS[child.is_self], OpenTo.BOTH)
    )
    return {
        "may_move": stands and accepts_bookings(round_, now) and round_.mode != Mode.REQUESTS,
        "may_cancel": stands and accepts_cancelling(round_, now),
        "may_ask": stands and accepts_bookings(round_, now) and round_.mode != Mode.TIMES,
        "may_switch": stands and has_choice and accepts_switching(round_, starts_at, now),
        # A remark on a student's own talk is between the student and the teacher.
        "may_remark": round_.teacher_remarks and (household_id is not None or child.is_self),
    }
