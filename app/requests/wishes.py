"""Say when a family cannot come, which part of the evening it likes best, and a remark to the office."""

from collections.abc import Collection, Sequence, Set
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import claims, policy
from app.bookings.attendees import GuardiansApart
from app.bookings.availability import evenings_with_times
from app.bookings.remarks import refuse_long
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import local_day
from app.core.statements import counts
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.asking import NoRequests, asking_round, family_of
from app.requests.models import AwayTime, Preference, Wishes
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.models import OpenTo
from app.rounds.queries import rounds_of_students
from app.school.models import HouseholdGuardian
from app.school.queries import Child, children_of

PART = timedelta(hours=1)  # what a family can say of at once


Start = tuple[int, datetime]
"""A part of an evening: the evening's id, and when the part begins."""


class Said(NamedTuple):
    """What a page showed of a family's wishes when its form was made."""

    away: Collection[Start]
    preference: Preference
    remark: str


class PartOfEvening(NamedTuple):
    """A part of an evening, in UTC."""

    evening_id: int
    starts_at: datetime
    ends_at: datetime

    @property
    def value(self) -> str:
        """The part as a form sends it."""
        return f"{self.evening_id}-{self.starts_at:%H%M}"


def parts_of(evening: EveningInfo) -> tuple[PartOfEvening, ...]:
    """Return an evening in equal parts of about an hour; each begins as a talk can."""
    first = evening.slots[0].starts_at
    length = evening.slots[-1].ends_at - first
    number = max(1, round(length / PART))
    parts = []
    for _index, slots in groupby(
        evening.slots, lambda it: (it.starts_at - first) * number // length
    ):
        of_part = list(slots)
        parts.append(PartOfEvening(evening.id, of_part[0].starts_at, of_part[-1].ends_at))
    return tuple(parts)


@retry_deadlock
def set_wishes(
    actor: Actor,
    round_id: int,
    *,
    away: Collection[Start],
    preference: Preference,
    remark: str,
    shown: Said | None = None,
    now: datetime,
) -> None:
    """Let these be the family's wishes: the parts it cannot come in, by evening id and start.

    What the page had ``shown`` and the form left alone stays as it is by now: the other parent may
    have changed it meanwhile. So does what the office said. Of a guardian of several households see
    ``own_family``. Raises NotFoundError, RoundClosed, NoRequests, GuardiansApart and RemarkTooLong.
    """
    refuse_long(remark.strip())
    with transaction():
        lock_own(actor, now)
        round_ = asking_round(actor, round_id, now)
        children = children_asking(actor, round_, now)
        new = set(away) - set(shown.away) if shown else set(away)
        parts = [
            part
            for evening in evenings_with_times(round_)
            for part in parts_of(evening)
            if (part.evening_id, part.starts_at) in new
        ]
        text = remark.strip() if round_.office_remarks else ""
        household_id, child = own_family(round_, children)
        row = ensure_wishes(round_.id, household_id, child.student_id, now=now)
        is_new = text != row.remark and (shown is None or text != shown.remark.strip())
        if is_new and has_remark(round_, household_id, child):
            row.remark, row.handled_at = text, None
        if shown is None or preference != shown.preference:
            row.preference = preference
        row.changed_at = now
        _put(row.id, parts, set(shown.away) - set(away) if shown else None)
        audit.record(
            actor,
            Action.REQUEST_WISHED,
            now=now,
            role=policy.acting_role(actor),
            round_id=round_.id,
            student_id=child.student_id,
            household_id=household_id,
        )


def lock_own(actor: Actor, now: datetime) -> None:
    """Lock the actor's children before anything is read that decides: the office may set them apart."""
    claims.lock_children({child.student_id for child in children_of(actor, local_day(now))})
    db.session.expire_all()


