"""Move talks along when guardians are set apart or put together again."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import attendees, changes, claims, requests
from app.bookings.changes import ChangedBy
from app.bookings.mails import grown as grown_mails
from app.bookings.mails import regrouped as regrouped_mails
from app.bookings.models import Booking, BookingRequest
from app.core.i18n import local_day
from app.core.ticks import ticks
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import OpenTo
from app.rounds.queries import load_round
from app.school.age import is_of_age
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent, Student


def follow_households(*, now: datetime, regrouped: Collection[int] = ()) -> int:
    """Give upcoming talks to their child's present household; return how many changed.

    A joint talk stays with the booker's household, and the time of the guardian who is no longer
    in it is released. A guardian who joins attends from now on, unless they are busy elsewhere. If
    guardians who come together again both had a talk with one teacher, the later one is cancelled
    and mailed. Talks of a child who left stay until the office decides. A called-off talk moves
    along while the family still has to answer. A student of 18 who lets no guardian in has the
    talks alone from now on; the student and who came along get one mail about that.

    ``regrouped`` holds the ids of students whose guardians were set apart or put together again.
    If a talk of theirs changes, each guardian gets one mail about that.
    """
    with transaction():
        changed = 0
        lost: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        grown: dict[int, set[int]] = defaultdict(set)
        joined: list[tuple[Booking, frozenset[int]]] = []
        for booking in _astray(now):
            teachers, people = attendees.of_claims([booking.id])
            household_id = _household_of(booking, booking.booked_by_id)
            alone = _decides(booking.student_id, now) if household_id is None else None
            if household_id is None and alone is None:
                continue  # the child left: the office frees the time, not the import
            comers = frozenset({alone}) if alone else attendees.of_household(household_id or 0)
            claims.lock(booking.student_id, teachers, people | comers)
            db.session.refresh(booking)
            if not _follows(booking, now):
                continue  # the office cancelled or moved it in the meantime
            before, booking.changed_at = booking.household_id, now
            came = attendees.of_household(before) if before else frozenset()
            stands = booking.cancelled_at is None
            is_regrouped = stands and booking.student_id in regrouped
            if alone:
                booking.remark = _readable(booking)
                if stands:
                    grown[booking.student_id] |= came | comers
            if stands and _has_same_talk(booking, household_id):
                # Cancel first: a household has at most one live talk with a teacher.
                changes.cancel(ChangedBy(), [booking], now=now, is_told=is_regrouped)
                db.session.flush()
                booking.household_id = household_id
                gone = came
            else:
                booking.household_id = household_id
                gone = came - comers
                claims.release_people(booking.id, gone)
                if stands:
                    joined.append((booking, comers))
            db.session.flush()
            audit.record(
                None,
                Action.HOUSEHOLD_TALK_FOLLOWED,
                now=now,
                round_id=booking.round_id,
                student_id=booking.student_id,
                booking_id=booking.id,
                before=before,
                after=household_id,
            )
            if is_regrouped:
                for person_id in came | comers:
                    lost[booking.student_id][person_id] += [booking.id] if person_id in gone else []
            changed += 1
        for booking, comers in joined:  # now what was double is cancelled and keeps nobody busy
            claims.seat(booking.id, comers, ticks(booking.starts_at, booking.ends_at))
        changed += _follow_requests(now)
        _tell(lost, now)
        for student_id, people in grown.items():
            grown_mails.promise(student_id, people, now=now)
        return changed


def _follow_requests(now: datetime) -> int:
    """Give requests to their child's present household; what is there already is withdrawn.

    A placed request goes where its talk has gone.
    """
    astray = db.session.scalars(
        select(BookingRequest)
        .where(
            BookingRequest.withdrawn_at.is_(None),
            BookingRequest.household_id.is_not(None),
            ~exists().where(
                HouseholdStudent.household_id == BookingRequest.household_id,
                HouseholdStudent.student_id == BookingRequest.student_id,
            ),
        )
        .order_by(BookingRequest.asked_at, BookingRequest.id)
    ).all()
    followed = 0
    for row in astray:
        household_id = _household_of(row, row.asked_by_id)
        if household_id is None:
            if _decides(row.student_id, now) is None:
                continue  # the child left: the office decides
            row.remark = _readable(row)
        claims.lock_child(row.student_id)
        talk = db.session.get(Booking, row.booking_id) if row.booking_id else None
        if talk and talk.cancelled_at is None and talk.household_id:
            household_id = talk.household_id
        row.changed_at = now
        if _is_there(row, household_id):
            row.booking_id, row.withdrawn_at = None, now
        else:
            there = requests.load_open(row.round_id, row.student_id, household_id)
            row.household_id = household_id
            row.position = requests.next_position(there.values())
        db.session.flush()
        audit.record(
            None,
            Action.HOUSEHOLD_REQUEST_FOLLOWED,
            now=now,
            round_id=row.round_id,
            student_id=row.student_id,
            household_id=household_id,
            offer_id=row.offer_id,
        )
        followed += 1
    return followed


def _is_there(row: BookingRequest, household_id: int | None) -> bool:
    """Whether a household has a request with these teachers, or a talk that is not this one's."""
    whose = {
        "round_id": row.round_id,
        "student_id": row.student_id,
        "teacher_key": row.teacher_key,
        "household_id": household_id,
    }
    live = BookingRequest.withdrawn_at.is_(None)
    asked = select(BookingRequest.id).filter_by(**whose).where(live, BookingRequest.id != row.id)
    talks = select(Booking.id).filter_by(**whose).where(Booking.cancelled_at.is_(None))
    booked = talks.where(Booking.id != (row.booking_id or 0))
    return any(db.session.scalar(it) is not None for it in (asked, booked))


