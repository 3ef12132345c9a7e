"""Retention of rounds: delete who could talk with whom. The rounds themselves stay."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from app.core.i18n import local_day
from app.core.purging import counted, gone_by
from app.core.transaction import transaction
from app.extensions import db
from app.rounds.models import Evening, EveningRoom, Offer, OfferTeacher, RoundCheck
from app.school.models import Student, Teacher

BLOCK = 500  # rows per statement


def purge_year(*, now: datetime) -> dict[str, int]:
    """Delete offers and checks three months after their round's school year; return the counts.

    The caller must have deleted their talks. The newest offer stays until there is a newer one:
    SQLite would reuse its id, and log entries refer to offers by id.
    """
    limit = gone_by(local_day(now))
    rounds = select(Evening.round_id).group_by(Evening.round_id)
    old = rounds.having(func.max(Evening.day) <= limit)
    youngest = select(func.max(Offer.id)).scalar_subquery()
    with transaction():
        counts = {
            "options": _delete_offers(Offer.round_id.in_(old) & (Offer.id < youngest)),
            "checks": counted(delete(RoundCheck).where(RoundCheck.round_id.in_(old))),
        }
        db.session.expire_all()
    return counts


def forget(person_ids: Collection[int]) -> None:
    """Delete these people's offers, rooms and checks; the caller must have deleted their talks."""
    students = select(Student.id).where(Student.person_id.in_(person_ids))
    teachers = select(Teacher.id).where(Teacher.person_id.in_(person_ids))
    taught = select(OfferTeacher.offer_id).where(OfferTeacher.teacher_id.in_(teachers))
    with transaction():
        _delete_offers(or_(Offer.student_id.in_(students), Offer.id.in_(taught)))
        counted(delete(EveningRoom).where(EveningRoom.teacher_id.in_(teachers)))
        counted(delete(RoundCheck).where(RoundCheck.teacher_id.in_(teachers)))
        db.session.expire_all()


def _delete_offers(which: ColumnElement[bool]) -> int:
    ids = db.session.scalars(select(Offer.id).where(which)).all()
    for start in range(0, len(ids), BLOCK):
        block = ids[start : start + BLOCK]
        counted(delete(OfferTeacher).where(OfferTeacher.offer_id.in_(block)))
        counted(delete(Offer).where(Offer.id.in_(block)))
    return len(ids)
