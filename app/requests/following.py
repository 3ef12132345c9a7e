"""Let talks, requests and wishes follow when guardians are set apart, come together, or are merged."""

from collections.abc import Collection, Mapping, Set
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, BookingRequest
from app.bookings.regrouping import follow_households
from app.bookings.requests import is_open
from app.core.i18n import local_day
from app.core.transaction import transaction
from app.extensions import db
from app.requests.models import AwayTime, NoTalkNeeded, Wishes
from app.requests.wishes import ensure_wishes
from app.rounds.queries import rounds_of_students
from app.school.households import rebuild_households
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent


def regroup(*, now: datetime, regrouped: Collection[int] = ()) -> None:
    """Derive the households anew, and let all that belongs to them follow.

    ``regrouped`` as in ``follow_households``.
    """
    with transaction():
        rebuild_households(today=local_day(now))
        follow_households(now=now, regrouped=regrouped)
        follow(now=now)


def follow(*, now: datetime) -> None:
    """Give what households without a child said to those that share a guardian with them.

    Who cannot come before cannot come after: guardians who are set apart each keep the wishes, and
    those who come together have the times of both. A remark goes to nobody who could not read it
    before; the office keeps it. That no talk is needed ends where the household that has the child
    now asks for one, or has a talk.
    """
    with transaction():
        for wishes in _astray():
            _hand_on(wishes, _heirs(wishes.household_id), now)
        for wishes in _left_behind():
            own = _own_households(wishes)
            if None not in own and wishes.household_id not in own:
                _hand_on(wishes, {id_ for id_ in own if id_}, now)
        for wishes_id, household_id in _without():
            wishes = db.session.get_one(Wishes, wishes_id)
            if _guardians(household_id) <= _guardians(wishes.household_id):
                _join(wishes, household_id, now)
        for said in _said_astray():
            heirs = _heirs(said.household_id, said.student_id)
            for household_id in heirs:
                _say(said, household_id)
            if heirs:
                db.session.delete(said)
        db.session.execute(delete(NoTalkNeeded).where(_has_talk()))


def swap_households(households: Mapping[int, int], student_ids: Collection[int]) -> None:
    """Give what was said about these students to other households, by their ids."""
    with transaction():
        for old, new in households.items():
            db.session.execute(
                update(NoTalkNeeded)
                .where(NoTalkNeeded.household_id == old, NoTalkNeeded.student_id.in_(student_ids))
                .values(household_id=new)
            )


def _astray() -> Collection[Wishes]:
    has_child = exists().where(HouseholdStudent.household_id == Wishes.household_id)
    return db.session.scalars(
        select(Wishes).where(Wishes.household_id.is_not(None), ~has_child).order_by(Wishes.id)
    ).all()


def _hand_on(wishes: Wishes, heirs: Collection[int], now: datetime) -> None:
    """Let these households have what another said; what nobody of them could read stays there."""
    told = [_join(wishes, household_id, now) for household_id in heirs]
    db.session.execute(delete(AwayTime).where(AwayTime.wishes_id == wishes.id))
    if not wishes.remark or any(told):
        db.session.delete(wishes)


def _left_behind() -> Collection[Wishes]:
    """Return wishes of which each guardian also comes to talks without the others.

    So it is when guardians are set apart for one of their children. Each page then reads and writes
    the wishes of the smaller household (``own_family``), and nobody could change these any more.
    """
    of_it, own, other = (aliased(HouseholdGuardian) for _each in range(3))
    alone = (
        select(own.guardian_id)
        .join(HouseholdStudent, HouseholdStudent.household_id == own.household_id)
        .where(
            ~exists().where(
                other.household_id == own.household_id, other.guardian_id != own.guardian_id
            )
        )
    )
    of_household = of_it.household_id == Wishes.household_id
    several = select(func.count()).where(of_household).scalar_subquery()
    return db.session.scalars(
        select(Wishes)
        .where(
            several > 1,
            ~exists().where(of_household, of_it.guardian_id.not_in(alone)),
            or_(Wishes.remark != "", exists().where(AwayTime.wishes_id == Wishes.id)),
        )
        .order_by(Wishes.id)
    ).all()


def _own_households(wishes: Wishes) -> Set[int | None]:
    """Return with which household each guardian of a household keeps what it says in the round."""
    own: set[int | None] = set()
    for guardian_id in _guardians(wishes.household_id):
        rows = db.session.execute(
            select(HouseholdGuardian.household_id, HouseholdStudent.student_id)
            .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
            .where(HouseholdGuardian.guardian_id == guardian_id)
        ).all()
        rounds = rounds_of_students([row.student_id for row in rows])
        taking_part = {
            row.household_id
            for row in rows
            if any(it.id == wishes.round_id for it in rounds[row.student_id])
        }
        own.add(min(taking_part, key=lambda it: (len(_guardians(it)), it), default=None))
    return own


