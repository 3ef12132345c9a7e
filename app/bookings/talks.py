"""A family's own talks, for its pages and mails."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.bookings.at_work import is_partly, who_comes
from app.bookings.availability import join_names
from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.bookings.rights import rights_of
from app.bookings.rules import PossibleTalk
from app.core import compiled
from app.core.errors import DomainError, found
from app.core.statements import read
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import (
    EveningRoom,
    Modality,
    Offer,
    OfferTeacher,
    OpenTo,
    Round,
    modalities_of,
)
from app.rounds.places import link_of, room_of
from app.school.models import Person, Room, Subject, Teacher
from app.school.names import formal_name
from app.school.queries import Child, children_named


class TalkCancelled(DomainError):
    """The talk to change is cancelled already, from another window or by another person."""

    def __init__(self) -> None:
        """Set the message."""
        super().__init__(_("This talk is cancelled already."))


def shared_by(
    student_id: InstrumentedAttribute[Any],
    household_id: InstrumentedAttribute[Any],
    round_id: InstrumentedAttribute[Any],
) -> ColumnElement[bool]:
    """Return the condition for rows about the actor's children that their household shares.

    This is the only place that decides what separated guardians do not see of each other, and what
    students do not see of a round for guardians. ``scope_of`` returns its parameters.
    """
    return and_(
        round_id.in_(
            select(Round.id).where(Round.open_to.in_(bindparam("open_to", expanding=True)))
        ),
        student_id.in_(bindparam("own_children", expanding=True)),
        or_(
            household_id.is_(None),
            household_id.in_(bindparam("own_households", expanding=True)),
        ),
    )


def scope_of(children: Collection[Child]) -> dict[str, list[Any]]:
    """Return the parameters of ``shared_by``; each child carries the actor's own household."""
    of_students, all_ = [OpenTo.STUDENTS, OpenTo.BOTH], list(OpenTo)
    return {
        "open_to": of_students if any(c.is_self and not c.is_grown for c in children) else all_,
        "own_children": [child.student_id for child in children],
        "own_households": [c.household_id for c in children if c.household_id is not None],
    }


SAME = aliased(Offer)
"""The offers with the same teachers as a talk: it is about all their subjects."""
ABOUT_SAME = and_(
    SAME.round_id == Booking.round_id,
    SAME.student_id == Booking.student_id,
    SAME.teacher_key == Booking.teacher_key,
)


