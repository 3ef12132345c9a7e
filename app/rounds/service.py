"""Create and change rounds, keep their offers up to date, and publish them."""

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
from app.rounds.loading import COLUMNS, load_rooms, load_spec
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
from app.rounds.spec import RoundSpec, check, sorted_rooms, who_and_when
from app.settings.queries import load_school


class WrongState(DomainError):
    """A round cannot go from its state to the requested one."""


@dataclass(frozen=True)
class OfferReport:
    """The result of updating a round's offers, and what the school should check."""

    round_id: int
    offered: int  # offers that can be booked now
    added: int
    withdrawn: int
    missing: tuple[NoOffer, ...]
    doubtful: tuple[DoubtfulGroup, ...]


# Allowed transitions; a published round goes back to "check" to correct a mistake.
_STEPS = {
    RoundState.DRAFT: {RoundState.CHECK, RoundState.PUBLISHED},
    RoundState.CHECK: {RoundState.DRAFT, RoundState.PUBLISHED},
    RoundState.PUBLISHED: {RoundState.CHECK, RoundState.ARCHIVED},
    RoundState.ARCHIVED: {RoundState.PUBLISHED},
}


def create_round(spec: RoundSpec, actor: Actor | None, *, now: datetime) -> OfferReport:
    """Create a round with its evenings, times, rooms and the offers of all its students.

    ``actor`` is None for the site itself. Raises BadRound, which names the faulty part.
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
) -> OfferReport | None:
    """Rewrite a round as planned; its state and its booked talks stay.

    Writes only the round's row, and returns None, if times, rooms and offers stay: in the rush
    everybody would wait for the rest, and read all of it anew.

    The caller decides what happens to talks that no longer fit the new times
    (rescheduling/service.py). Raises BadRound and NotFoundError.
    """
    check(spec, load_school().zone)
    with transaction():
        # The weaker lock: nobody who books, and so refers to the row, has to wait for it.
        round_ = found(db.session.get(Round, round_id, with_for_update={"key_share": True}))
        stays = who_and_when(load_spec(round_id)) == who_and_when(spec)
        columns = _columns(spec)
        changed = [name for name, value in columns.items() if getattr(round_, name) != value]
        for name in changed:
            setattr(round_, name, columns[name])
        if not stays or "name" in changed:  # packs bear the name
            round_.times_key = new_times_key()
        audit.record(
            actor, Action.ROUND_CHANGED, now=now, round_id=round_id, changed=sorted(changed)
        )
        if stays:
            return None
        _write_parts(round_id, spec, keep_seats=load_rooms(round_id) == sorted_rooms(spec.rooms))
        return _bring_offers_up_to_date(round_)


def _columns(spec: RoundSpec) -> dict[str, Any]:
    """Return the values for the round's own row."""
    columns = {name: getattr(spec, name) for name in COLUMNS if name != "state"}
    columns["name"] = spec.name.strip()
    columns["explanation"] = spec.explanation.strip()
    columns["cancel_until"] = spec.cancel_until or spec.closes_at
    columns["modalities"] = ",".join(spec.modalities)
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
    """Bring the offers of a round in line with the school's data; idempotent.

    Adds offers that the data now give, and withdraws offers that they no longer give (a booked
    talk keeps its offer). The office's manual changes stay: offers outside the package, and
    offers it withdrew although the package includes them. Raises NotFoundError.
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
    """Refresh the offers of every round with future evenings; called after an import."""
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
    """Publish a round, archive it, or move it back.

    Moving back clears dates that have passed, or the worker would take the step again at once.
    Raises WrongState or NotFoundError.
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
    # ``in_package`` is False for manual offers (offered) and offers withdrawn here (not offered).
    # An offer that the office withdrew keeps it True, and so does not come back.
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
    # Read the ids afterwards: for an ordered RETURNING, SQLite would insert row by row.
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
