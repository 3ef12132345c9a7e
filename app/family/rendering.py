"""The table as a page: a shell that families share, their own parts, and the times.

A shell is what the templates make of a round, with gaps (``core/gaps``) for all that is a family's
own. The family's parts stand as long as what is known of it does; the times are filled in anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from flask import Response, current_app, request, url_for
from markupsafe import escape

from app.accounts.session import seconds_left, tab_key
from app.core.access import current_actor
from app.core.cookies import csrf_token
from app.core.gaps import gap, with_gaps
from app.core.htmx import is_poll
from app.core.i18n import day_text, texts
from app.family import markers
from app.family.cell_markup import Writer, shape_of, ticked, writer
from app.family.parts import Parts
from app.family.queries import TablePage
from app.family.shell_rendering import digest_of, page_around, shell_of
from app.family.table import Card, EveningTable, TeacherEvening

VIEW_COOKIE = "view"
VIEWS = ("list", "table")
_PARTIAL = '<hx-partial hx-target="%s" hx-swap="%s">%s</hx-partial>'
_CSRF_TOKEN = str(gap("csrf_token"))


class _Frame(NamedTuple):
    """A family's table without its times."""

    shell: str
    parts: dict[str, str]
    digest: str


@dataclass(frozen=True)
class Shown:
    """A table as one request shows it: as a list or a table, in one language."""

    page: TablePage
    view: str
    frame: _Frame

    @cached_property
    def writer(self) -> Writer:
        """What writes the times."""
        return writer(self.view, moving=self.page.moving is not None)

    @cached_property
    def marker(self) -> str:
        """What the page shows, in short; a poll sends it back."""
        page = self.page
        state = (self.frame.digest, page.moment)
        before: tuple[object, str] | None = page.made.get("marker")
        if before is None or before[0] != state:
            times = markers.packed(page.cards) if page.is_open else ""  # else it shows none
            before = state, f"{self.frame.digest}.{times}"
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
        parts, token = self.frame.parts, csrf_token()
        return self.frame.shell % {
            **(self._times(chosen) if self.page.is_open else {}),
            **parts,
            "cancel": parts["cancel"].replace(_CSRF_TOKEN, token),
            "marker": self.marker,
            "messages": messages,
            "submission": submission,
            "csrf_token": token,
            "guessed": self.view if guessed else "",
            "now": self.page.now.isoformat(),
        }

    def whole(self, fragment: str) -> str:
        """Return the page around the table."""
        here = request.full_path if request.query_string else request.path
        return page_around(self.page.round.name) % {
            "table": fragment,
            "name": escape(current_actor().name),
            "page_path": escape(here),
            "csrf_token": csrf_token(),
            "seconds": str(seconds_left()),
            "tab_key": tab_key(),
        }

    def _times(self, chosen: Sequence[str]) -> dict[str, str]:
        if self.view == "list":
            return {"cards": "".join([self._card(card, chosen) for card in self.page.cards])}
        values = {}
        for number, evening in enumerate(self.page.evenings):
            day = self._day(evening)
            columns = [self._written(card, card.evenings[number], day) for card in self.page.cards]
            for index, cells in enumerate(zip(*columns, strict=True)):
                row = f"{evening.evening_id}-{index}"
                values[f"row-{row}"] = ticked("".join(cells), chosen)
                values[f"state-{row}"] = values[f"bands-{row}"] = ""  # if no talk is then
        return values

    def _card(self, card: Card, chosen: Sequence[str]) -> str:
        if self._has_times(card):
            markup = self.writer.open_card(
                card, self.page.made, self._ask_url(card), idle=self._is_idle(card)
            )
            return ticked(markup, chosen)
        mine = self.frame.parts[f"mine-{card.key}"] if not self.page.moving else ""
        return mine and self.writer.card(card, "mine", mine)

    def _ask_url(self, card: Card) -> str:
        """Where to ask for a talk with a teacher whose times are all gone; "" if one cannot."""
        page = self.page
        if page.moving or not page.round.takes_requests or not card.is_full:
            return ""
        if card.key in page.known.asked:
            return ""  # it is said above
        child = f"child-{page.child.student_id}"
        return url_for("family.ask", round_id=page.round.id, teacher=card.offer_id, _anchor=child)

    def _has_times(self, card: Card) -> bool:
        """Whether the list shows the times of a teacher: not of one with whom there is a talk."""
        moving = self.page.moving
        return card.key == moving.teacher_key if moving else not card.talk

    def _day(self, evening: EveningTable | TeacherEvening) -> str:
        """Return what times are called by; "" if there is one evening only."""
        return day_text(evening.day) if len(self.page.evenings) > 1 else ""

    def _written(self, card: Card, on: TeacherEvening, day: str) -> list[str]:
        return self.writer.times(on, self.page.made, day, idle=self._is_idle(card))

    def _is_idle(self, card: Card) -> bool:
        """Whether free times of a teacher are shown without being offered."""
        if self.page.moving:
            return False
        return card.talk is not None or not self.page.can_choose(card)

    def changes(self, marker: str) -> str | None:
        """Return what differs from the page with this marker, as htmx partials; "" if nothing does.

        None if the page must be replaced, because more than times has changed.
        """
        if marker == self.marker:
            return ""
        digest, _dot, before = marker.partition(".")
        moved = markers.moved_since(before, self.page.cards)
        if digest != self.frame.digest or moved is None:
            return None
        partials = [it for change in moved for it in self._card_changes(*change)]
        words: Any = current_app.jinja_env.get_template("family/_words.html").module
        its = with_gaps(words.marker, gap("marker")) % {"marker": self.marker}
        partials.append(_PARTIAL % ("#marker", "outerHTML", its))
        return "".join(partials)

    def _card_changes(self, number: int, old: Card, new: Card) -> list[str]:
        if self.view == "list":
            if not self._has_times(new):
                return []
            was, shape = shape_of(old), shape_of(new)
            if was is None or shape is None or _differ(was, shape):
                if was is None and shape is None:
                    return []
                times = self.writer.open_times(
                    new, self.page.made, self._ask_url(new), idle=self._is_idle(new)
                )
                return [_PARTIAL % (f"#open-{new.key}", "innerHTML", times)]
        partials = []
        for before, on in zip(old.evenings, new.evenings, strict=True):
            pairs = zip(before.marks, on.marks, strict=True)
            changed = [index for index, (was, now) in enumerate(pairs) if was != now]
            written = self._written(new, on, self._day(on)) if changed else []
            id_ = f"{new.key}-{on.evening_id}"
            for index in changed:
                target = (
                    f"#times-{id_} > :nth-child({index + 1})"
                    if self.view == "list"
                    else f"#row-{on.evening_id}-{index} > :nth-child({number + 2})"
                )
                partials.append(_PARTIAL % (target, "outerHTML", written[index]))
            if self.view == "list" and before.closed != on.closed:
                folded = self.writer.folded(on.closed)
                partials.append(_PARTIAL % (f"#rest-{id_} > summary", "innerHTML", folded))
        return partials


