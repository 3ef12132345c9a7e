"""Queries for a teacher's own evenings: who comes when."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from sqlalchemy import and_, select

from app.bookings.absences import may_block
from app.bookings.at_work import who_comes
from app.bookings.models import Booking, Claim, ClaimKind, Unavailability
from app.bookings.talks import ABOUT_SAME, SAME
from app.core.access import Actor
from app.core.errors import found
from app.core.i18n import local_day
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Modality, Offer, OfferTeacher, Round, RoundCheck, RoundState
from app.rounds.places import link_of, place_text
from app.rounds.queries import evenings_of, load_round
from app.school.branches import CLASS_NAME
from app.school.homes import homes_named
from app.school.models import (
    HomeClass,
    Person,
    Student,
    Subject,
    Teacher,
)
from app.school.reading import NAME


class TeachingState(StrEnum):
    """What a time of a teacher's evening is."""

    TALK = "talk"
    TAKEN = "taken"  # a talk that the school shows later
    FREE = "free"
    OWN = "own"  # blocked by the teacher
    SCHOOL = "school"  # blocked by the office
    ELSEWHERE = "elsewhere"  # the teacher sits in a talk as a parent


AWAY = (TeachingState.SCHOOL, TeachingState.OWN, TeachingState.ELSEWHERE)
"""Why a time is not free; where several hold, the first is told."""


@dataclass(frozen=True)
class TeachingRow:
    """A time of the evening. Talks have no slot."""

    starts_at: datetime
    ends_at: datetime
    state: TeachingState
    slot_id: int = 0
    student: str = ""
    class_name: str = ""
    guardians: tuple[str, ...] = ()
    subjects: str = ""
    remark: str = ""
    place: str = ""  # how they meet, unless at school
    link: str = ""  # of the meeting of this talk, once it is made


