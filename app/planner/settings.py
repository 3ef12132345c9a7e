"""How a round is planned: what counts more, and what the school says to who got no time."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.office import refuse_others
from app.core.access import Actor
from app.core.transaction import transaction
from app.extensions import db
from app.planner.models import PlanSettings
from app.planner.problem import RUN, Weights
from app.rounds.info import RoundInfo
from app.rounds.models import Mode
from app.rounds.queries import load_round


class Weight(StrEnum):
    """How much something counts beside the rest."""

    LESS = "less"
    USUAL = "usual"
    MORE = "more"


_USUAL = Weights()
_WAITING = {Weight.LESS: 4, Weight.USUAL: _USUAL.waiting_per_slot, Weight.MORE: 25}
_EVENINGS = {Weight.LESS: 20, Weight.USUAL: _USUAL.extra_evening, Weight.MORE: 180}
_BREAKS = {Weight.LESS: 2, Weight.USUAL: _USUAL.teacher_run_excess_per_slot, Weight.MORE: 40}


@dataclass(frozen=True)
class Planning:
    """The settings of a round's plan.

    ``publishes`` is whether a night's plan is published by itself; None stands for what is usual in
    the round's mode. ``run`` is in slots, ``most_per_child`` in talks.
    """

    waiting: Weight = Weight.USUAL
    evenings: Weight = Weight.USUAL
    breaks: Weight = Weight.USUAL
    run: int = RUN
    most_per_child: int | None = None
    publishes: bool | None = None
    sentence: str = ""

    @property
    def weights(self) -> Weights:
        """What a plan costs."""
        return replace(
            _USUAL,
            waiting_per_slot=_WAITING[self.waiting],
            extra_evening=_EVENINGS[self.evenings],
            teacher_run_excess_per_slot=_BREAKS[self.breaks],
        )

    def publishes_in(self, round_: RoundInfo) -> bool:
        """Whether a night's plan of this round is published by itself.

        Where families choose times too, a request must not wait while times go; where the school
        plans everything, the office looks first.
        """
        return round_.mode is Mode.BOTH if self.publishes is None else self.publishes


def load_planning(round_id: int) -> Planning:
    """Return how a round is planned: as usual, unless the office said otherwise."""
    row = db.session.scalars(select(PlanSettings).where(PlanSettings.round_id == round_id)).first()
    if row is None:
        return Planning()
    return Planning(
        Weight(row.waiting),
        Weight(row.evenings),
        Weight(row.breaks),
        row.run,
        row.most_per_child,
        row.publishes,
        row.sentence,
    )


def save_planning(actor: Actor, round_id: int, planning: Planning, *, now: datetime) -> None:
    """Let a round be planned so from now on. Raises NotFoundError for anybody but the office."""
    refuse_others(actor)
    with transaction():
        load_round(round_id)
        values: dict[str, Any] = {
            "waiting": planning.waiting,
            "evenings": planning.evenings,
            "breaks": planning.breaks,
            "run": planning.run,
            "most_per_child": planning.most_per_child,
            "publishes": planning.publishes,
            "sentence": planning.sentence,
        }
        db.session.merge(PlanSettings(round_id=round_id, **values))
        audit.record(actor, Action.PLAN_SETTINGS_SAVED, now=now, round_id=round_id)
