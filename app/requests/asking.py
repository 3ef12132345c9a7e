"""Ask for talks without choosing a time, change that, and take it back, until choosing closes."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.bookings import attendees, claims, policy
from app.bookings.cells import Column
from app.bookings.changes import ChangedBy
from app.bookings.guards import RoundClosed
from app.bookings.rules import columns_for
from app.core.access import Actor
from app.core.errors import DomainError, NotFoundError
from app.core.i18n import local_day, moment_text
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.changes import Family, NewRequest
from app.rounds.info import RoundInfo
from app.rounds.phases import accepts_bookings
from app.rounds.queries import load_round
from app.school.models import HouseholdStudent
from app.school.queries import Child, child_of


class Asked(NamedTuple):
    """A talk that a family asks for: the offer, and whether it should be extra long."""

    offer_id: int
    is_long: bool = False


class AskedFor(NamedTuple):
    """What a family asks for one child; or that it needs no talk about it.

    ``shown`` are the offers that the page showed as asked for: what the other parent has added since
    is not withdrawn by a page that did not know of it. None stands for all.
    """

    talks: Sequence[Asked]
    none_needed: bool = False
    shown: Set[int] | None = None


class NoRequests(DomainError):
    """The round takes no requests of guardians who come apart."""


class BadAsking(DomainError):
    """What is asked for a child, by ``student_id``, cannot be."""

    def __init__(self, student_id: int, message: str) -> None:
        """Keep the child and the message."""
        super().__init__(message)
        self.student_id = student_id


@retry_deadlock
def ask(actor: Actor, round_id: int, wanted: Mapping[int, AskedFor], *, now: datetime) -> None:
    """Let these be the talks that the actor's family asks for, by student id, besides its bookings.

    What is not among them any more is withdrawn. Teachers with whom there is a talk, or who are not
    offered, are left out. Raises NotFoundError for a child that is not the actor's, RoundClosed,
    NoRequests, GuardiansApart and BadAsking; then nothing has changed.
    """
    with transaction():
        claims.lock_children(wanted.keys())
        round_ = asking_round(actor, round_id, now)
        for student_id, asked in wanted.items():
            child = child_of(actor, student_id, local_day(now))
            by = ChangedBy.family(actor)
            ask_of(Family(by, round_, child, family_of(round_, child), now), asked)


def ask_of(family: Family, asked: AskedFor) -> None:
    """Let these be the talks that a family asks for about one child; see ``ask``."""
    columns = columns_for(family.round, family.child)
    before = family.load_open()
    new = {
        column.key: it
        for it in asked.talks
        if (column := columns.get(it.offer_id)) and _may_ask(column, before)
    }
    booked = sum(column.live is not None for column in columns.values())
    # The page could not show what is not offered any more, nor what came after it.
    shown = {
        column.key
        for column in columns.values()
        if asked.shown is None or column.offer_id in asked.shown
    }
    stays = {column.key for column in columns.values()} & before.keys() - shown - new.keys()
    _refuse(family, booked, len(new) + len(stays), none_needed=asked.none_needed)
    family.withdraw({id_ for key, id_ in before.items() if key in shown and key not in new})
    long = {key: it.is_long and family.round.long_talks for key, it in new.items()}
    family.keep({before[key]: is_long for key, is_long in long.items() if key in before})
    family.add(
        [NewRequest(it.offer_id, key, long[key]) for key, it in new.items() if key not in before]
    )
    family.say(none_needed=asked.none_needed)


def asking_round(actor: Actor, round_id: int, now: datetime) -> RoundInfo:
    """Return a round in which the actor may ask now. Raises NotFoundError and RoundClosed."""
    round_ = load_round(round_id)
    if not round_.takes_requests or not policy.may_book_in(actor, round_.open_to, now):
        raise NotFoundError
    if not accepts_bookings(round_, now):
        raise RoundClosed(
            _("You can ask for talks from %(moment)s.", moment=moment_text(round_.opens_at))
            if now < round_.opens_at
            else _("Asking is no longer possible. Please call the school.")
        )
    return round_


def family_of(round_: RoundInfo, child: Child) -> int | None:
    """Return the household that asks for a child; None if the student comes alone.

    Raises GuardiansApart if a student asks for guardians who come apart, and NoRequests for these
    where the round takes none of theirs.
    """
    party = attendees.of_child(round_, child)
    if party.household_id is not None and not round_.apart_requests and _comes_apart(child):
        raise NoRequests(
            _("You each have your own talks, so you cannot ask here. Please call the school.")
        )
    return party.household_id


def _comes_apart(child: Child) -> bool:
    households = select(HouseholdStudent.household_id).where(
        HouseholdStudent.student_id == child.student_id
    )
    return len(db.session.scalars(households.limit(2)).all()) > 1


def _may_ask(column: Column, before: Collection[str]) -> bool:
    return column.live is None and (column.offered or column.key in before)


def _refuse(family: Family, booked: int, asked: int, *, none_needed: bool) -> None:
    child, most = family.child, family.round.max_per_child
    if none_needed and asked + booked:
        raise BadAsking(
            child.student_id,
            _("You have a talk, so you cannot say that none is needed. Cancel it first.")
            if booked
            else _("You chose talks, and also that no talk is needed. Choose one of the two."),
        )
    if booked + asked > most:
        raise BadAsking(
            child.student_id,
            ngettext(
                "For %(child)s you can ask for %(num)d talk at most. Untick the others.",
                "For %(child)s you can ask for %(num)d talks at most. Untick the others.",
                most - booked,
                child=child.given_name,
            )
            if most > booked
            else _("Everything for %(child)s is chosen.", child=child.given_name),
        )
