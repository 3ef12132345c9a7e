"""The pages of families and teachers, each from one function, complete and in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from app.bookings import party, policy, submissions
from app.bookings.board import Card, EveningBoard, build
from app.bookings.cells import State, Talk
from app.bookings.choices import Choice
from app.bookings.facts import busy_during, columns_of
from app.bookings.service import Result
from app.bookings.talks import own_talk, own_talks, talks_of_ids
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.rounds.phases import Phase, poll_seconds
from app.rounds.queries import (
    RoundInfo,
    evenings_of,
    load_round,
    students_in,
)
from app.school.models import Guardian, HouseholdGuardian, Person, Student, Teacher
from app.school.queries import Child, children_of

ALTERNATIVES = 3
"""How many other times a family is offered for one that it lost."""


@dataclass(frozen=True)
class BoardPage:
    """The reservation table of one child."""

    round: RoundInfo
    phase: Phase
    child: Child
    children: tuple[Child, ...]  # own children who take part in the round
    evenings: tuple[EveningBoard, ...]
    cards: tuple[Card, ...]
    talks: tuple[Talk, ...]  # of all own children during these evenings
    booked: int
    remaining: int
    marker: str
    poll_seconds: int
    moving: Talk | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether times can be chosen now."""
        return self.phase is Phase.OPEN


@dataclass(frozen=True)
class Lost:
    """A time somebody else was first for, and what this teacher still has nearest to it."""

    teacher: str
    starts_at: datetime
    alternatives: tuple[tuple[str, datetime], ...]  # (value of the cell, its start)


@dataclass(frozen=True)
class Outcome:
    """What the family's last act brought about, in full."""

    booked: tuple[Talk, ...] = ()
    lost: tuple[Lost, ...] = ()
    moved: Talk | None = None
    cancelled: Talk | None = None


_THEIR_TEACHERS = Person.id.in_(
    select(Teacher.person_id)
    .join(OfferTeacher, OfferTeacher.teacher_id == Teacher.id)
    .join(Offer, Offer.id == OfferTeacher.offer_id)
    .where(
        Offer.round_id == bindparam("round_id"),
        Offer.student_id == bindparam("student_id"),
        Offer.offered,
    )
)
_THEIR_GUARDIANS = Person.id.in_(
    select(Guardian.person_id)
    .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
    .where(HouseholdGuardian.household_id == bindparam("household_id"))
)
_ITSELF = Person.id.in_(select(Student.person_id).where(Student.id == bindparam("student_id")))

_MARKER = select(
    select(func.count()).select_from(Person).where(_THEIR_TEACHERS).scalar_subquery(),
    select(func.sum(Person.revision)).where(_THEIR_TEACHERS).scalar_subquery(),
    select(func.sum(Person.revision)).where(_THEIR_GUARDIANS).scalar_subquery(),
    select(func.sum(Person.revision)).where(_ITSELF).scalar_subquery(),
)


def load_board(
    actor: Actor, round_id: int, student_id: int, *, now: datetime, moving: int | None = None
) -> BoardPage:
    """Return the table of one child in a round, as this actor may see it.

    Raises NotFoundError for a child or round that is not the actor's.
    """
    children = children_of(actor, local_day(now))
    child = found(next((c for c in children if c.student_id == student_id), None))
    round_ = _visible_round(actor, round_id, now)
    taking_part = _taking_part(children, round_id)
    if child not in taking_part:
        raise NotFoundError
    # First, so that it is never newer than the table it stands for.
    marker = _marker(round_, child, now)
    evenings = [evening for evening in evenings_of(round_) if evening.slots]
    columns = columns_of(round_id, child, evenings)
    talks = own_talks(children, now=now)
    family = party.of_board(round_, child)
    boards, cards = build(
        child,
        columns,
        evenings,
        busy_during(evenings, columns, family, now=now),
        talks,
        family,
        timedelta(minutes=round_.walking_minutes),
    )
    booked = sum(talk.child == child and talk.round_id == round_id for talk in talks)
    return BoardPage(
        round=round_,
        phase=round_.phase(now),
        child=child,
        children=taking_part,
        evenings=boards,
        cards=cards,
        talks=tuple(talk for board in boards for talk in board.talks),
        booked=booked,
        remaining=max(round_.max_per_child - booked, 0),
        marker=marker,
        poll_seconds=poll_seconds(round_, now),
        moving=_talk_to_move(talks, moving),
        now=now,
    )


