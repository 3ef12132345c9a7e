"""Let the demo's families ask for talks, through the same service as real ones."""

from collections.abc import Iterable
from datetime import datetime
from random import Random

from sqlalchemy import select

from app.core.errors import DomainError
from app.demo.talks import BookingFamily
from app.extensions import db
from app.requests import asking, wishes
from app.requests.asking import Asked, AskedFor
from app.requests.models import Preference
from app.requests.wishes import parts_of
from app.rounds.models import Offer
from app.rounds.queries import load_evenings

REMARKS = (
    "Graag na elkaar, we komen van ver.",
    "Een van ons werkt dinsdag tot acht uur.",
    "Kan de mentor erbij zijn?",
)


def fill(
    round_id: int, families: Iterable[BookingFamily], *, share: float, now: datetime, random: Random
) -> int:
    """Let a ``share`` of families (0 to 1) ask for a talk or two a child; return how many asked."""
    evenings = load_evenings(round_id)
    offers: dict[int, list[int]] = {}
    for student_id, offer_id in db.session.execute(
        select(Offer.student_id, Offer.id)
        .where(Offer.round_id == round_id, Offer.offered)
        .order_by(Offer.id)
    ):
        offers.setdefault(student_id, []).append(offer_id)
    families_asking = 0
    for family in families:
        children = [it for it in family.student_ids if it in offers]
        if not children or random.random() >= share:
            continue
        wanted = {
            student_id: AskedFor(
                [
                    Asked(offer_id, random.random() < 0.1)
                    for offer_id in random.sample(offers[student_id], random.choice((1, 1, 2)))
                ]
            )
            for student_id in children
        }
        try:
            asking.ask(family.actor, round_id, wanted, now=now)
        except DomainError:  # it has as many talks as it may
            continue
        parts = parts_of(random.choice(evenings))
        chance = random.random()
        away = parts if chance < 0.1 else [random.choice(parts)] if chance < 0.4 else []
        wishes.set_wishes(
            family.actor,
            round_id,
            away=[(part.evening_id, part.starts_at) for part in away],
            preference=random.choice(list(Preference)),
            remark=random.choice(REMARKS) if random.random() < 0.1 else "",
            now=now,
        )
        families_asking += 1
    return families_asking
