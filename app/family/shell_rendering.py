"""The table and the page around it as patterns that families of one round share."""

from hashlib import blake2s
from typing import NamedTuple

from flask import render_template, request, session

from app.core.access import Actor, current_actor
from app.core.gaps import gap, pattern
from app.core.i18n import texts, zone
from app.core.memory import Memory
from app.family.queries import TablePage
from app.family.table import rows_of
from app.settings.current import current_school


def digest_of(text: str) -> str:
    """Return what tells two texts apart."""
    return blake2s(text.encode(), digest_size=9).hexdigest()


class Shell(NamedTuple):
    """A table without anything of a family, as a pattern."""

    text: str
    digest: str


_SHELLS: Memory[tuple[object, ...], Shell] = Memory(256)


class _Shape(NamedTuple):
    """What the shell of a table knows of a family."""

    teachers: bool  # whether there is any
    more: bool  # whether another talk may be booked
    moving: bool


def shell_of(page: TablePage, view: str) -> Shell:
    """Return a table as a pattern, which families of one round share; its templates see no page."""
    shape = _Shape(bool(page.cards), page.remaining > 0, page.moving is not None)
    of_round = (page.round, page.phase, page.poll_seconds)
    key = (*of_round, shape, view, current_school(), texts(), zone())
    shell = _SHELLS.get(key)
    if shell is None:
        slots = [slot for evening in page.known.evenings for slot in evening.slots]
        starts = [f"{slot.id}:{int(slot.starts_at.timestamp()) // 60}" for slot in slots]
        text = pattern(
            render_template(
                "family/_table.html",
                round=page.round,
                phase=page.phase,
                poll_seconds=page.poll_seconds,
                evenings=rows_of(page.known.evenings, ()),
                slots=" ".join(starts) if shape.teachers else "",
                shape=shape,
                view=view,
                gap=gap,
            )
        )
        shell = Shell(text, digest_of(text))
        _SHELLS.put(key, shell)
    return shell


_AROUND: Memory[tuple[object, ...], str] = Memory(256)


def page_around(title: str) -> str:
    """Return the page around a table as a pattern, which families of one round share.

    So its templates get nothing of the family: a gap for the name, no page and no ids.
    """
    roles = current_actor().roles
    key = (title, current_school(), texts(), roles, request.method)
    has_news = "_flashes" in session
    around = None if has_news else _AROUND.get(key)
    if around is None:
        around = pattern(
            render_template(
                "family/table.html",
                title=title,
                gap=gap,
                actor=Actor(None, 0, gap("name"), roles),
                page_path=gap("page_path"),
                csrf_token=lambda: gap("csrf_token"),
                session_seconds_left=lambda: gap("seconds"),
                tab_key=lambda: gap("tab_key"),
            )
        )
        if not has_news:
            _AROUND.put(key, around)
    return around
