"""What a family begins with: what there is to choose, if that is one thing."""

from datetime import datetime

from sqlalchemy import select

from app.core.access import Actor
from app.extensions import db
from app.family.overview import RoundCard, load_overview
from app.requests.queries import settled_in
from app.rounds.info import RoundInfo
from app.rounds.models import Offer
from app.rounds.offers import is_bookable
from app.rounds.phases import Phase
from app.school.queries import Child


def first_to_choose(actor: Actor, *, now: datetime) -> tuple[RoundInfo, Child] | None:
    """Return the only open round, and its first child for whom the family has chosen nothing.

    None if several rounds are open, if the family first has to hear that the school called a talk
    off, or if nothing is left to choose.
    """
    page = load_overview(actor, now=now)
    rounds = [card for card in page.rounds if card.phase is Phase.OPEN and card.may_book]
    if len(rounds) != 1 or page.called_off:
        return None
    (card,) = rounds
    if not (card.round.takes_bookings or card.may_ask):
        return None
    child = _first_without_talk(card)
    return (card.round, child) if child else None


def _first_without_talk(card: RoundCard) -> Child | None:
    """Return the first child who has no talk, has asked for none, and has a teacher to talk to."""
    children = [child for child, booked in card.children if not booked]
    settled = settled_in(card.round, children) if card.round.takes_requests else set()
    offered = set(
        db.session.scalars(
            select(Offer.student_id).where(
                Offer.round_id == card.round.id,
                Offer.student_id.in_([child.student_id for child in children]),
                is_bookable(),
            )
        )
    )
    return next((it for it in children if it.student_id in offered - settled), None)
