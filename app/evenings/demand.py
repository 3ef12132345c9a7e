"""How many times families want of each teacher, against how many are free."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.bookings.availability import evenings_with_times
from app.bookings.models import Claim, ClaimKind
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.info import RoundInfo
from app.school.models import Teacher


@dataclass(frozen=True)
class TeacherDemand:
    """How many times families want of a teacher, and how many are free; the tightest first."""

    name: str
    wanted: int  # a long talk takes several
    free: int

    @property
    def lacks(self) -> int:
        """How many times there are too few."""
        return max(0, self.wanted - self.free)


def free_times(round_: RoundInfo, teacher_ids: Collection[int]) -> Mapping[int, int]:
    """Return at how many times of the round each teacher neither talks, nor sits as a parent, nor
    is away.
    """
    times = [
        ticks(slot.starts_at, slot.ends_at)
        for evening in evenings_with_times(round_)
        for slot in evening.slots
    ]
    if not times:
        return dict.fromkeys(teacher_ids, 0)
    taken: defaultdict[int, set[int]] = defaultdict(set)
    for kind, resource in ((ClaimKind.TEACH, Teacher.id), (ClaimKind.PERSON, Teacher.person_id)):
        for teacher_id, tick in db.session.execute(
            select(Teacher.id, Claim.tick)
            .join(Claim, Claim.resource_id == resource)
            .where(
                Teacher.id.in_(teacher_ids),
                Claim.kind == kind,
                Claim.tick.between(times[0].start, times[-1].stop),
            )
        ):
            taken[teacher_id].add(tick)
    return {
        teacher_id: sum(taken[teacher_id].isdisjoint(time) for time in times)
        for teacher_id in teacher_ids
    }
