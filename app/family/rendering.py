"""The table as a page: its frame is rendered once for each family, the times are filled in anew.

A frame is what the templates make of everything but the times, with gaps for these (``core/gaps``).
It stands as long as what is known of the family does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2s
from typing import Any

from flask import current_app, render_template, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from app.accounts.session import seconds_left
from app.core.access import Actor, current_actor
from app.core.gaps import gap, pattern
from app.core.i18n import texts
from app.core.memory import Memory
from app.family import markers
from app.family.cell_markup import Writer, shape_of, ticked, writer
from app.family.queries import TablePage
from app.family.table import Card, TeacherEvening
from app.settings.current import current_school

_PART = '<hx-partial hx-target="%s" hx-swap="%s">%s</hx-partial>'


@dataclass(frozen=True)
class Shown:
    """A table as one request shows it: as a list or a table, in one language."""

    page: TablePage
    view: str
    frame: str
    digest: str  # of the frame

    @cached_property
    def writer(self) -> Writer:
        """What writes the times."""
        return writer(self.view, moving=self.page.moving is not None)

    @cached_property
    def marker(self) -> str:
        """What the page shows, in short; a poll sends it back."""
        page = self.page
        state = (self.digest, page.busy.serial, page.known.begun(page.now))
        before: tuple[object, str] | None = page.made.get("marker")
        if before is None or before[0] != state:
            times = markers.packed(page.cards) if page.is_open else ""  # else it shows none
            before = state, f"{self.digest}.{times}"
            page.made["marker"] = before
        return before[1]

    def fragment(
        self,
        *,
        messages: str = "",
        submission: str = "",
        chosen: Sequence[str] = (),
        guessed: bool = False,
    ) -> str:
        """Return the table itself; ``guessed``: the family has not chosen between the views."""
        return self.frame % {
            **(self._times(chosen) if self.page.is_open else {}),
            "marker": self.marker,
            "messages": messages,
            "submission": submission,
            "csrf_token": generate_csrf(),
            "guessed": self.view if guessed else "",
            "now": self.page.now.isoformat(),
        }

    def whole(self, fragment: str) -> str:
        """Return the page around the table."""
        here = request.full_path if request.query_string else request.path
        return _around(self.page.round.name) % {
            "table": fragment,
            "name": escape(current_actor().name),
            "page_path": escape(here),
            "csrf_token": generate_csrf(),
            "seconds": str(seconds_left()),
        }

    def _times(self, chosen: Sequence[str]) -> dict[str, str]:
        if self.view == "list":
            return {
                f"card-{card.key}": ticked(self.writer.open_card(card, self.page.made), chosen)
                for card in self.page.cards
                if self._has_times(card)
            }
        values = {}
        for number, evening in enumerate(self.page.evenings):
            columns = [self._written(card, card.evenings[number]) for card in self.page.cards]
            for index, cells in enumerate(zip(*columns, strict=True)):
                row = f"row-{evening.evening_id}-{index}"
                values[row] = ticked("".join(cells), chosen)
        return values

    def _has_times(self, card: Card) -> bool:
        """Whether the list shows the times of a teacher: not of one with whom there is a talk."""
        moving = self.page.moving
        return card.key == moving.teacher_key if moving else not card.talk

    def _written(self, card: Card, on: TeacherEvening) -> list[str]:
        idle = self.view == "table" and card.talk is not None
        return self.writer.times(on, self.page.made, idle=idle)

    def changes(self, marker: str) -> str | None:
        """Return the parts that differ from the page with this marker; "" if nothing does.

        None if the page must be replaced, because more than times has changed.
        """
        if marker == self.marker:
            return ""
        digest, _dot, before = marker.partition(".")
        old_cards = markers.cards_before(before, self.page.cards)
        if digest != self.digest or old_cards is None:
            return None
        parts = [
            part
            for number, (old, new) in enumerate(zip(old_cards, self.page.cards, strict=True))
            for part in self._card_changes(number, old, new)
        ]
        words: Any = current_app.jinja_env.get_template("family/_words.html").module
        parts.append(_PART % ("#marker", "outerHTML", words.marker(self.marker)))
        return "".join(parts)

    def _card_changes(self, number: int, old: Card, new: Card) -> list[str]:
        if self.view == "list":
            if not self._has_times(new):
                return []
            was, shape = shape_of(old), shape_of(new)
            if was is None or shape is None or _differ(was, shape):
                if was is None and shape is None:
                    return []
                times = self.writer.open_times(new, self.page.made)
                return [_PART % (f"#open-{new.key}", "innerHTML", times)]
        parts = []
        for before, on in zip(old.evenings, new.evenings, strict=True):
            changed = [i for i, mark in enumerate(on.marks) if mark != before.marks[i]]
            written = self._written(new, on) if changed else []
            id_ = f"{new.key}-{on.evening_id}"
            for index in changed:
                target = (
                    f"#times-{id_} > :nth-child({index + 1})"
                    if self.view == "list"
                    else f"#row-{on.evening_id}-{index} > :nth-child({number + 2})"
                )
                parts.append(_PART % (target, "outerHTML", written[index]))
            if self.view == "list" and before.closed != on.closed:
                folded = self.writer.folded(on.closed)
                parts.append(_PART % (f"#rest-{id_} > summary", "innerHTML", folded))
        return parts


def _differ(was: Sequence[tuple[int, str]], now: Sequence[tuple[int, str]]) -> bool:
    """Whether other elements are needed than those with the times."""
    return [(bool(closed), shut) for closed, shut in was] != [
        (bool(closed), shut) for closed, shut in now
    ]


def shown(page: TablePage, view: str) -> Shown:
    """Return how a request shows a table; while a talk is being moved always as a list."""
    if page.moving:
        view = "list"  # only one teacher's times matter
    frame, digest = _frame(page, view)
    return Shown(page, view, frame, digest)


def _frame(page: TablePage, view: str) -> tuple[str, str]:
    words = texts()
    key = ("frame", view, words, page.phase, page.poll_seconds)
    before = None if page.moving else page.made.get(key)
    frame: tuple[str, str] | None = before[1] if before and before[0] == page.round else None
    if frame is None:
        store = {} if page.moving else page.known.kept.setdefault((view, words), {})
        text = pattern(
            render_template(
                "family/_table.html", page=page, view=view, gap=gap, kept=partial(_kept, store)
            )
        )
        frame = text, blake2s(text.encode(), digest_size=9).hexdigest()
        if not page.moving:
            page.made[key] = page.round, frame
    return frame


def _kept(store: dict[object, str], *key: object, caller: Callable[[], str]) -> str:
    """Return a part of the frame that depends on its key alone, for as long as a round stands."""
    if key not in store:
        store[key] = caller()
    return store[key]


_AROUND: Memory[tuple[object, ...], str] = Memory(256)


def _around(title: str) -> str:
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
            )
        )
        if not has_news:
            _AROUND.put(key, around)
    return around
