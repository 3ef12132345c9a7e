"""Why a chosen time could not be had, in words: the four reasons of ``bookings/cells``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from app.bookings.attendees import Attendees
from app.bookings.cells import Cell, CellState, Column, Talk
from app.bookings.rules import Choice
from app.bookings.talks import own_talks
from app.core.access import Actor
from app.core.i18n import local_day, moment_text, time_text
from app.family.table import Card, read_table
from app.rounds.info import RoundInfo
from app.school.queries import Child, children_of

OF_OTHERS = {CellState.OTHERS, CellState.FREE}
"""States of a time that somebody else took: it may be free again by now."""


def why(cell: Cell) -> str:
    """Return why a family could not have a time, as part of a sentence to them."""
    match cell.state, cell.talk:
        case CellState.UNAVAILABLE, _talk:
            return _("the teacher cannot then")
        case CellState.WORK, _talk:
            return _("you work then")
        case CellState.ELSEWHERE, talk if talk:
            return _("then you are with %(teacher)s", teacher=talk.teacher)
        case CellState.MINE | CellState.SIBLING, talk if talk:
            return _("that is the talk of %(child)s", child=talk.child.given_name)
        case _others:
            return _("just taken by others")


def why_for_office(cell: Cell) -> str:
    """Return why a family could not have a time, as part of a sentence to the office."""
    if cell.state in OF_OTHERS:
        return _("somebody else was first")
    if cell.state is CellState.WORK:
        return _("the parent teaches then")
    if cell.state is CellState.ELSEWHERE and cell.talk:
        return _("the family is with %(teacher)s then", teacher=cell.talk.teacher)
    return why(cell)


def cells_at(cards: Iterable[Card], choices: Sequence[Choice]) -> list[tuple[Card, Cell]]:
    """Return the chosen times as they are now, with their cards."""
    values = {f"{choice.slot_id}-{choice.offer_id}" for choice in choices}
    return [
        (card, cell)
        for card in cards
        for evening in card.evenings
        for cell in evening.cells
        if cell.value in values
    ]


def why_not_moved(cards: Iterable[Card], choice: Choice, talk: Talk) -> str:
    """Return a sentence on a time to which a talk could not move, or "" if others took it."""
    for _card, cell in cells_at(cards, [choice]):
        if cell.state not in OF_OTHERS:
            return _(
                "%(time)s is not possible: %(why)s. Your talk is still at %(old)s. "
                "Choose another time.",
                time=time_text(cell.starts_at),
                why=why(cell),
                old=moment_text(talk.starts_at),
            )
    return ""


def why_taken(
    actor: Actor,
    round_: RoundInfo,
    child: Child,
    family: Attendees,
    columns: Mapping[int, Column],
    choice: Choice,
    *,
    now: datetime,
) -> str:
    """Return a sentence on a time with which nothing came of a tap; reads the times anew."""
    talks = own_talks(children_of(actor, local_day(now)), now=now)
    column = columns.get(choice.offer_id)
    its = [column] if column else []
    _tables, cards = read_table(round_, child, family.people, talks, now=now, columns=its)
    for _card, cell in cells_at(cards, [choice]):
        if cell.state not in OF_OTHERS:
            return _("This time is not possible: %(why)s. Choose another time.", why=why(cell))
    return _("This time has just been taken. Choose another time.")
