"""The parts of a table that are a family's own: what fills the gaps of ``family/_table.html``.

Each is a macro of ``family/_parts.html``, rendered once with gaps (``core/gaps``).
"""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from app.bookings.cells import Talk
from app.core.gaps import Filling, filled, gap, with_gaps
from app.core.i18n import day_text, moment_text, time_text
from app.family.queries import TablePage
from app.family.table import Card, EveningTable

_OFFER, _ACTIONS = gap("offer"), gap("actions")


def texts_of(talk: Talk, *, several: bool) -> dict[str, Any]:
    """Return a talk as macros write it; ``several``: the round has several evenings."""
    return {
        "hue": talk.child.hue,
        "initial": talk.child.initial,
        "child": talk.child.given_name,
        "with": f"{talk.child.student_id}-{talk.teacher_key}",  # the same for table.js
        "teacher": talk.teacher,
        "place": talk.place,
        "link": talk.link,
        "way": talk.way,
        "who": talk.who,
        "several": several,
        "iso": talk.starts_at.isoformat(),
        "at": time_text(talk.starts_at),
        "day": day_text(talk.starts_at),
    }


class Parts:
    """Writes the parts of one page; ``url_for`` as in Flask."""

    def __init__(self, page: TablePage, macros: Any, url_for: Callable[..., str]) -> None:
        """Prepare the talks as texts."""
        self._page, self._macros, self._url_for = page, macros, url_for
        self._url = self._url_of(page.child.student_id)
        talks = [*page.talks, *(card.talk for card in page.cards if card.talk)]
        self._talks = {talk.booking_id: self._texts(talk) for talk in dict.fromkeys(talks)}

    def of(self, view: str) -> dict[str, str]:
        """Return the parts by the names of their gaps; "mine-" and a key is a talk in its card."""
        page, child = self._page, self._page.child
        parts = {
            "url": self._url,
            "child": str(child.student_id),
            "name": str(escape(child.given_name)),
            "remaining": str(page.remaining),
            "children": self._children(),
        }
        for evening in page.evenings:
            parts |= self._strip(evening)
        if page.moving:
            parts |= self._moving(page.moving)
        if page.is_open:
            name = Filling(name=child.given_name)
            numbers = with_gaps(self._macros.numbers, page.remaining) % {}
            parts["words"] = numbers + self._each(self._macros.near, page.talks)
            asked = bool(page.known.asked)
            may_cancel = any(card.talk and card.talk.may_cancel for card in page.cards)
            parts["still"] = filled(self._macros.still, name, page.left, asked, may_cancel)
            parts["next"] = self._next()
            parts["asked"] = self._asked()
            parts |= self._columns() if view == "table" else self._mine()
        elif page.phase == "announced":
            parts["teachers"] = "".join(
                filled(self._macros.teacher, Filling(teacher=card.teacher, subjects=card.subjects))
                for card in page.cards
            )
        else:
            parts["cards"] = self._closed()
        own = [card.talk for card in page.cards if card.talk and card.talk.may_cancel]
        parts["cancel"] = self._each(self._macros.cancel, own)
        return parts

    def _each(self, macro: Any, talks: Any) -> str:
        return "".join(filled(macro, self._talks[talk.booking_id]) for talk in talks)

    def _url_of(self, student_id: int) -> str:
        return self._url_for("family.table", round_id=self._page.round.id, student_id=student_id)

    def _texts(self, talk: Talk) -> Filling:
        return Filling(
            **texts_of(talk, several=len(self._page.evenings) > 1),
            id=talk.booking_id,
            key=talk.teacher_key,
            subjects=talk.subjects,
            moment=moment_text(talk.starts_at),
            may_move=talk.may_move,
            may_cancel=talk.may_cancel,
            may_switch=talk.may_switch,
            switch_url=self._url_for("family.switch", booking_id=talk.booking_id),
            url=self._url,
            move_url=f"{self._url}?move={talk.booking_id}#moving",
            cancel_url=self._url_for("family.cancel", booking_id=talk.booking_id),
            csrf_token=gap("csrf_token"),
        )

    def _children(self) -> str:
        return "".join(
            filled(
                self._macros.child_link,
                Filling(
                    id=child.student_id,
                    url=self._url_of(child.student_id),
                    hue=child.hue,
                    initial=child.initial,
                    name=child.given_name,
                    current=child == self._page.child,
                ),
            )
            for child in self._page.children
        )

    def _next(self) -> str:
        child = self._page.next_child
        if child is None or self._page.moving:
            return ""
        url, leads = self._url_of(child.student_id), not self._page.left
        its = Filling(url=url, name=child.given_name, leads=leads)
        return filled(self._macros.next_child, its)

    def _strip(self, evening: EveningTable) -> dict[str, str]:
        lines = self._each(self._macros.line, evening.talks)
        return {
            f"talks-{evening.evening_id}": with_gaps(self._macros.talks, len(evening.talks)) % {},
            f"bars-{evening.evening_id}": "".join(self._bar(evening, it) for it in evening.talks),
            f"lines-{evening.evening_id}": lines or with_gaps(self._macros.no_line) % {},
        }

    def _bar(self, evening: EveningTable, talk: Talk) -> str:
        start, span = evening.starts_at, (evening.ends_at - evening.starts_at).total_seconds()
        left = (talk.starts_at - start).total_seconds() / span * 100
        width = (talk.ends_at - talk.starts_at).total_seconds() / span * 100
        place = {"left": left, "width": width, "middle": left + width / 2}
        its = Filling(
            hue=talk.child.hue,
            initial=talk.child.initial,
            **{name: f"{value:.2f}" for name, value in place.items()},
        )
        return filled(self._macros.bar, its)

    def _moving(self, talk: Talk) -> dict[str, str]:
        return {
            "moving": filled(self._macros.moving, self._texts(talk)),
            "move": str(talk.booking_id),
            "target": self._url_for("family.move", booking_id=talk.booking_id),
        }

    def _asked(self) -> str:
        page = self._page
        if not page.round.takes_requests or page.moving:
            return ""
        asked = [card.teacher for card in page.cards if card.key in page.known.asked]
        if not asked:
            url = self._url_for("family.ask", round_id=page.round.id)
            return filled(self._macros.none_asked, Filling(url=url))
        url = self._url_for("family.asked", round_id=page.round.id)
        return filled(self._macros.asked, Filling(url=url, teachers=", ".join(asked)))

    def _mine(self) -> dict[str, str]:
        return {
            f"mine-{card.key}": self._each(self._macros.mine, [card.talk])
            for card in self._page.cards
            if card.talk
        }

    def _closed(self) -> str:
        cards = [
            filled(
                self._macros.closed,
                Filling(
                    key=card.key,
                    teacher=card.teacher,
                    subjects=card.subjects,
                    place=card.talk.place,
                    talk=Markup(self._each(self._macros.mine, [card.talk])),  # noqa: S704
                ),
            )
            for card in self._page.cards
            if card.talk
        ]
        none = filled(self._macros.no_talk, Filling(name=self._page.child.given_name))
        return "".join(cards) or none

    def _columns(self) -> dict[str, str]:
        parts = {"number": str(len(self._page.cards))}
        for number, evening in enumerate(self._page.evenings):
            heads = [self._head(card, number, evening.evening_id) for card in self._page.cards]
            parts[f"columns-{evening.evening_id}"] = "".join(heads)
            for row in evening.rows if evening.talks else ():
                if row.talks:
                    row_id = f"{evening.evening_id}-{row.index}"
                    parts[f"state-{row_id}"] = with_gaps(self._macros.banded) % {}
                    parts[f"bands-{row_id}"] = self._each(self._macros.band, row.talks)
        return parts

    def _head(self, card: Card, number: int, evening_id: int) -> str:
        here = card.talk and card.talk.evening_id == evening_id
        actions = self._each(self._macros.actions, [card.talk]) if here else ""
        head = with_gaps(
            self._macros.column,
            evening_id,
            card.key,
            _OFFER,
            card.teacher,
            card.subjects,
            card.evenings[number].place,
            card.minutes,
            "mine" if card.talk else "open",
            _ACTIONS if here else "",
        )
        return head % {"offer": str(card.offer_id), "actions": actions}
