"""What a family asks for in a round, for its pages."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.bookings import policy, requests
from app.bookings.attendees import GuardiansApart
from app.bookings.availability import columns_of, evenings_with_times, teachers_of
from app.bookings.cells import Column
from app.bookings.models import BookingRequest
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.extensions import db
from app.requests.asking import NoRequests, family_of
from app.requests.models import AwayTime, NoTalkNeeded, Preference, Wishes
from app.requests.wishes import (
    PartOfEvening,
    children_asking,
    has_remark,
    own_family,
    own_wishes,
    parts_of,
)
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import Offer
from app.rounds.offers import is_bookable
from app.rounds.phases import Phase
from app.rounds.queries import load_round
from app.school.queries import Child


@dataclass(frozen=True)
class OwnRequest:
    """A talk that the family asks for."""

    id: int
    teacher: str
    subjects: str
    is_long: bool
    remark: str


@dataclass(frozen=True)
class AskingChild:
    """A child, whom the family can ask for, and what it asks already."""

    child: Child
    columns: tuple[Column, ...]
    asked: Mapping[int, OwnRequest]  # by offer id, dearest first
    booked: int
    none_needed: bool
    gone: tuple[str, ...] = ()  # teachers who are asked for and not offered any more
    why_not: str = ""  # in words, if the family cannot ask for this child

    @property
    def choosable(self) -> tuple[Column, ...]:
        """The teachers who can be asked for."""
        return tuple(
            column
            for column in self.columns
            if column.live is None and (column.offered or column.offer_id in self.asked)
        )


@dataclass(frozen=True)
class EveningWishes:
    """An evening in parts; ``away`` are those in which the family cannot come."""

    evening: EveningInfo
    parts: tuple[PartOfEvening, ...]
    away: frozenset[datetime]


@dataclass(frozen=True)
class AskingPage:
    """A round as a family asks in it."""

    round: RoundInfo
    phase: Phase
    children: tuple[AskingChild, ...]
    evenings: tuple[EveningWishes, ...]
    preference: Preference
    remark: str
    has_remark: bool  # the form asks for one

    @property
    def may_ask(self) -> bool:
        """Whether the family can ask for any of its children."""
        return any(not child.why_not for child in self.children)

    @property
    def asked(self) -> int:
        """How many talks are asked for."""
        return sum(len(child.asked) for child in self.children)


def load_asking(actor: Actor, round_id: int, *, now: datetime) -> AskingPage:
    """Return what a family asks for in a round. Raises NotFoundError."""
    round_ = load_round(round_id)
    phase = round_.phase(now)
    is_seen = phase in {Phase.ANNOUNCED, Phase.OPEN, Phase.CLOSED}
    children = children_asking(actor, round_, now)
    if not (
        round_.takes_requests
        and is_seen
        and children
        and policy.may_book_in(actor, round_.open_to, now)
    ):
        raise NotFoundError
    evenings = evenings_with_times(round_)
    loaded = tuple(_load_own(round_, child, evenings) for child in children)
    wishes, has_its_remark = _wishes(round_, children)
    away = _away_of(wishes.id) if wishes else {}
    return AskingPage(
        round=round_,
        phase=phase,
        children=loaded,
        evenings=tuple(
            EveningWishes(evening, parts_of(evening), away.get(evening.id, frozenset()))
            for evening in evenings
        ),
        preference=Preference(wishes.preference if wishes else ""),
        remark=wishes.remark if wishes and has_its_remark else "",
        has_remark=round_.office_remarks and has_its_remark,
    )


def _wishes(round_: RoundInfo, children: Sequence[Child]) -> tuple[Wishes | None, bool]:
    """Return a family's wishes, and whether their remark is for who asks."""
    try:
        household_id, child = own_family(round_, children)
    except (GuardiansApart, NoRequests):
        return None, False
    return (
        own_wishes(round_.id, household_id, child.student_id),
        has_remark(round_, household_id, child),
    )


def _load_own(round_: RoundInfo, child: Child, evenings: list[EveningInfo]) -> AskingChild:
    try:
        household_id = family_of(round_, child)
    except DomainError as refusal:
        return AskingChild(child, (), {}, 0, none_needed=False, why_not=refusal.message)
    return load_child(round_, child, household_id, evenings)


