"""Create a round; these rules need the current time."""

from datetime import datetime

from flask_babel import gettext as _

from app.core.access import Actor
from app.rounds import service as rounds
from app.rounds.phases import STEPS, is_ahead
from app.rounds.spec import BadRound, RoundSpec


def make_round(actor: Actor, spec: RoundSpec, *, now: datetime) -> int:
    """Create a round and return its id. Raises BadRound, which names the faulty part."""
    refuse_past_steps(spec, now)
    return rounds.create_round(spec, actor, now=now).round_id


def refuse_past_steps(spec: RoundSpec, now: datetime) -> None:
    """Raise BadRound for a scheduled step in the past, which would be taken within a minute."""
    for name, to in STEPS.items():
        moment = getattr(spec, name)
        if moment is not None and moment <= now and is_ahead(spec.state, to):
            raise BadRound(
                name,
                _("This moment has passed. Leave it empty, and take the step yourself."),
            )
