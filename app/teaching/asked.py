"""Who asks for a talk with a teacher, as the teacher sees it: with the remark, without a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.core.access import Actor
from app.core.errors import found
from app.core.i18n import local_day
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import OfferTeacher
from app.rounds.phases import Phase
from app.rounds.queries import load_round
from app.school.models import HomeClass, Person, Student
from app.school.reading import STUDENTS


@dataclass(frozen=True)
class AskingStudent:
    """A student whose family asks for a talk."""

    name: str
    class_name: str
    is_long: bool
    remark: str


@dataclass(frozen=True)
class AskedOfMe:
    """What families ask of the teacher in a round; no names while the school hides them."""

    round: RoundInfo
    number: int
    students: tuple[AskingStudent, ...]


def load_asked(actor: Actor, *, now: datetime) -> Mapping[int, AskedOfMe]:
    """Return the open requests for the teacher by round id; nothing of rounds that are over.

    Raises NotFoundError if the actor is not a teacher.
    """
    teacher_id = found(actor.teacher_id)
    rows = db.session.execute(
        STUDENTS.join(BookingRequest, BookingRequest.student_id == Student.id)
        .join(OfferTeacher, OfferTeacher.offer_id == BookingRequest.offer_id)
        .add_columns(BookingRequest.round_id, BookingRequest.is_long, BookingRequest.remark)
        .where(OfferTeacher.teacher_id == teacher_id, is_open(), Student.ended_on.is_(None))
        .order_by(HomeClass.name, Person.sort_key, BookingRequest.id)
    ).all()
    rounds = [load_round(id_) for id_ in dict.fromkeys(row.round_id for row in rows)]
    return {
        round_.id: AskedOfMe(
            round_,
            sum(row.round_id == round_.id for row in rows),
            tuple(
                AskingStudent(row.name.full, row.class_name or "", row.is_long, row.remark)
                for row in rows
                if row.round_id == round_.id and round_.timetable_visible
            ),
        )
        for round_ in rounds
        if round_.phase(now) in {Phase.OPEN, Phase.CLOSED}
        and max(round_.days, default=date.min) >= local_day(now)
    }
