"""Making rounds, keeping their offers up to date, and publishing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, exists, func, insert, select

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor
from app.core.errors import DomainError, found
from app.core.transaction import transaction
from app.extensions import db
from app.rounds import evenings
from app.rounds.loading import COLUMNS, load_rooms
from app.rounds.models import (
    Evening,
    Offer,
    OfferTeacher,
    Round,
    RoundClass,
    RoundState,
    new_times_key,
)
from app.rounds.offers import (
    Derived,
    DoubtfulGroup,
    NoOffer,
    WantedOffer,
    derive_offers,
    is_offered,
)
from app.rounds.phases import STEPS, is_ahead
from app.rounds.spec import RoundSpec, check, sorted_rooms
from app.settings.queries import load_school


class WrongState(DomainError):
    """A round that cannot go from where it is to where somebody wants it."""


@dataclass(frozen=True)
class OfferReport:
    """What became of the offers of a round, and what the school should look at."""

    round_id: int
    offered: int  # that can be booked now
    added: int
    withdrawn: int
    missing: tuple[NoOffer, ...]
    doubtful: tuple[DoubtfulGroup, ...]


# From where to where; a published round goes back to "check" to take back a mistake.
_STEPS = {
    RoundState.DRAFT: {RoundState.CHECK, RoundState.PUBLISHED},
    RoundState.CHECK: {RoundState.DRAFT, RoundState.PUBLISHED},
    RoundState.PUBLISHED: {RoundState.CHECK, RoundState.ARCHIVED},
    RoundState.ARCHIVED: {RoundState.PUBLISHED},
}


def create_round(spec: RoundSpec, actor: Actor | None, *, now: datetime) -> OfferReport:
    """Make a round with its evenings, times, rooms and the offers of all its students.

    ``actor`` None: the site itself. Raises BadRound, which names the part to change.
    """
    check(spec, load_school().zone)
    with transaction():
        round_ = Round(state=spec.state, **_columns(spec))
        db.session.add(round_)
        db.session.flush()
        _write_parts(round_.id, spec, keep_seats=False)
        audit.record(actor, Action.ROUND_CREATED, now=now, round_id=round_.id, name=round_.name)
        return _bring_offers_up_to_date(round_)


def change_round(
    round_id: int, spec: RoundSpec, actor: Actor | None, *, now: datetime
) -> OfferReport:
    """Make a round as planned anew; its state stays, and so do the talks that are booked.

    What becomes of talks that the new times leave no room for is for who books to say
    (rescheduling/service.py). Raises BadRound and NotFoundError.
    """
    check(spec, load_school().zone)
    with transaction():
        round_ = found(db.session.get(Round, round_id, with_for_update=True))
        columns = _columns(spec)
        changed = [name for name, value in columns.items() if getattr(round_, name) != value]
        for name in changed:
            setattr(round_, name, columns[name])
        round_.times_key = new_times_key()
        _write_parts(round_id, spec, keep_seats=load_rooms(round_id) == sorted_rooms(spec.rooms))
        audit.record(
            actor, Action.ROUND_CHANGED, now=now, round_id=round_id, changed=sorted(changed)
        )
        return _bring_offers_up_to_date(round_)


def _columns(spec: RoundSpec) -> dict[str, Any]:
    """Return what stands in the row of the round itself."""
    columns = {name: getattr(spec, name) for name in COLUMNS if name != "state"}
    columns["name"] = spec.name.strip()
    columns["explanation"] = spec.explanation.strip()
    columns["cancel_until"] = spec.cancel_until or spec.closes_at
    return columns


def _write_parts(round_id: int, spec: RoundSpec, *, keep_seats: bool) -> None:
    db.session.execute(delete(RoundClass).where(RoundClass.round_id == round_id))
    db.session.add_all(
        RoundClass(round_id=round_id, home_class_id=class_id)
        for class_id in sorted(set(spec.home_class_ids))
    )
    evenings.write(round_id, spec.evenings, spec.rooms, keep_seats=keep_seats)
    db.session.flush()


def refresh_offers(round_id: int, actor: Actor | None, *, now: datetime) -> OfferReport:
    """Bring the offers of a round in line with the school's data; twice is the same as once.

    New reasons give new offers, and offers whose reason is gone are withdrawn (a talk
    that was booked keeps its offer). What the office set by hand stays as it is: an
    offer beside the package, and one it withdrew though the package has it.
    Raises NotFoundError.
    """
    with transaction():
        round_ = found(db.session.get(Round, round_id, with_for_update=True))
        report = _bring_offers_up_to_date(round_)
        if report.added or report.withdrawn:
            audit.record(
                actor,
                Action.ROUND_OFFERS_REFRESHED,
                now=now,
                round_id=round_id,
                added=report.added,
                withdrawn=report.withdrawn,
            )
        return report


def refresh_coming_rounds(*, now: datetime) -> tuple[OfferReport, ...]:
    """Refresh the offers of every round that has evenings to come; for after an import."""
    today = now.astimezone(load_school().zone).date()
    with transaction():
        round_ids = db.session.scalars(
            select(Round.id)
            .where(
                Round.state != RoundState.ARCHIVED,
                exists().where(Evening.round_id == Round.id, Evening.day >= today),
            )
            .order_by(Round.id)
        ).all()
        return tuple(refresh_offers(round_id, None, now=now) for round_id in round_ids)


def set_state(round_id: int, state: RoundState, actor: Actor | None, *, now: datetime) -> None:
    """Publish a round, archive it, or take it back.

    Dates that have passed are forgotten when it goes back, so that it does not go on by itself
    at once. Raises WrongState or NotFoundError.
    """
    with transaction():
        round_ = found(db.session.get(Round, round_id, with_for_update=True))
        before = RoundState(round_.state)
        if state is before:
            return
        if state not in _STEPS[before]:
            raise WrongState(
                _(
                    'A round that is "%(before)s" cannot become "%(state)s".',
                    before=before,
                    state=state,
                )
            )
        if is_ahead(state, before):
            for name, to in STEPS.items():
                moment = getattr(round_, name)
                if moment is not None and moment <= now and is_ahead(state, to):
                    setattr(round_, name, None)
        round_.state = state
        audit.record(
            actor, Action.ROUND_STATE, now=now, round_id=round_id, before=before, after=state
        )


def _bring_offers_up_to_date(round_: Round) -> OfferReport:
    class_ids = db.session.scalars(
        select(RoundClass.home_class_id).where(RoundClass.round_id == round_.id)
    ).all()
    derived = derive_offers(class_ids, round_.reference_week)
    wanted = {offer.key: offer for offer in derived.wanted}
    present = {
        (offer.student_id, offer.subject_code, offer.teacher_key): offer
        for offer in db.session.scalars(select(Offer).where(Offer.round_id == round_.id))
    }
    new = [offer for key, offer in wanted.items() if key not in present]
    # An offer without a reason is one made by hand while it is offered, and one that was
    # withdrawn here when it is not: only that one comes back with its reason.
    back = [o for key, o in present.items() if key in wanted and not o.in_package]
    gone = [
        o
        for key, o in present.items()
        if o.offered and not is_offered(wanted=key in wanted, offered=True, in_package=o.in_package)
    ]
    added = len(new) + sum(not offer.offered for offer in back)
    _insert(round_.id, new)
    for offer in back:
        offer.offered = offer.in_package = True
    for offer in gone:
        offer.offered = offer.in_package = False
    return _report(round_.id, derived, added=added, withdrawn=len(gone))


def _insert(round_id: int, offers: Sequence[WantedOffer]) -> None:
    if not offers:
        return
    db.session.execute(
        insert(Offer),
        [
            {
                "round_id": round_id,
                "student_id": offer.student_id,
                "subject_code": offer.subject_code,
                "teacher_key": offer.teacher_key,
            }
            for offer in offers
        ],
    )
    # Asked for afterwards: for RETURNING in the order given SQLite would insert row by row.
    ids = {
        (student_id, subject_code, teacher_key): offer_id
        for offer_id, student_id, subject_code, teacher_key in db.session.execute(
            select(Offer.id, Offer.student_id, Offer.subject_code, Offer.teacher_key).where(
                Offer.round_id == round_id
            )
        )
    }
    db.session.execute(
        insert(OfferTeacher),
        [
            {"offer_id": ids[offer.key], "teacher_id": teacher_id, "position": position}
            for offer in offers
            for position, teacher_id in enumerate(offer.teacher_ids)
        ],
    )


def _report(round_id: int, derived: Derived, *, added: int, withdrawn: int) -> OfferReport:
    offered = db.session.scalar(
        select(func.count()).select_from(Offer).where(Offer.round_id == round_id, Offer.offered)
    )
    return OfferReport(round_id, offered or 0, added, withdrawn, derived.missing, derived.doubtful)
