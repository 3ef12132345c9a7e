"""Choose a time for a talk that was asked for and got none from the plan."""

from dataclasses import replace
from datetime import datetime

from app.bookings import attendees, claims, policy
from app.bookings.changes import ChangedBy
from app.bookings.models import BookingRequest
from app.bookings.moving import CellTaken
from app.bookings.requests import slots_of
from app.bookings.rules import Choice, columns_for
from app.bookings.service import place
from app.core.access import Actor
from app.core.errors import NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.family.answering import offer_for
from app.family.reasons import why_taken
from app.planner.left import last_published, left_without_time
from app.requests import changes
from app.requests.asking import family_of
from app.rounds.models import RoundState, teacher_ids_of
from app.rounds.queries import load_round
from app.school.queries import child_of


@retry_deadlock
def take(actor: Actor, request_id: int, slot_id: int, teacher_key: str, *, now: datetime) -> int:
    """Book a time for an own request without one, with its teachers or a colleague; return its id.

    Works also where families choose no times, and after choosing closed: the school could not plan
    it. With a colleague the request ends. Raises NotFoundError for a request that is not the
    actor's or has a time, or a teacher who is no alternative; CellTaken, TooManyTalks, TimesClash.
    """
    with transaction():
        request = found(db.session.get(BookingRequest, request_id))
        claims.lock_child(request.student_id, teachers=set(teacher_ids_of(teacher_key)))
        db.session.refresh(request)
        child = child_of(actor, request.student_id, local_day(now))
        round_ = load_round(request.round_id)
        may = round_.state is RoundState.PUBLISHED and policy.may_book_in(actor, round_.open_to)
        is_own = request.household_id == family_of(round_, child)
        left = left_without_time(last_published(round_.id), [request_id])
        if not (may and is_own and left):
            raise NotFoundError
        by = ChangedBy.family(actor)
        if teacher_key != request.teacher_key:
            changes.withdraw(by, request, now=now)  # the colleague comes instead
            db.session.flush()
        family = attendees.of_booking(child, request.household_id)
        choice = Choice(slot_id, offer_for(request, teacher_key))
        columns = dict(columns_for(round_, child))
        if column := columns.get(choice.offer_id):
            slots = slots_of(column.slots, is_long=request.is_long)
            columns[choice.offer_id] = replace(column, slots=slots)
        result = place(by, round_, child, family, [choice], together=True, now=now, columns=columns)
        if not result.booked:
            raise CellTaken(why_taken(actor, round_, child, family, columns, choice, now=now))
        return result.booked[0]