def own_family(round_: RoundInfo, children: Sequence[Child]) -> tuple[int | None, Child]:
    """Return whose wishes somebody writes and reads: a household, and one of its children.

    Of several households it is the one with the fewest guardians: what a parent says alone is read
    by nobody else, and the plan takes linked households for one. Raises NoRequests or GuardiansApart
    if no child can be asked for.
    """
    families: list[tuple[int | None, Child]] = []
    refusal: DomainError | None = None
    for child in children:
        try:
            families.append((family_of(round_, child), child))
        except (GuardiansApart, NoRequests) as fault:
            refusal = fault
    if not families:
        raise refusal or NotFoundError
    sizes = counts(
        select(HouseholdGuardian.household_id, func.count())
        .where(HouseholdGuardian.household_id.in_([household for household, _child in families]))
        .group_by(HouseholdGuardian.household_id)
    )
    return min(families, key=lambda it: (sizes.get(it[0] or 0, 0), it[0] or 0, it[1].student_id))


def _put(wishes_id: int, parts: Sequence[PartOfEvening], gone: Set[Start] | None) -> None:
    """Add these parts, and take away those that begin at ``gone``; None stands for all others."""
    own = (AwayTime.wishes_id == wishes_id, AwayTime.by_office.is_(False))
    known = {
        (row.evening_id, row.starts_at, row.ends_at): row
        for row in db.session.scalars(select(AwayTime).where(*own))
    }
    ended = [
        row.id
        for key, row in known.items()
        if (key[:2] in gone if gone is not None else key not in set(map(tuple, parts)))
    ]
    db.session.execute(delete(AwayTime).where(AwayTime.id.in_(ended)))
    db.session.add_all(
        AwayTime(
            wishes_id=wishes_id,
            evening_id=part.evening_id,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
        )
        for part in parts
        if tuple(part) not in known
    )


def has_remark(round_: RoundInfo, household_id: int | None, child: Child) -> bool:
    """Whether the remark of these wishes is for whom ``child`` describes to read and to write.

    In a round for guardians it is theirs, perhaps about other children: a student of 18 who lets
    them in neither reads nor replaces it.
    """
    return not (child.is_self and household_id and round_.open_to is OpenTo.GUARDIANS)


def own_wishes(round_id: int, household_id: int | None, student_id: int | None) -> Wishes | None:
    """Return a household's wishes, or without one those of the student who comes alone."""
    whose = Wishes.household_id == household_id if household_id else Wishes.student_id == student_id
    return db.session.scalars(select(Wishes).where(Wishes.round_id == round_id, whose)).first()


def away_times(
    round_id: int, household_id: int | None, student_id: int | None
) -> Sequence[AwayTime]:
    """Return when a family is not planned, with what its guardians said for other children.

    Of several households of a guardian the wishes are kept with one; the plan takes them for all.
    """
    whose = Wishes.student_id == student_id
    if household_id:
        own, other = aliased(HouseholdGuardian), aliased(HouseholdGuardian)
        whose = Wishes.household_id.in_(
            select(other.household_id)
            .join(own, own.guardian_id == other.guardian_id)
            .where(own.household_id == household_id)
        )
    return db.session.scalars(
        select(AwayTime)
        .join(Wishes, Wishes.id == AwayTime.wishes_id)
        .where(Wishes.round_id == round_id, whose)
        .order_by(AwayTime.overruled.desc(), AwayTime.id)
    ).all()


def ensure_wishes(
    round_id: int, household_id: int | None, student_id: int | None, *, now: datetime
) -> Wishes:
    """Return the wishes that ``own_wishes`` finds, or new ones in which nothing is said yet."""
    row = own_wishes(round_id, household_id, student_id)
    if row is None:
        row = Wishes(
            round_id=round_id,
            household_id=household_id,
            student_id=None if household_id else student_id,
            changed_at=now,
        )
        db.session.add(row)
        db.session.flush()
    return row


def children_asking(actor: Actor, round_: RoundInfo, now: datetime) -> tuple[Child, ...]:
    """Return the actor's children who take part in a round, eldest first."""
    children = children_of(actor, local_day(now))
    rounds = rounds_of_students([child.student_id for child in children])
    return tuple(
        child for child in children if any(it.id == round_.id for it in rounds[child.student_id])
    )
