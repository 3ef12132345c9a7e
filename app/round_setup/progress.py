"""The progress of a round: its steps, who was told, and who has checked."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from app.audit.models import AuditEntry
from app.core.errors import found
from app.extensions import db
from app.outbox.errors import in_words
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.planner.left import waiting_plan
from app.requests.hindered import count_hindered
from app.round_setup import recipients
from app.round_setup.recipients import Letter, offered_teachers
from app.round_setup.week_warnings import Doubt, doubt_of
from app.rounds.info import RoundInfo
from app.rounds.models import Offer, Round, RoundCheck, RoundClass
from app.rounds.phases import Phase
from app.rounds.queries import load_round
from app.school.models import Person, Student, Teacher
from app.school.reading import NAME

LINE = (Phase.DRAFT, Phase.CHECK, Phase.ANNOUNCED, Phase.OPEN, Phase.CLOSED, Phase.ARCHIVED)


PREPARING = frozenset({Phase.DRAFT, Phase.CHECK, Phase.ANNOUNCED})

INVITING = frozenset({Phase.CHECK, Phase.ANNOUNCED, Phase.OPEN})
"""The phases in which families can still be invited, if nobody did so yet."""


@dataclass(frozen=True)
class Station:
    """A phase on the line of steps; ``at`` is when it starts automatically."""

    phase: Phase
    at: datetime | None
    is_past: bool
    is_current: bool


@dataclass(frozen=True)
class Told:
    """The result of a letter: when last sent, to how many, and how many are waiting or failed.

    Those with their reasons in words; one that was not tried yet has "".
    """

    at: datetime
    recipients: int
    waiting: Mapping[str, int]
    failed: Mapping[str, int]


@dataclass(frozen=True)
class Progress:
    """The page of a round's progress."""

    round: RoundInfo
    phase: Phase
    line: tuple[Station, ...]
    told: dict[str, Told]  # by letter
    students: int  # who take part
    without_teacher: int  # of them, with no teacher offered
    teachers: int
    unchecked: tuple[str, ...]  # names of those who have not confirmed their times
    ahead: int  # how many the next step would tell; also families who see it already
    were_teachers_asked: bool  # by mail, to check their own times
    were_families_invited: bool
    opens_at_once: bool  # opens_at has passed
    hindered: int  # requests that cannot be planned any more
    plan: int | None  # the latest one, if it waits to be published
    doubt: Doubt | None  # only while the office can still act on it
    check_at: datetime | None
    publish_at: datetime | None
    archive_at: datetime | None

    @property
    def checked(self) -> int:
        """How many teachers have confirmed their times."""
        return self.teachers - len(self.unchecked)


def load_progress(round_id: int, *, now: datetime) -> Progress:
    """Return the progress of a round. Raises NotFoundError."""
    info = load_round(round_id)
    dates = found(
        db.session.execute(
            select(
                Round.check_at,
                Round.publish_at,
                Round.archive_at,
                Round.teachers_told_at,
                Round.families_told_at,
            ).where(Round.id == round_id)
        ).first()
    )
    phase = info.phase(now)
    rows = _teachers(round_id)
    ahead = 0
    if phase is Phase.DRAFT:
        if dates.teachers_told_at is None:
            ahead = len(recipients.teachers_of(round_id))
    elif phase in INVITING and dates.families_told_at is None:
        ahead = len(recipients.families_of(round_id, now=now))
    students, silent = _students(round_id)
    return Progress(
        round=info,
        phase=phase,
        line=_line(
            phase,
            {
                Phase.CHECK: dates.check_at,
                Phase.ANNOUNCED: dates.publish_at,
                Phase.OPEN: info.opens_at,
                Phase.CLOSED: info.closes_at,
                Phase.ARCHIVED: dates.archive_at,
            },
            now,
        ),
        told=_told(round_id),
        students=students,
        without_teacher=silent,
        teachers=len(rows),
        unchecked=tuple(name for name, checked in rows if not checked),
        ahead=ahead,
        were_teachers_asked=dates.teachers_told_at is not None,
        were_families_invited=dates.families_told_at is not None,
        opens_at_once=info.opens_at <= now,
        hindered=0 if phase is Phase.ARCHIVED else count_hindered(round_id),
        plan=None if phase is Phase.ARCHIVED else waiting_plan(round_id),
        doubt=_doubt(info, has_teachers=bool(rows)) if phase in PREPARING else None,
        check_at=dates.check_at,
        publish_at=dates.publish_at,
        archive_at=dates.archive_at,
    )


