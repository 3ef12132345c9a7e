"""Retention of talks: remarks first, in the end the talks themselves."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CompoundSelect, delete, func, or_, select, update

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.models import (
    Booking,
    BookingRequest,
    Claim,
    ClaimKind,
    Submission,
    Unavailability,
)
from app.core.i18n import local_day
from app.core.purging import counted, gone_by
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import Evening, OfferTeacher
from app.rounds.queries import rounds_over
from app.school.models import Student, Teacher

REMARKS_KEPT = timedelta(days=30)  # after the talk
FORMS_KEPT = timedelta(days=2)  # nobody submits an older page again


def purge(*, now: datetime) -> dict[str, int]:
    """Delete remarks 30 days after their talk and form answers after 2 days; return the counts."""
    old_remark = (Booking.remark != "") & (Booking.ends_at < now - REMARKS_KEPT)
    old_request = (BookingRequest.remark != "") & BookingRequest.round_id.in_(
        rounds_over(local_day(now - REMARKS_KEPT))
    )
    with transaction():
        counts = {
            "remarks": counted(update(Booking).where(old_remark).values(remark=""))
            + counted(update(BookingRequest).where(old_request).values(remark="")),
            "forms": counted(delete(Submission).where(Submission.at < now - FORMS_KEPT)),
        }
        db.session.expire_all()
    return counts


def purge_year(*, now: datetime) -> dict[str, int]:
    """Delete requests, talks and absences three months after their school year; return the counts.

    One log entry per round remains: how many talks about how many students.
    """
    old = select(Evening.id).where(Evening.day <= gone_by(local_day(now)))
    with transaction():
        for round_id, talks, students in db.session.execute(
            select(Booking.round_id, func.count(), func.count(Booking.student_id.distinct()))
            .where(Booking.evening_id.in_(old), Booking.cancelled_at.is_(None))
            .group_by(Booking.round_id)
            .order_by(Booking.round_id)
        ).all():
            audit.record(
                None,
                Action.ROUND_PURGED,
                now=now,
                round_id=round_id,
                talks=talks,
                students=students,
            )
        over = rounds_over(gone_by(local_day(now)))
        counts = {
            "requests": counted(delete(BookingRequest).where(BookingRequest.round_id.in_(over))),
            "talks": _delete_talks(Booking.evening_id.in_(old)),
            "absences": _delete_absences(Unavailability.evening_id.in_(old)),
        }
        db.session.expire_all()
    return counts


def still_needed(*, now: datetime) -> CompoundSelect[int]:
    """Return a query for people with a talk that is still kept, who cannot be deleted yet."""
    kept = select(Booking).where(
        Booking.cancelled_at.is_(None),
        Booking.evening_id.in_(select(Evening.id).where(Evening.day > gone_by(local_day(now)))),
    )
    students = kept.with_only_columns(Booking.student_id)
    teachers = kept.join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id).with_only_columns(
        OfferTeacher.teacher_id
    )
    return (
        select(Student.person_id)
        .where(Student.id.in_(students))
        .union(select(Teacher.person_id).where(Teacher.id.in_(teachers)))
    )


def forget(person_ids: Collection[int]) -> None:
    """Delete what remains of these people: requests, cancelled talks, absences and forms."""
    students = select(Student.id).where(Student.person_id.in_(person_ids))
    teachers = select(Teacher.id).where(Teacher.person_id.in_(person_ids))
    offers = select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id.in_(teachers))
    with transaction():
        counted(
            delete(BookingRequest).where(
                or_(BookingRequest.student_id.in_(students), BookingRequest.offer_id.in_(offers))
            )
        )
        _delete_talks(or_(Booking.student_id.in_(students), Booking.offer_id.in_(offers)))
        _delete_absences(Unavailability.teacher_id.in_(teachers))
        for statement in (
            delete(Submission).where(Submission.person_id.in_(person_ids)),
            delete(Claim).where(Claim.kind == ClaimKind.PERSON, Claim.resource_id.in_(person_ids)),
            update(Booking).where(Booking.booked_by_id.in_(person_ids)).values(booked_by_id=None),
            update(BookingRequest)
            .where(BookingRequest.asked_by_id.in_(person_ids))
            .values(asked_by_id=None),
            update(Unavailability)
            .where(Unavailability.created_by_id.in_(person_ids))
            .values(created_by_id=None),
        ):
            counted(statement)
        db.session.expire_all()


def _delete_talks(which: ColumnElement[bool]) -> int:
    ids = select(Booking.id).where(which)
    counted(delete(Claim).where(Claim.booking_id.in_(ids)))
    counted(delete(BookingRequest).where(BookingRequest.booking_id.in_(ids)))
    return counted(delete(Booking).where(which))


def _delete_absences(which: ColumnElement[bool]) -> int:
    ids = select(Unavailability.id).where(which)
    counted(delete(Claim).where(Claim.unavailability_id.in_(ids)))
    return counted(delete(Unavailability).where(which))
