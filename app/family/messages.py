"""What the last action did, or why it did nothing, as markup: filled in like ``parts.py``."""

from collections.abc import Set
from typing import Any

from markupsafe import Markup

from app.bookings.cells import Talk
from app.core.gaps import Filling, filled
from app.family.outcomes import Outcome
from app.family.parts import texts_of
from app.family.table import comers


def messages_of(
    macros: Any,
    *,
    error: str,
    outcome: Outcome | None,
    several: bool,
    chosen: Set[str],
    submission: str,
) -> str:
    """Return the messages; ``macros`` are those of ``family/_messages.html``.

    ``chosen`` are the ticked times; ``several``: the round has several evenings.
    """
    refusal = filled(macros.refusal, Filling(error=error)) if error else ""
    if outcome is None:
        return refusal

    def line(talk: Talk) -> str:
        its = Filling(**texts_of(talk, several=several))
        return filled(macros.talk, its, talk in outcome.cancelled)

    talks = filter(None, (*outcome.booked, outcome.moved, *outcome.cancelled))
    all_taken = outcome.only_others and not outcome.gone
    lines = [
        *map(line, talks),
        *(
            macros.lost_time(
                lost,
                chosen,
                several=several,
                why="" if all_taken else lost.why,
                comers=comers,
            )
            for lost in outcome.lost
        ),
        *(macros.gone_time(gone, several=several) for gone in outcome.gone),
    ]
    if not lines:  # nothing of it is true any more
        return refusal
    its = Filling(submission=submission, lines=Markup("".join(lines)))  # noqa: S704  (our own)
    parts = outcome.booked, outcome.lost, outcome.gone, outcome.cancelled
    return refusal + filled(macros.outcome, its, *map(len, parts), outcome.only_others)
