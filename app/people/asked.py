"""What is asked for about one student in rounds to come, for the office's page of the student."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.bookings.availability import teachers_of
from app.bookings.models import BookingRequest
from app.bookings.requests import is_open
from app.core.i18n import local_day
from app.extensions import db
from app.requests.models import NoTalkNeeded
from app.rounds.info import RoundInfo
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds
from app.school.homes import homes_apart


@dataclass(frozen=True)
class AskedLine:
    """A talk that a family asks for; without a teacher it said that it needs none."""

    round: RoundInfo
    family: tuple[str, ...]  # whose it is, where the child has more households than one
    teacher: str
    is_long: bool = False
    remark: str = ""


def load_asked(student_id: int, *, now: datetime) -> tuple[AskedLine, ...]:
    """Return what is asked for in rounds that are not over, by round and household, dearest first."""
    requests = db.session.scalars(
        select(BookingRequest)
        .where(BookingRequest.student_id == student_id, is_open())
        .order_by(BookingRequest.household_id, BookingRequest.position, BookingRequest.id)
    ).all()
    said = db.session.scalars(
        select(NoTalkNeeded)
        .where(NoTalkNeeded.student_id == student_id)
        .order_by(NoTalkNeeded.household_id)
    ).all()
    households = {row.household_id for row in requests} | {row.household_id for row in said}
    apart = homes_apart((student_id, household_id) for household_id in households)
    teachers = teachers_of({row.offer_id for row in requests})
    ids = {row.round_id for row in requests} | {row.round_id for row in said}
    lines: list[AskedLine] = []
    for round_ in (it for it in list_rounds() if it.id in ids and _is_ahead(it, now)):
        for row in (it for it in requests if it.round_id == round_.id):
            family = apart.get((student_id, row.household_id), ())
            teacher = teachers[row.offer_id]
            lines.append(AskedLine(round_, family, teacher, row.is_long, row.remark))
        lines += [
            AskedLine(round_, apart.get((student_id, none.household_id), ()), "")
            for none in said
            if none.round_id == round_.id
        ]
    return tuple(lines)


def _is_ahead(round_: RoundInfo, now: datetime) -> bool:
    is_over = max(round_.days, default=date.min) < local_day(now)
    return not is_over and round_.phase(now) is not Phase.ARCHIVED