def board_marker(actor: Actor, round_id: int, student_id: int, *, now: datetime) -> str:
    """Return a text that changes whenever the child's table does. Raises NotFoundError."""
    children = children_of(actor, local_day(now))
    child = found(next((c for c in children if c.student_id == student_id), None))
    return _marker(_visible_round(actor, round_id, now), child, now)


def load_talk(actor: Actor, booking_id: int, *, now: datetime, cancelled: bool = False) -> Talk:
    """Return one own talk; a cancelled one only where asked for. Raises NotFoundError."""
    children = children_of(actor, local_day(now))
    if cancelled:
        return found(next(iter(talks_of_ids([booking_id], children, now=now)), None))
    return own_talk(children, booking_id, now=now)


def outcome_of(actor: Actor, page: BoardPage, result: Result) -> Outcome:
    """Return a booking's result in words and times; nearest free times as the page shows them."""
    children = children_of(actor, local_day(page.now))
    return Outcome(
        booked=talks_of_ids(result.booked, children, now=page.now),
        lost=tuple(lost for choice in result.lost for lost in _lost(page, choice)),
    )


def load_outcome(
    actor: Actor,
    page: BoardPage,
    *,
    submission: str | None,
    moved: int | None,
    cancelled: int | None,
) -> Outcome | None:
    """Return what was done just before, for a page that was sent to the table by a redirect."""
    if submission and submission.isprintable():
        answer = submissions.answer_of(submission, actor)
        if answer and "booked" in answer:
            return outcome_of(actor, page, Result.from_json(answer))
    if moved is not None:
        return Outcome(moved=load_talk(actor, moved, now=page.now, cancelled=True))
    if cancelled is not None:
        return Outcome(cancelled=load_talk(actor, cancelled, now=page.now, cancelled=True))
    return None


def nearest_free(
    card: Card, wanted: datetime, count: int = ALTERNATIVES
) -> tuple[tuple[str, datetime], ...]:
    """Return a teacher's free times nearest to the one that was wanted, by time."""
    free = [
        (cell.value, cell.starts_at)
        for evening in card.evenings
        for cell in evening.cells
        if cell.state is State.FREE
    ]
    nearest = sorted(free, key=lambda cell: (abs(cell[1] - wanted), cell[1]))[:count]
    return tuple(sorted(nearest, key=lambda cell: cell[1]))


def _visible_round(actor: Actor, round_id: int, now: datetime) -> RoundInfo:
    round_ = load_round(round_id)
    hidden = {Phase.DRAFT, Phase.CHECK}
    if round_.phase(now) in hidden or not policy.may_see(actor, round_.open_to):
        raise NotFoundError
    return round_


def _taking_part(children: Sequence[Child], round_id: int) -> tuple[Child, ...]:
    taking_part = students_in(round_id, [child.student_id for child in children])
    return tuple(child for child in children if child.student_id in taking_part)


def _talk_to_move(talks: Sequence[Talk], booking_id: int | None) -> Talk | None:
    # None too when it was cancelled, or has begun, since the address was made.
    return next((t for t in talks if t.booking_id == booking_id and t.may_move), None)


def _lost(page: BoardPage, choice: Choice) -> tuple[Lost, ...]:
    value = f"{choice.slot_id}-{choice.offer_id}"
    return tuple(
        Lost(card.teacher, cell.starts_at, nearest_free(card, cell.starts_at))
        for card in page.cards
        for evening in card.evenings
        for cell in evening.cells
        if cell.value == value
    )


def _marker(round_: RoundInfo, child: Child, now: datetime) -> str:
    """Join the revisions of the child's teachers, household and own row, which only ever grow."""
    row = db.session.execute(
        _MARKER,
        {
            "round_id": round_.id,
            "student_id": child.student_id,
            "household_id": child.household_id,
        },
    ).one()
    return ".".join(str(part or 0) for part in row) + f".{round_.phase(now)}"