def _differ(was: Sequence[tuple[int, str]], now: Sequence[tuple[int, str]]) -> bool:
    """Whether other elements are needed than those with the times."""
    return [(bool(closed), shut) for closed, shut in was] != [
        (bool(closed), shut) for closed, shut in now
    ]


def shown(page: TablePage, view: str) -> Shown:
    """Return how a request shows a table; while a talk is being moved always as a list."""
    if page.moving:
        view = "list"  # only one teacher's times matter
    return Shown(page, view, _frame(page, view))


def _frame(page: TablePage, view: str) -> _Frame:
    key = ("frame", view, texts(), page.phase, page.poll_seconds)
    before = None if page.moving else page.made.get(key)
    frame: _Frame | None = before[1] if before and before[0] == page.round else None
    if frame is None:
        shell = shell_of(page, view)
        macros = current_app.jinja_env.get_template("family/_parts.html").module
        parts = Parts(page, macros, url_for).of(view)
        heads = [
            f"{it.key} {it.offer_id} {it.teacher} {it.subjects} {it.minutes} {on.place}"
            for it in page.cards
            for on in it.evenings
        ]
        works = sorted((it, sorted(ticks)) for it, ticks in page.known.engaged.work.items())
        text = "".join([shell.digest, *parts.values(), *heads, str(works)])
        frame = _Frame(
            shell.text, parts, digest_of(text.replace(_CSRF_TOKEN, ""))
        )  # a process's own
        if not page.moving:
            page.made[key] = page.round, frame
    return frame


def wanted_view() -> tuple[str, bool]:
    """Return how to show the table, and whether that is a guess: a list on phones."""
    for wanted in (request.args.get("view"), request.cookies.get(VIEW_COOKIE)):
        if wanted in VIEWS:
            return wanted, False
    return ("list" if "Mobi" in request.user_agent.string else "table"), True


def remember_view(response: Response) -> Response:
    """Remember list or table in a cookie; the value is one word and not personal data."""
    wanted = request.args.get("view", "")
    if wanted in VIEWS and not is_poll():
        response.set_cookie(
            VIEW_COOKIE,
            wanted,
            max_age=400 * 24 * 3600,
            httponly=True,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            samesite="Lax",
        )
    return response