def _follows(booking: Booking, now: datetime) -> bool:
    """Whether a talk is upcoming, and live or still waiting for the family's answer."""
    waits = booking.called_off != "" and booking.answered_at is None
    return booking.starts_at > now and (booking.cancelled_at is None or waits)


def _tell(lost: Mapping[int, Mapping[int, list[int]]], now: datetime) -> None:
    for student_id, of_student in lost.items():
        regrouped_mails.promise(student_id, of_student, now=now)


def _astray(now: datetime) -> list[Booking]:
    return list(
        db.session.scalars(
            select(Booking)
            .where(
                or_(
                    Booking.cancelled_at.is_(None),
                    and_(Booking.called_off != "", Booking.answered_at.is_(None)),
                ),
                Booking.household_id.is_not(None),
                Booking.starts_at > now,
                ~exists().where(
                    HouseholdStudent.household_id == Booking.household_id,
                    HouseholdStudent.student_id == Booking.student_id,
                ),
            )
            .order_by(Booking.booked_at, Booking.id)
        )
    )


def _decides(student_id: int, now: datetime) -> int | None:
    """Return the person of a student at the school who is 18, and decides who comes along."""
    return db.session.scalar(
        select(Student.person_id).where(
            Student.id == student_id, Student.ended_on.is_(None), is_of_age(local_day(now))
        )
    )


def _readable(row: Booking | BookingRequest) -> str:
    """Return what a student reads of a remark who now comes alone; not the guardians' words."""
    return "" if load_round(row.round_id).open_to is OpenTo.GUARDIANS else row.remark


def _household_of(booking: Booking | BookingRequest, by_id: int | None) -> int | None:
    """Return the child's household: of who booked or asked, else of a guardian who was to attend."""
    members = db.session.execute(
        select(HouseholdStudent.household_id, HouseholdGuardian.guardian_id, Guardian.person_id)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == HouseholdStudent.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(HouseholdStudent.student_id == booking.student_id)
        .order_by(HouseholdStudent.household_id)
    ).all()
    # A guardian merged into another while the family booked counts as the other one.
    came = set(
        db.session.scalars(
            select(func.coalesce(Guardian.same_as_id, Guardian.id))
            .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
            .where(HouseholdGuardian.household_id == booking.household_id)
        )
    )
    booked_by = [row.household_id for row in members if row.person_id == by_id]
    known = [row.household_id for row in members if row.guardian_id in came]
    return next(iter([*booked_by, *known]), None)


def _has_same_talk(booking: Booking, household_id: int | None) -> bool:
    return bool(
        db.session.scalar(
            select(Booking.id).where(
                Booking.round_id == booking.round_id,
                Booking.student_id == booking.student_id,
                Booking.teacher_key == booking.teacher_key,
                Booking.household_id == household_id,
                Booking.cancelled_at.is_(None),
            )
        )
    )