@dataclass(frozen=True)
class TeachingEvening:
    """An evening of a round in which the teacher sits; holds nobody's contact data."""

    round_id: int
    round_name: str
    evening_id: int
    day: date
    room: str
    rows: tuple[TeachingRow, ...]
    may_block: bool
    blocked_whole: bool  # by the teacher with one tap, which one tap takes back
    block_until: datetime | None
    checking: bool  # not visible to families yet: teachers check their own times
    checked_at: datetime | None  # when this teacher confirmed the times
    at_own_link: bool  # talks can be at the teacher's own link
    hidden: bool  # the school does not show names yet: every talk is only "taken"

    @property
    def talks(self) -> int:
        """How many talks the evening has."""
        return sum(row.state in {TeachingState.TALK, TeachingState.TAKEN} for row in self.rows)

    @property
    def own_blocks(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when the teacher blocked times, one after the other as one."""
        blocks = groupby(self.rows, key=lambda row: row.state is TeachingState.OWN)
        runs = [list(rows) for is_own, rows in blocks if is_own]
        return tuple((rows[0].starts_at, rows[-1].ends_at) for rows in runs)


def load_teaching(actor: Actor, *, now: datetime) -> tuple[TeachingEvening, ...]:
    """Return the teacher's own evenings: future ones first, then past ones, each nearest first.

    Raises NotFoundError if the actor is not a teacher.
    """
    teacher_id = found(actor.teacher_id)
    rounds = [(load_round(id_), checked_at) for id_, checked_at in _rounds(teacher_id)]
    evenings = [evening for round_, _at in rounds for evening in evenings_of(round_)]
    talks = _talks(teacher_id)
    away = _away(teacher_id, actor.person_id, evenings)
    whole = _blocked_whole(actor, evenings)
    own = [
        TeachingEvening(
            round_id=round_.id,
            round_name=round_.name,
            evening_id=evening.id,
            day=evening.day,
            room=_room(evening, teacher_id, talks.get(evening.id, []), round_),
            rows=_rows(evening, _shown(talks.get(evening.id, []), round_), away),
            may_block=may_block(round_, now) and now < evening.ends_at,
            blocked_whole=evening.id in whole,
            block_until=round_.teachers_block_until,
            checking=round_.state is RoundState.CHECK,
            checked_at=checked_at,
            at_own_link=Modality.OWN_LINK in round_.modalities,
            hidden=not round_.timetable_visible,
        )
        for round_, checked_at in rounds
        for evening in evenings_of(round_)
        if evening.slots or evening.id in talks  # otherwise the office removed the evening
    ]
    today = local_day(now)
    to_come = sorted((e for e in own if e.day >= today), key=lambda e: e.day)
    past = sorted((e for e in own if e.day < today), key=lambda e: e.day, reverse=True)
    return tuple(to_come + past)


def sits_today(actor: Actor, *, now: datetime) -> bool:
    """Return whether the actor is a teacher who has an evening today."""
    if actor.teacher_id is None:
        return False
    today = local_day(now)
    return any(evening.day == today for evening in load_teaching(actor, now=now))


def own_link(actor: Actor) -> str:
    """Return the teacher's own link, or ""."""
    link = select(Teacher.link).where(Teacher.id == actor.teacher_id)
    return db.session.scalar(link) or ""


def _room(
    evening: EveningInfo, teacher_id: int, talks: list[TeachingRow], round_: RoundInfo
) -> str:
    """Return the room in which talks are at school; before the first talk, in which they may be."""
    at_school = any(not talk.place for talk in talks) if talks else round_.at_school
    return evening.rooms[teacher_id].name if at_school and teacher_id in evening.rooms else ""


def _shown(talks: list[TeachingRow], round_: RoundInfo) -> list[TeachingRow]:
    """Return the talks of an evening; strip the names until the school shows the timetable."""
    if round_.timetable_visible:
        return talks
    return [TeachingRow(talk.starts_at, talk.ends_at, TeachingState.TAKEN) for talk in talks]


def _rounds(teacher_id: int) -> list[tuple[int, datetime | None]]:
    """Return each round that offers this teacher, and when the teacher confirmed the times."""
    rows = db.session.execute(
        select(Round.id, RoundCheck.at)
        .outerjoin(
            RoundCheck,
            and_(RoundCheck.round_id == Round.id, RoundCheck.teacher_id == teacher_id),
        )
        .where(
            Round.state.in_((RoundState.CHECK, RoundState.PUBLISHED)),
            Round.id.in_(
                select(Offer.round_id)
                .join(OfferTeacher, OfferTeacher.offer_id == Offer.id)
                .where(OfferTeacher.teacher_id == teacher_id)
            ),
        )
        .order_by(Round.id)
    )
    return [(round_id, at) for round_id, at in rows]


def _rows(
    evening: EveningInfo, talks: list[TeachingRow], away: Mapping[int, TeachingState]
) -> tuple[TeachingRow, ...]:
    rows = list(talks)
    for slot in evening.slots:
        if any(t.starts_at < slot.ends_at and slot.starts_at < t.ends_at for t in talks):
            continue
        states = {away.get(tick) for tick in ticks(slot.starts_at, slot.ends_at)}
        state = next((state for state in AWAY if state in states), TeachingState.FREE)
        rows.append(TeachingRow(slot.starts_at, slot.ends_at, state, slot.id))
    return tuple(sorted(rows, key=lambda row: row.starts_at))


def _talks(teacher_id: int) -> Mapping[int, list[TeachingRow]]:
    bookings = db.session.execute(
        select(
            Booking,
            NAME,
            CLASS_NAME,
            Subject.name.label("subject"),
            Teacher.link.label("own_link"),
        )
        .join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .join(SAME, ABOUT_SAME)
        .join(Student, Student.id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .outerjoin(HomeClass, HomeClass.id == Student.home_class_id)
        .outerjoin(Subject, Subject.code == SAME.subject_code)
        .where(OfferTeacher.teacher_id == teacher_id, Booking.cancelled_at.is_(None))
        .order_by(Booking.starts_at, Booking.id, SAME.id)
    ).all()
    coming = who_comes({row.Booking.id for row in bookings})
    homes = homes_named({row.Booking.household_id for row in bookings})
    evenings: dict[int, list[TeachingRow]] = defaultdict(list)
    for booking, of_talk in groupby(bookings, key=lambda row: row.Booking):
        rows = list(of_talk)
        evenings[booking.evening_id].append(
            TeachingRow(
                booking.starts_at,
                booking.ends_at,
                TeachingState.TALK,
                0,
                rows[0].name.full,
                rows[0].class_name or "",
                coming.get(booking.id)
                or (homes[booking.household_id].guardians if booking.household_id in homes else ()),
                ", ".join(dict.fromkeys(row.subject for row in rows if row.subject)),
                booking.remark,
                place_text(booking.modality, ""),
                link_of(booking.modality, booking.link, [rows[0].own_link]),
            )
        )
    return evenings


def _away(
    teacher_id: int, person_id: int, evenings: Collection[EveningInfo]
) -> Mapping[int, TeachingState]:
    """Return why the teacher is away, by tick; the first reason in AWAY wins."""
    times = [slot for evening in evenings for slot in evening.slots]
    if not times:
        return {}
    states: dict[int, TeachingState] = {}
    first, last = min(slot.starts_at for slot in times), max(slot.ends_at for slot in times)
    during = ticks(first, last)
    for tick in db.session.scalars(
        # Talks as a parent; the teacher's own talks already have rows.
        select(Claim.tick).where(
            Claim.kind == ClaimKind.PERSON,
            Claim.resource_id == person_id,
            Claim.tick.between(during.start, during.stop - 1),
        )
    ):
        states[tick] = TeachingState.ELSEWHERE
    for starts_at, ends_at, by_office in db.session.execute(
        select(Unavailability.starts_at, Unavailability.ends_at, Unavailability.by_office)
        .where(
            Unavailability.teacher_id == teacher_id,
            Unavailability.evening_id.in_([evening.id for evening in evenings]),
        )
        .order_by(Unavailability.by_office)  # the school's blocks come last and overwrite
    ):
        state = TeachingState.SCHOOL if by_office else TeachingState.OWN
        states.update(dict.fromkeys(ticks(starts_at, ends_at), state))
    return states


def _blocked_whole(actor: Actor, evenings: Collection[EveningInfo]) -> set[int]:
    """Return the evenings that the teacher blocked as a whole and may free again, by id."""
    rows = db.session.execute(
        select(Unavailability.evening_id, Unavailability.by_office).where(
            Unavailability.teacher_id == actor.teacher_id,
            Unavailability.evening_id.in_([evening.id for evening in evenings]),
            Unavailability.whole_evening,
        )
    )
    return {row.evening_id for row in rows if actor.is_office or not row.by_office}
