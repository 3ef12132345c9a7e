"""Who comes to the talks of a plan, and where each teacher sits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.bookings import attendees
from app.bookings.availability import evenings_with_times
from app.bookings.claims import Wanted
from app.bookings.models import BookingRequest
from app.extensions import db
from app.planner.grid import Times
from app.planner.snapshot import Snapshot
from app.rounds.info import EveningInfo
from app.rounds.models import Modality, teacher_ids_of
from app.school.models import Student, Teacher


@dataclass(frozen=True)
class Attending:
    """The people of requests: of teachers by id, of households by id, of students by id."""

    evenings: Mapping[int, EveningInfo]
    teachers: Mapping[int, int]
    households: Mapping[int, frozenset[int]]
    students: Mapping[int, int]

    def wanted(self, request: BookingRequest, times: Times, modality: Modality) -> Wanted:
        """Return the time and the resources that a talk claims there."""
        evening_id, starts_at, ends_at = times
        teacher_ids = teacher_ids_of(request.teacher_key)
        family = (
            self.households[request.household_id]
            if request.household_id
            else {self.students[request.student_id]}
        )
        room = self.evenings[evening_id].rooms.get(teacher_ids[0])
        holds = modality is Modality.SITE and room is not None and room.exclusive
        return Wanted(
            starts_at,
            ends_at,
            teacher_ids,
            frozenset(self.teachers[it] for it in teacher_ids) | family,
            room.id if room and holds else None,
            frozenset(family).difference(self.teachers[it] for it in teacher_ids),
        )


def load_attending(snapshot: Snapshot, asked: Sequence[BookingRequest]) -> Attending:
    """Return who comes to the talks that these requests ask for."""
    teacher_ids = {id_ for it in asked for id_ in teacher_ids_of(it.teacher_key)}
    alone = {it.student_id for it in asked if it.household_id is None}
    return Attending(
        {it.id: it for it in evenings_with_times(snapshot.round)},
        dict(
            db.session.execute(
                select(Teacher.id, Teacher.person_id).where(Teacher.id.in_(teacher_ids))
            ).all()
        ),
        attendees.of_households({it.household_id for it in asked if it.household_id}),
        dict(
            db.session.execute(
                select(Student.id, Student.person_id).where(Student.id.in_(alone))
            ).all()
        ),
    )
