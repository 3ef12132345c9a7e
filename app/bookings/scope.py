"""What an actor may see of a round: the round, the actor's children, and whose time counts.

One statement loads all of it, because every table and poll of the busy first minutes needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased

from app.bookings.attendees import Attendees
from app.core import compiled
from app.core.access import Actor
from app.core.errors import found
from app.core.i18n import local_day
from app.rounds.info import RoundInfo
from app.rounds.models import Participants, Round
from app.rounds.queries import ROUND, round_of, takes_part
from app.school.models import (
    Guardian,
    HouseholdGuardian,
    HouseholdStudent,
    Student,
)
from app.school.queries import Child, ChildRows, actor_parameters, child_rows, children_from


@dataclass(frozen=True)
class Scope:
    """A round as one family sees it, from the point of view of one child."""

    round: RoundInfo
    child: Child
    children: tuple[Child, ...]  # all children of the actor
    taking_part: tuple[Child, ...]  # those in this round
    party: Attendees | None  # the attendees; None for a student whose guardians come apart


def load_scope(actor: Actor, round_id: int, student_id: int, *, now: datetime) -> Scope:
    """Return the round and the actor's children. Raises NotFoundError for another family's child.

    The caller must check whether the actor may see the round or book in it.
    """
    rows = compiled.read(
        _within_round(child_rows(actor)),
        round_id=round_id,
        **actor_parameters(actor, local_day(now)),
    )
    children = children_from(actor, rows)
    child = found(next((c for c in children if c.student_id == student_id), None))
    taking_part = {row[0] for row in rows if row.takes_part}
    own = [row for row in rows if row[0] == student_id]
    round_ = round_of(own[0])
    return Scope(
        round_,
        child,
        children,
        tuple(c for c in children if c.student_id in taking_part),
        _party(round_, child, own),
    )


def _party(round_: RoundInfo, child: Child, rows: Sequence[Any]) -> Attendees | None:
    if round_.participants is not Participants.STUDENT:
        if child.household_id is not None:
            return Attendees(child.household_id, frozenset(row.comer_id for row in rows))
        if any(row.comer_id for row in rows):
            return None  # several households: guardians who come apart
    return Attendees(None, frozenset({rows[0].person_id}))


@cache
def _within_round(children: ChildRows) -> ChildRows:
    """Add the round's columns to the actor's children: one row per child and attendee."""
    household, guardian = aliased(HouseholdGuardian), aliased(Guardian)
    return (
        children.join(Round, Round.id == bindparam("round_id"))
        .outerjoin(household, household.household_id == HouseholdStudent.household_id)
        .outerjoin(guardian, guardian.id == household.guardian_id)
        .add_columns(
            Student.person_id,
            guardian.person_id.label("comer_id"),
            takes_part().label("takes_part"),
            *ROUND,
        )
    )