def _doubt(info: RoundInfo, *, has_teachers: bool) -> Doubt | None:
    doubt = doubt_of(info.reference_week, info.days)
    if has_teachers:  # teachers can be offered by hand, even in a week without lessons
        return None if doubt is Doubt.EMPTY else doubt
    return doubt or Doubt.NOT_THESE


def _line(
    phase: Phase, moments: Mapping[Phase, datetime | None], now: datetime
) -> tuple[Station, ...]:
    """Return the line of steps; a date in the past is not shown for a step."""
    here = LINE.index(phase)
    stations = []
    for number, station in enumerate(LINE):
        at = moments.get(station)
        comes = at if at is not None and at > now else None
        stations.append(Station(station, comes, number < here, number == here))
    return tuple(stations)


def _told(round_id: int) -> dict[str, Told]:
    """Return the result of each letter of a round; the outbox keeps its rows for a month."""
    lines = db.session.execute(
        select(AuditEntry.action, AuditEntry.at, AuditEntry.details)
        .where(
            AuditEntry.round_id == round_id,
            AuditEntry.action.in_([f"round.told_{letter}" for letter in Letter]),
        )
        .order_by(AuditEntry.id)
    ).all()
    if not lines:
        return {}
    letter = OutboxMessage.payload["letter"].as_string()
    failed = OutboxMessage.failed_at.is_not(None)
    counts: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for name, is_failed, reason, number in db.session.execute(
        select(letter, failed, OutboxMessage.last_error, func.count())
        .where(
            OutboxMessage.kind == Promise.ROUND_MAIL,
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.payload["round_id"].as_integer() == round_id,
        )
        .group_by(letter, failed, OutboxMessage.last_error)
        .order_by(OutboxMessage.last_error)
    ):
        counts[name, is_failed][in_words(reason)] += number
    told = ((action.removeprefix("round.told_"), at, details) for action, at, details in lines)
    return {
        name: Told(at, details["readers"], counts[name, False], counts[name, True])
        for name, at, details in told
    }


def _teachers(round_id: int) -> list[tuple[str, bool]]:
    """Return the offered teachers by name, and whether each has confirmed the times."""
    rows = db.session.execute(
        select(NAME, RoundCheck.at)
        .join(Teacher, Teacher.person_id == Person.id)
        .outerjoin(
            RoundCheck,
            (RoundCheck.teacher_id == Teacher.id) & (RoundCheck.round_id == round_id),
        )
        .where(Teacher.id.in_(offered_teachers(round_id)), Teacher.ended_on.is_(None))
        .order_by(Person.sort_key, Teacher.id)
    ).all()
    return [(name.full, at is not None) for name, at in rows]


def _students(round_id: int) -> tuple[int, int]:
    """Return how many students the round's classes have, and how many have no teacher."""
    classes = select(RoundClass.home_class_id).where(RoundClass.round_id == round_id)
    offered = exists().where(
        Offer.round_id == round_id, Offer.student_id == Student.id, Offer.offered
    )
    students, without_teacher = db.session.execute(
        select(func.count(), func.count().filter(~offered))
        .select_from(Student)
        .where(Student.home_class_id.in_(classes), Student.ended_on.is_(None))
    ).one()
    return students, without_teacher