def load_child(
    round_: RoundInfo, child: Child, household_id: int | None, evenings: list[EveningInfo]
) -> AskingChild:
    """Return what a household asks for a child; the caller knows whose it is.

    No household stands for a student who comes alone.
    """
    columns = columns_of(round_, child, evenings)
    by_key = {column.key: column for column in columns}
    rows = db.session.execute(
        select(
            BookingRequest.id,
            BookingRequest.offer_id,
            BookingRequest.teacher_key,
            BookingRequest.is_long,
            BookingRequest.remark,
        )
        .where(
            BookingRequest.round_id == round_.id,
            BookingRequest.student_id == child.student_id,
            BookingRequest.household_id.is_not_distinct_from(household_id),
            requests.is_open(),
        )
        .order_by(BookingRequest.position, BookingRequest.id)
    ).all()
    asked = {
        column.offer_id: OwnRequest(
            row.id, column.teacher, column.subjects, row.is_long, row.remark
        )
        for row in rows
        if (column := by_key.get(row.teacher_key))
    }
    said = select(NoTalkNeeded.id).filter_by(
        round_id=round_.id, student_id=child.student_id, household_id=household_id
    )
    return AskingChild(
        child=child,
        columns=tuple(columns),
        asked=asked,
        booked=sum(column.live is not None for column in columns),
        none_needed=db.session.scalar(said) is not None,
        gone=_gone([row.offer_id for row in rows if row.teacher_key not in by_key]),
    )


def _gone(offer_ids: Sequence[int]) -> tuple[str, ...]:
    if not offer_ids:
        return ()
    return tuple(sorted(teachers_of(select(Offer.id).where(Offer.id.in_(offer_ids))).values()))


def _away_of(wishes_id: int) -> dict[int, frozenset[datetime]]:
    away: dict[int, set[datetime]] = {}
    for evening_id, starts_at in db.session.execute(
        select(AwayTime.evening_id, AwayTime.starts_at).where(
            AwayTime.wishes_id == wishes_id, AwayTime.by_office.is_(False)
        )
    ):
        away.setdefault(evening_id, set()).add(starts_at)
    return {evening_id: frozenset(starts) for evening_id, starts in away.items()}


def may_ask(round_: RoundInfo, children: Collection[Child]) -> bool:
    """Return whether a family can ask for any of these children in a round."""
    for child in children:
        try:
            family_of(round_, child)
        except DomainError:
            continue
        return True
    return False


def count_asked(children: Collection[Child], rounds: Collection[RoundInfo]) -> Mapping[int, int]:
    """Return how many talks that can be planned the actor's own households ask for, by round id."""
    if not rounds:
        return {}
    return Counter(round_id for round_id, _student_id in _asked(children, rounds))


def settled_in(round_: RoundInfo, children: Collection[Child]) -> set[int]:
    """Return the ids of those children about whom the family asks for talks, or needs none."""
    own = {child.student_id: child.household_id for child in children}
    none_needed = db.session.execute(
        select(NoTalkNeeded.student_id, NoTalkNeeded.household_id).where(
            NoTalkNeeded.round_id == round_.id, NoTalkNeeded.student_id.in_(own)
        )
    )
    settled = {student_id for _round_id, student_id in _asked(children, [round_])}
    return settled | {
        student_id
        for student_id, household_id in none_needed
        if policy.shares_talk(own[student_id], household_id)
    }


def _asked(children: Collection[Child], rounds: Collection[RoundInfo]) -> Iterator[tuple[int, int]]:
    """Yield round and student of each talk that can be planned and the family asks for."""
    own = {child.student_id: child.household_id for child in children}
    rows = db.session.execute(
        select(BookingRequest.round_id, BookingRequest.student_id, BookingRequest.household_id)
        .join(Offer, Offer.id == BookingRequest.offer_id)
        .where(
            BookingRequest.round_id.in_([round_.id for round_ in rounds]),
            BookingRequest.student_id.in_(own),
            requests.is_open(),
            is_bookable(),
        )
    )
    for round_id, student_id, household_id in rows:
        if policy.shares_talk(own[student_id], household_id):
            yield round_id, student_id
