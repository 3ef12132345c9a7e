"""One child's times in a round, from which the office chooses for a family that calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from app.bookings import attendees
from app.bookings.cells import Talk
from app.bookings.office import coming_child, working_round
from app.bookings.rules import Choice
from app.bookings.talks import own_talks
from app.core.errors import NotFoundError
from app.family.outcomes import gone_of
from app.family.reasons import cells_at, why_for_office
from app.family.table import Card, read_table
from app.people.student import StudentInfo, load_student
from app.rounds.info import RoundInfo
from app.rounds.models import Participants
from app.rounds.phases import Phase
from app.rounds.queries import rounds_of_student
from app.school.homes import Home, homes_of, siblings_at
from app.school.queries import Child


@dataclass(frozen=True)
class OfficeTable:
    """The office's table for a child; if ``child`` is None, the household must be chosen first."""

    round: RoundInfo
    phase: Phase
    student: StudentInfo
    homes: tuple[Home, ...]  # to choose from; empty if the student comes alone
    home: Home | None
    child: Child | None
    cards: tuple[Card, ...]
    talks: tuple[Talk, ...]  # about this child in this round
    moving: Talk | None
    now: datetime

    @property
    def has_several_days(self) -> bool:
        """Whether times must be shown with their day."""
        return len(self.round.days) > 1

    @property
    def remaining(self) -> int:
        """How many more talks fit within the maximum."""
        return max(self.round.max_per_child - len(self.talks), 0)

    def lost(self, choices: Sequence[Choice]) -> list[tuple[str, datetime, str]]:
        """Return teacher and time of cells that the family did not get, and why."""
        return [
            (card.teacher, cell.starts_at, why_for_office(cell))
            for card, cell in cells_at(self.cards, choices)
        ]

    def gone(self, choices: Sequence[Choice]) -> list[tuple[str, datetime]]:
        """Return the teacher and time of cells whose teacher can no longer be booked."""
        return [
            (it.teacher or _("this teacher"), it.starts_at)
            for it in gone_of(self.round, self.student.id, choices)
        ]


def load_table(
    round_id: int,
    student_id: int,
    household_id: int | None,
    *,
    now: datetime,
    moving: int | None = None,
) -> OfficeTable:
    """Return the times of a child who comes with this household, or with its only one.

    Raises NotFoundError if the student is not in the round or has left, or if the household is
    another family's; RoundClosed if the office cannot book.
    """
    round_ = working_round(round_id, now)
    student = load_student(student_id)
    rounds = {its.id for its in rounds_of_student(student_id)}
    if student.ended_on is not None or round_id not in rounds:
        raise NotFoundError
    homes = () if round_.participants is Participants.STUDENT else homes_of(student_id)
    if household_id is None and len(homes) == 1:
        household_id = homes[0].household_id
    home = next((home for home in homes if home.household_id == household_id), None)
    phase = round_.phase(now)
    if household_id is None and homes:
        return OfficeTable(round_, phase, student, homes, None, None, (), (), None, now)
    coming = coming_child(round_, student_id, household_id)
    siblings = siblings_at(coming.household_id, student_id)
    # Take the child from its siblings: alone it gets the eldest's hue, and own talks look foreign.
    child = next(one for one in siblings if one.student_id == student_id)
    family = attendees.of_child(round_, child).people
    talks = own_talks(siblings, now=now)
    _tables, cards = read_table(round_, child, family, talks, now=now)
    own = tuple(
        talk for talk in talks if talk.child.student_id == student_id and talk.round_id == round_id
    )
    to_move = next((t for t in own if t.booking_id == moving and t.starts_at > now), None)
    return OfficeTable(round_, phase, student, homes, home, child, cards, own, to_move, now)
