"""What the office answers about talks in conflict: about single ones, and about all others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

TalkKey = tuple[int, int]
"""A booking id and its sequence: an answer is about the talk as it was shown, not as changed."""


class Resolution(StrEnum):
    """What happens to a talk in conflict."""

    KEEP = "keep"  # the talk keeps its time, though the round no longer has it
    SWITCH = "switch"  # it is held as the round offers now, at the same time
    MOVE = "move"  # to a free time, held as the round offers now
    CANCEL = "cancel"


class Rest(StrEnum):
    """What happens to talks without an answer of their own, also those booked until the change."""

    MOVE = "move"  # moved or switched where possible, otherwise kept
    MOVE_OR_CANCEL = "move-or-cancel"
    SWITCH = "switch"  # switched where possible, otherwise kept
    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Answer:
    """The answer about one talk; ``starts_at`` is the shown time to which it moves (None: any)."""

    resolution: Resolution
    starts_at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> "Answer | None":
        """Return the answer that a form holds, such as "keep" or "move 2027-02-09T18:00+00:00"."""
        name, _space, moment = text.partition(" ")
        try:
            answer = cls(Resolution(name), datetime.fromisoformat(moment) if moment else None)
        except ValueError:
            return None
        return None if answer.starts_at and answer.starts_at.tzinfo is None else answer

    def __str__(self) -> str:
        """Return it as a form holds it."""
        return (
            f"{self.resolution} {self.starts_at.isoformat()}" if self.starts_at else self.resolution
        )


@dataclass(frozen=True)
class Answers:
    """Answers about single talks; ``rest`` is for all others, and None asks about each."""

    own: Mapping[TalkKey, Answer] = field(default_factory=dict)
    rest: Rest | None = None
