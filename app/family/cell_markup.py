"""The times of a table as markup. The templates say how a time looks; this fills in hundreds.

A macro of ``family/_list_times.html`` or ``_table_times.html`` renders each kind of time once in a
process, with gaps. A macro call for each time would cost more than the rest of the page.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from app.bookings.cells import CellState, Near, Own, Part
from app.bookings.times import Times
from app.core.gaps import Filling, filled, gap, partly, pattern, with_gaps
from app.core.i18n import day_text, texts, time_texts, zone
from app.family.table import Card, TeacherEvening, comers

TEMPLATES = {"list": "family/_list_times.html", "table": "family/_table_times.html"}
_INSIDE, _ID, _TIMES = map(gap, ("inside", "id", "times"))
_OFFER = "\0"  # holds the place of the offer in finished markup; no HTML contains it


class _Ready(NamedTuple):
    """What all families see alike of some times: a pattern for each, with gaps for the teacher."""

    values: Sequence[Mapping[str, str]]  # what fills the gaps of each time
    at: Mapping[datetime, str]
    free: Sequence[str]
    others: Sequence[str]
    unavailable: Sequence[str]


class Writer:
    """Writes times for one view and time zone, in one language, to one kind of reader."""

    def __init__(self, macros: Any, *, moving: bool) -> None:
        """Render each kind of time once."""
        at, who, near, fits = map(gap, ("at", "who", "near", "fits"))
        self._make = make = macros.move_here if moving else macros.free
        value = (gap("slot"), gap("offer"), at, who)
        self._macros = macros
        self._moving = moving
        self._free = pattern(make(*value))
        self._near = pattern(make(*value, near))
        self._fits = pattern(make(*value, near, fits))
        self._others = pattern(macros.others(at))
        self._unavailable = pattern(macros.unavailable(at))
        self._idle = pattern(macros.idle(at))
        self._work = pattern(macros.work(at))
        self._ready = lru_cache(maxsize=64)(self._make_ready)
        self._of_teacher = lru_cache(maxsize=512)(self._make_of_teacher)
        self._close = lru_cache(maxsize=1024)(self._make_close)  # a teacher's colleagues share it

    def _make_ready(self, times: Times, idle: bool) -> _Ready:  # noqa: FBT001  (a key)
        texts_at = time_texts(time.starts_at for time in times.each)
        at = {moment: str(escape(text)) for moment, text in texts_at.items()}
        values = [{"slot": str(time.slot_id), "at": at[time.starts_at]} for time in times.each]
        return _Ready(
            values,
            at,
            [pattern(self._idle % its) if idle else partly(self._free, **its) for its in values],
            [pattern(self._others % its) for its in values],
            [pattern(self._unavailable % its) for its in values],
        )

    def times(
        self,
        on: TeacherEvening,
        made: dict[Any, Any],
        day: str,
        *,
        idle: bool = False,
    ) -> list[str]:
        """Return the markup of each time; ``idle`` ones say that they are free but no more.

        ``made`` keeps what is made for this family; ``day`` is what times are called by, or "".
        """
        offer = str(on.column.offer_id)
        texts = self._written(on, made, day, idle=idle)
        return [text.replace(_OFFER, offer) for text in texts]

    def _written(
        self, on: TeacherEvening, made: dict[Any, Any], day: str, *, idle: bool = False
    ) -> Sequence[str]:
        """Return the markup of each time, with gaps for the offer alone."""
        who = _who(on, day)
        kinds = self._of_teacher(on.times, who, idle)
        its = [kinds[digit][index] for index, digit in enumerate(on.marks.shared.digits)]
        for index, mark in on.marks.own.items():
            match mark:
                case Near(talk, fits_at) if not idle:
                    text = self._close(on.times, index, talk.booking_id, fits_at)
                    its[index] = text % {"who": who, "offer": _OFFER}
                case Part() if not idle:
                    its[index] = self._part(on, index, mark, who)
                case Own():
                    its[index] = self._own(mark, made) % self._ready(on.times, idle).values[index]
                case CellState.UNAVAILABLE:
                    its[index] = kinds["2"][index]
                case CellState.WORK:
                    its[index] = self._work % self._ready(on.times, idle).values[index]
        return its

    def _make_of_teacher(self, times: Times, who: str, idle: bool) -> Mapping[str, Sequence[str]]:  # noqa: FBT001  (a key)
        ready = self._ready(times, idle)
        kinds = (ready.free, ready.others, ready.unavailable)  # as ``DIGITS`` says
        gaps = {"who": who, "offer": _OFFER}
        return {str(digit): [text % gaps for text in texts] for digit, texts in enumerate(kinds)}

    def _make_close(
        self, times: Times, index: int, booking_id: int, fits_at: datetime | None
    ) -> str:
        ready = self._ready(times, False)
        values = {**ready.values[index], "near": str(booking_id)}
        if fits_at is None:
            return partly(self._near, **values)
        return partly(self._fits, **values, fits=ready.at[fits_at])

    def _part(self, on: TeacherEvening, index: int, mark: Part, who: str) -> str:
        """Return a free time at which not all of the family can come; few families have any."""
        ready = self._ready(on.times, False)
        near = str(mark.near.talk.booking_id) if mark.near else ""
        fits = ready.at[mark.near.fits_at] if mark.near and mark.near.fits_at else ""
        module: Any = current_app.jinja_env.get_template("family/_words.html").module
        words = str(module.part(comers(mark.coming)))
        values = {**ready.values[index], "who": who, "offer": _OFFER}
        gaps = (gap("slot"), gap("offer"), gap("at"), gap("who"))
        return pattern(self._make(*gaps, near, Markup(fits), words)) % values  # noqa: S704  (escaped)

    def _own(self, mark: Own, made: dict[Any, Any]) -> str:
        key = (self, mark.state, mark.talk.booking_id)
        if key not in made:
            elsewhere = mark.state is CellState.ELSEWHERE
            macro = self._macros.elsewhere if elsewhere else self._macros.own
            child = mark.talk.child
            its = Filling(
                at=gap("at"),
                hue=child.hue,
                initial=child.initial,
                child=child.given_name,
                teacher=mark.talk.teacher,
            )
            made[key] = pattern(filled(macro, its, mark.state))
        text: str = made[key]
        return text

    def open_card(
        self, card: Card, made: dict[Any, Any], ask_url: str = "", *, idle: bool = False
    ) -> str:
        """Return the card of a teacher with whom there is no talk, or whose talk is being moved."""
        state = "moving" if self._moving else "open"
        return self.card(card, state, self.open_times(card, made, ask_url, idle=idle))

    def card(self, card: Card, state: str, inside: str) -> str:
        """Return the card of a teacher around its times, or the talk if its state is "mine"."""
        about, minutes = card.about, card.minutes
        macro = self._macros.card
        shell = with_gaps(
            macro, card.key, gap("offer"), card.teacher, about, minutes, state, _INSIDE
        )
        return shell % {"offer": str(card.offer_id), "inside": inside}

    def open_times(
        self, card: Card, made: dict[Any, Any], ask_url: str = "", *, idle: bool = False
    ) -> str:
        """Return all evenings of a teacher in the list; what changes is in ``shape`` and times.

        ``ask_url`` is where to ask for a talk with a teacher whose times are all gone, if one can;
        ``idle`` as in ``times``.
        """
        shape = shape_of(card)
        if shape is None:
            return str(self._macros.full(ask_url, card.teacher))
        several = len(card.evenings) > 1
        parts = []
        for on, (closed, shut) in zip(card.evenings, shape, strict=True):
            day = day_text(on.day) if several else ""
            text = with_gaps(self._macros.evening, _ID, day, on.place, _TIMES, closed, shut)
            pieces = [] if shut else "".join(self._written(on, made, day, idle=idle)).split(_OFFER)
            times = str(card.offer_id).join(pieces)  # several times as fast as filling a pattern
            parts.append(text % {"id": f"{card.key}-{on.evening_id}", "times": times})
        return "".join(parts)

    def folded(self, closed: int) -> str:
        """Return the words for times that are folded away."""
        return with_gaps(self._macros.folded, closed) % ()


def _who(on: TeacherEvening, day: str) -> str:
    return str(escape(", ".join(filter(None, (day, on.column.teacher, on.column.subjects)))))


def shape_of(card: Card) -> tuple[tuple[int, str], ...] | None:
    """Return per evening how many times are closed, and why if all are; None if all is full."""
    if card.is_full:
        return None
    return tuple((on.closed, _shut(on)) for on in card.evenings)


def _shut(on: TeacherEvening) -> str:
    if on.closed < len(on.marks):
        return ""
    return "others" if CellState.OTHERS in on.marks else "unavailable"


def writer(view: str, *, moving: bool) -> Writer:
    """Return the writer for this response's language and reader."""
    template = current_app.jinja_env.get_template(TEMPLATES[view])
    return _writer(template, texts(), zone(), moving)


@lru_cache(maxsize=32)
def _writer(template: Any, _texts: object, _zone: object, moving: bool) -> Writer:  # noqa: FBT001  (a key)
    return Writer(template.module, moving=moving)


def ticked(markup: str, chosen: Sequence[str]) -> str:
    """Tick the boxes of chosen times, for a page that is shown again without JavaScript."""
    for value in chosen:
        box = f' value="{escape(value)}"'
        markup = markup.replace(box, f"{box} checked", 1)
    return markup