def _has_talk() -> ColumnElement[bool]:
    """Return the condition that a family which needed no talk has one after all."""
    return exists().where(
        Booking.round_id == NoTalkNeeded.round_id,
        Booking.student_id == NoTalkNeeded.student_id,
        Booking.household_id.is_not_distinct_from(NoTalkNeeded.household_id),
        Booking.cancelled_at.is_(None),
    )


def _without() -> Collection[tuple[int, int]]:
    """Return wishes, with a household that asks for talks, shares a guardian, and has no wishes.

    So it is with a child whose guardians are set apart while they go on coming together for another.
    """
    own, other = aliased(HouseholdGuardian), aliased(HouseholdGuardian)
    has = aliased(Wishes)
    rows = db.session.execute(
        select(Wishes.id, own.household_id)
        .join(other, other.household_id == Wishes.household_id)
        .join(own, own.guardian_id == other.guardian_id)
        .where(
            own.household_id != other.household_id,
            exists().where(
                BookingRequest.round_id == Wishes.round_id,
                BookingRequest.household_id == own.household_id,
                is_open(),
            ),
            ~exists().where(has.round_id == Wishes.round_id, has.household_id == own.household_id),
        )
        .distinct()
        .order_by(Wishes.id, own.household_id)
    )
    return [(wishes_id, household_id) for wishes_id, household_id in rows]


def _said_astray() -> Collection[NoTalkNeeded]:
    belongs = exists().where(
        HouseholdStudent.household_id == NoTalkNeeded.household_id,
        HouseholdStudent.student_id == NoTalkNeeded.student_id,
    )
    return db.session.scalars(
        select(NoTalkNeeded).where(NoTalkNeeded.household_id.is_not(None), ~belongs)
    ).all()


def _heirs(household_id: int | None, student_id: int | None = None) -> Collection[int]:
    """Return the households with a child, or with this one, that a household has become.

    All their guardians were in it, or all of its guardians are in them.
    """
    child = () if student_id is None else (HouseholdStudent.student_id == student_id,)
    old = _guardians(household_id)
    others = db.session.scalars(
        select(HouseholdGuardian.household_id)
        .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
        .where(HouseholdGuardian.guardian_id.in_(old), *child)
        .distinct()
        .order_by(HouseholdGuardian.household_id)
    ).all()
    return [it for it in others if (new := _guardians(it)) <= old or new >= old]


def _guardians(household_id: int | None) -> Set[int]:
    """Return the guardians of a household; one who is merged into another counts as the other."""
    return set(
        db.session.scalars(
            select(func.coalesce(Guardian.same_as_id, Guardian.id))
            .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
            .where(HouseholdGuardian.household_id == household_id)
        )
    )


def _join(old: Wishes, household_id: int, now: datetime) -> bool:
    """Add what one household said to another; return whether its remark is there too."""
    row = ensure_wishes(old.round_id, household_id, None, now=now)
    could_read = _guardians(household_id) <= _guardians(old.household_id)
    if old.remark and not row.remark and could_read:
        row.remark, row.handled_at = old.remark, old.handled_at
    row.preference = row.preference or old.preference
    known = {
        (it.evening_id, it.starts_at, it.by_office)
        for it in db.session.scalars(select(AwayTime).where(AwayTime.wishes_id == row.id))
    }
    for it in db.session.scalars(select(AwayTime).where(AwayTime.wishes_id == old.id)).all():
        if (it.evening_id, it.starts_at, it.by_office) not in known:
            columns = ("evening_id", "starts_at", "ends_at", "by_office", "overruled", "reason")
            values = {name: getattr(it, name) for name in columns}
            db.session.add(AwayTime(wishes_id=row.id, **values))
    db.session.flush()
    return row.remark == old.remark


def _say(old: NoTalkNeeded, household_id: int) -> None:
    whose = {"round_id": old.round_id, "student_id": old.student_id, "household_id": household_id}
    asks = select(BookingRequest.id).filter_by(**whose).where(is_open())
    said = select(NoTalkNeeded.id).filter_by(**whose)
    if db.session.scalar(asks) is None and db.session.scalar(said) is None:
        db.session.add(NoTalkNeeded(**whose))
        db.session.flush()
