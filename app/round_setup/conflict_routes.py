"""Save a round that already has talks: first show the conflicts, then make the change."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.access import Actor
from app.rescheduling import service as rescheduling
from app.rescheduling.conflicts import Conflict, load_conflicts, marker_of
from app.rescheduling.resolving import NotFree
from app.rescheduling.service import ChangedMeanwhile, Resolution
from app.round_setup import service
from app.rounds.places import WORDS
from app.rounds.queries import load_round
from app.rounds.spec import RoundSpec

CONFIRM = "confirm"
REVIEW = "review"
"""What js/typed.js sends: show the page again with what was chosen in it."""
ALL = {f"{resolution}-all": resolution for resolution in Resolution}
"""Buttons that choose the same resolution for every talk; they do not save anything yet."""
OWN = ("csrf_token", "do", "marker")
"""Fields of the conflicts page itself; all other fields belong to the round's form."""


def answered() -> bool:
    """Whether the conflicts page was sent, and not the round's form."""
    action = request.form.get("do")
    return action in {CONFIRM, REVIEW, *ALL}


def save(actor: Actor, round_id: int, spec: RoundSpec, *, now: datetime) -> ResponseReturnValue:
    """Change a round; if talks conflict, only after the office chose a resolution for each.

    Raises BadRound.
    """
    service.refuse_past_steps(spec, now)
    conflicts = load_conflicts(round_id, spec, now=now)
    confirmed = request.form.get("do") == CONFIRM
    # Only its own button saves what the page of conflicts asks, also if by now there are none.
    if not confirmed and (conflicts or answered()):
        return _ask(round_id, conflicts)
    marker = request.form.get("marker", "") if confirmed else marker_of(())
    try:
        rescheduling.change(actor, round_id, spec, _resolutions(conflicts), marker, now=now)
    except (ChangedMeanwhile, NotFree) as refusal:
        return _ask(round_id, load_conflicts(round_id, spec, now=now), refusal.message)
    flash(_("The changes are saved."))
    return redirect(url_for(".progress", round_id=round_id), HTTPStatus.SEE_OTHER)


def _ask(round_id: int, conflicts: tuple[Conflict, ...], error: str = "") -> ResponseReturnValue:
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in OWN and not name.startswith("resolution-")
    ]
    page = render_template(
        "round_setup/conflicts.html",
        round=load_round(round_id),
        conflicts=conflicts,
        resolutions=_resolutions(conflicts),
        marker=marker_of(conflicts),
        kept=kept,
        places=WORDS,
        error=error,
    )
    return page, HTTPStatus.CONFLICT if error else HTTPStatus.OK


def _resolutions(conflicts: tuple[Conflict, ...]) -> Mapping[int, Resolution]:
    """Return the resolution of each talk; by default, a talk moves or is switched if it can."""
    resolutions = {}
    for it in conflicts:
        chosen = ALL.get(request.form.get("do", "")) or _chosen(it.talk.booking_id)
        default = Resolution.MOVE if it.free_time else Resolution.SWITCH
        resolution = chosen or default
        possible = rescheduling.can_be(resolution, it)
        resolutions[it.talk.booking_id] = resolution if possible else Resolution.KEEP
    return resolutions


def _chosen(booking_id: int) -> Resolution | None:
    sent = request.form.get(f"resolution-{booking_id}", "")
    return Resolution(sent) if sent in set(Resolution) else None
