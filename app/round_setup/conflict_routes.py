"""Save a round that already has talks: first show the conflicts, then make the change."""

import re
from datetime import datetime
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.access import Actor
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answer, Answers, Rest
from app.rescheduling.conflicts import FoundConflicts, find_conflicts
from app.rescheduling.resolving import NotFree
from app.rescheduling.service import ChangedMeanwhile
from app.round_setup import conflict_page, service
from app.rounds.places import WORDS
from app.rounds.queries import load_round
from app.rounds.spec import RoundSpec

CONFIRM = "confirm"
REVIEW = "review"
"""What js/typed.js sends, too: show the page again with what was chosen in it."""
OPEN = "open:"
"""Before the key of teachers: show a card for each of their talks."""
ALL = {
    "keep-all": Rest.KEEP,
    "switch-all": Rest.SWITCH,
    "move-all": Rest.MOVE,
    "cancel-all": Rest.CANCEL,
}
"""Buttons that choose the same for every talk; they do not save anything yet."""
OWN = ("csrf_token", "do", "rest")
"""Fields of the page itself, beside the answers; all others belong to the round's form."""
_FIELD = re.compile(r"resolution-(\d{1,9})-(\d{1,9})")


def answered() -> bool:
    """Whether the conflicts page was sent, and not the round's form."""
    return _action() in {CONFIRM, REVIEW, *ALL} or _action().startswith(OPEN)


def save(actor: Actor, round_id: int, spec: RoundSpec, *, now: datetime) -> ResponseReturnValue:
    """Change a round; if talks conflict, only after the office has answered about each.

    Raises BadRound.
    """
    service.refuse_past_steps(spec, now)
    # Only its own button saves what the page of conflicts asks, also if by now there are none.
    if _action() != CONFIRM:
        found = find_conflicts(round_id, spec, now=now)
        if found.conflicts or answered():
            return _ask(round_id, found, now=now)
    try:
        done = rescheduling.change(actor, round_id, spec, _answers(), now=now)
    except (ChangedMeanwhile, NotFree) as refusal:
        found = find_conflicts(round_id, spec, now=now)
        return _ask(round_id, found, refusal.message, now=now)
    message = _("The changes are saved.")
    if done:
        message += " " + _("Talks: %(outcome)s.", outcome=conflict_page.outcome(done))
    flash(message)
    return redirect(url_for(".progress", round_id=round_id), HTTPStatus.SEE_OTHER)


def _ask(
    round_id: int, found: FoundConflicts, error: str = "", *, now: datetime
) -> ResponseReturnValue:
    """Ask about the talks; after an ``error``, only about those without an answer that holds."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in OWN and not _FIELD.fullmatch(name)
    ]
    answers, rest = _answers(), request.form.get("rest", Rest.MOVE)
    if len(found.conflicts) > conflict_page.MOST_CARDS:
        rest = answers.rest or Rest.MOVE
        answers = Answers(answers.own, rest)
        opened = _action().removeprefix(OPEN) if _action().startswith(OPEN) else ""
        page = conflict_page.many(found, answers, opened, now=now)
    else:
        asks = Answers({}, ALL[_action()]) if _action() in ALL else Answers(answers.own)
        page = conflict_page.few(found, asks, is_refused=bool(error), now=now)
    html = render_template(
        "round_setup/conflicts.html",
        round=load_round(round_id),
        page=page,
        rest=rest,
        rest_words=conflict_page.REST,
        kept=kept,
        places=WORDS,
        error=error,
    )
    return html, HTTPStatus.CONFLICT if error else HTTPStatus.OK


def _action() -> str:
    return request.form.get("do", "")


def _answers() -> Answers:
    own = {}
    for name, value in request.form.items():
        field, answer = _FIELD.fullmatch(name), Answer.read(value)
        if field and answer:
            own[int(field[1]), int(field[2])] = answer
    rest = request.form.get("rest", "")
    return Answers(own, Rest(rest) if rest in set(Rest) else None)