def with_teachers(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join a query for bookings with Teacher, Person, SAME, Subject and Room.

    A talk has a row for each of its teachers and subjects.
    """
    return (
        statement.join(OfferTeacher, OfferTeacher.offer_id == Booking.offer_id)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .join(Person, Person.id == Teacher.person_id)
        .join(SAME, ABOUT_SAME)
        .outerjoin(Subject, Subject.code == SAME.subject_code)
        .outerjoin(
            EveningRoom,
            and_(
                EveningRoom.evening_id == Booking.evening_id,
                EveningRoom.teacher_id == OfferTeacher.teacher_id,
            ),
        )
        .outerjoin(Room, Room.id == EveningRoom.room_id)
    )


# One row per talk, teacher and subject, so that one statement loads all talks.
_TALKS = with_teachers(
    select(
        Booking.id.label("booking_id"),
        Booking.round_id,
        Booking.evening_id,
        Booking.student_id,
        Booking.household_id,
        Booking.teacher_key,
        Booking.starts_at,
        Booking.ends_at,
        Booking.remark,
        Booking.modality,
        Booking.link.label("meeting"),
        Booking.cancelled_at,
        Round.name.label("round_name"),
        Round.state,
        Round.open_to,
        Round.opens_at,
        Round.closes_at,
        Round.cancel_until,
        Round.modalities,
        Round.mode,
        Round.teacher_remarks,
        Person.id.label("person_id"),
        Person.salutation,
        Person.given_name,
        Person.prefix,
        Person.family_name,
        Teacher.link,
        Room.name.label("room"),
        Subject.name.label("subject"),
        is_partly().label("partly"),
    ).join(Round, Round.id == Booking.round_id)
).order_by(Booking.starts_at, Booking.id, OfferTeacher.position, SAME.id)
_OWN = _TALKS.where(
    shared_by(Booking.student_id, Booking.household_id, Booking.round_id),
    Booking.published_at.is_not(None),
)
_LIVE = _OWN.where(Booking.cancelled_at.is_(None))


def own_talks(children: Collection[Child], *, now: datetime) -> tuple[Talk, ...]:
    """Return the live talks about these children that their household shares, by time."""
    rows = compiled.read(_LIVE, **scope_of(children))
    return _talks_of(rows, children, now)


def own_talks_since(
    children: Collection[Child], cancelled_since: datetime, *, now: datetime
) -> tuple[Talk, ...]:
    """Return own talks like ``own_talks``, with those that were cancelled since a moment."""
    chosen = _OWN.where(
        or_(Booking.cancelled_at.is_(None), Booking.cancelled_at >= cancelled_since)
    )
    return _talks_of(read(chosen, scope_of(children)), children, now)


def own_talk(children: Collection[Child], booking_id: int, *, now: datetime) -> Talk:
    """Return one live talk of the actor's family.

    Raises NotFoundError for any other talk, and TalkCancelled.
    """
    talk = found(next(iter(talks_of_ids([booking_id], children, now=now)), None))
    if talk.cancelled:
        raise TalkCancelled
    return talk


def talks_of_ids(
    booking_ids: Iterable[int], children: Collection[Child], *, now: datetime
) -> tuple[Talk, ...]:
    """Return the actor's talks with these ids, including cancelled ones, for a message."""
    chosen = _OWN.where(Booking.id.in_(list(booking_ids)))
    return _talks_of(read(chosen, scope_of(children)), children, now)


def talks_for_mail(
    booking_ids: Collection[int], *, now: datetime, student_id: int | None = None
) -> tuple[Talk, ...]:
    """Return talks by id, for the mail to their household.

    ``student_id`` is the student who reads it: the mail does not name them for their own talks.
    """
    chosen = Booking.id.in_(booking_ids)
    student_ids = db.session.scalars(select(Booking.student_id).where(chosen)).all()
    children = [
        replace(child, is_self=child.student_id == student_id)
        for child in children_named(student_ids)
    ]
    return _talks_of(read(_TALKS.where(chosen), {}), children, now)


def _talks_of(rows: Sequence[Any], children: Collection[Child], now: datetime) -> tuple[Talk, ...]:
    by_student = {child.student_id: child for child in children}
    partly = {row.booking_id for row in rows if row.partly}
    coming = who_comes(partly) if partly else {}
    return tuple(
        _talk(list(of_talk), by_student, coming, now)
        for _id, of_talk in groupby(rows, key=lambda row: row.booking_id)
    )


def new_talk(
    booking_id: int,
    round_: RoundInfo,
    child: Child,
    household_id: int | None,
    made: PossibleTalk,
    *,
    now: datetime,
) -> Talk:
    """Return a talk that was booked just now, as ``own_talks`` would read it."""
    column = made.column
    return Talk(
        booking_id=booking_id,
        round_id=round_.id,
        round_name=round_.name,
        evening_id=made.evening.id,
        child=child,
        teacher_key=column.key,
        teacher=column.teacher,
        subjects=column.talk_subjects,
        room=column.rooms.get(made.evening.id, ""),
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        remark="",
        modality=column.modality,
        modalities=round_.modalities,
        link=column.link,
        cancelled=False,
        coming=(),
        **rights_of(
            round_,
            child,
            household_id,
            made.starts_at,
            has_choice=not {column.modality}.issuperset(round_.modalities),
            stands=True,
            now=now,
        ),
    )


def _talk(
    rows: Sequence[Any],
    by_student: Mapping[int, Child],
    coming: Mapping[int, tuple[str, ...]],
    now: datetime,
) -> Talk:
    first = rows[0]
    child = by_student[first.student_id]
    modality, modalities = Modality(first.modality), modalities_of(first.modalities)
    cancelled = first.cancelled_at is not None
    rights = rights_of(
        first,
        child,
        first.household_id,
        first.starts_at,
        has_choice=not {modality}.issuperset(modalities),
        stands=not cancelled,
        now=now,
    )
    names = {r.person_id: (r.salutation, r.given_name, r.prefix, r.family_name) for r in rows}
    return Talk(
        booking_id=first.booking_id,
        round_id=first.round_id,
        round_name=first.round_name,
        evening_id=first.evening_id,
        child=child,
        teacher_key=first.teacher_key,
        teacher=join_names([formal_name(*name) for name in names.values()]),
        subjects=", ".join(dict.fromkeys(row.subject for row in rows if row.subject)),
        room=room_of(modality, [row.room for row in rows]),
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        remark=first.remark if rights["may_remark"] else "",
        modality=modality,
        modalities=modalities,
        link="" if cancelled else link_of(modality, first.meeting, [row.link for row in rows]),
        cancelled=cancelled,
        coming=coming.get(first.booking_id, ()),
        **rights,
    )
