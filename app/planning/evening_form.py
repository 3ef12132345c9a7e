"""The part of the form that describes one evening."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FieldList, Form, FormField

from app.planning import fields
from app.planning.drawing import ANY_DAY, Drawing, draw
from app.rounds.grid import BadGrid, EveningSpec

MOST_MINUTES = 240


class BreakForm(Form):
    """A pause for all teachers."""

    start = fields.time_field(_l("Break from"))
    end = fields.time_field(_l("until"))


class EveningForm(Form):
    """One date with its times."""

    day = fields.text_field(_l("Date"), "date")
    first_start = fields.time_field(_l("First talk at"))
    end = fields.time_field(_l("Evening ends at"))
    talk_minutes = fields.text_field(_l("Minutes per talk"), "number", min=1, max=MOST_MINUTES)
    gap_minutes = fields.text_field(_l("Minutes between"), "number", min=0, max=MOST_MINUTES)
    breaks = FieldList(FormField(BreakForm))

    drawing: Drawing | None = None

    def read(self, zone: ZoneInfo, *, draft: bool = False) -> EveningSpec | None:
        """Return the evening and draw its times, or note what is wrong beside each field.

        ``draft``: somebody is still typing, so what is empty is not wrong yet.
        """
        if draft and not (self.first_start.data and self.end.data and self.talk_minutes.data):
            return None
        day = ANY_DAY if draft and not self.day.data else fields.read_day(self.day)
        talk = fields.read_number(self.talk_minutes, least=1, most=MOST_MINUTES)
        gap = fields.read_number(self.gap_minutes, least=0, most=MOST_MINUTES)
        breaks = self._breaks(draft=draft)
        for field in (self.first_start, self.end):
            if not field.data:
                fields.fault(field, _("Fill in a time."))
        if day is None or talk is None or gap is None or breaks is None or self._faulty():
            return None
        evening = EveningSpec(
            day, self.first_start.data or "", self.end.data or "", talk, gap, tuple(breaks)
        )
        try:
            self.drawing = draw(evening, zone)
        except BadGrid as error:
            fields.fault(self[error.field], error.message)
            return None
        return evening

    def _faulty(self) -> bool:
        return any(field.errors for field in self)

    def _breaks(self, *, draft: bool) -> list[tuple[str, str]] | None:
        """Return the breaks that are filled in; None when one is so by half."""
        breaks, whole = [], True
        for entry in self.breaks:
            start, end = entry.form.start, entry.form.end
            if start.data and end.data:
                breaks.append((start.data, end.data))
            elif (start.data or end.data) and not draft:
                whole = False
                fields.fault(end if start.data else start, _("Fill in a time."))
        return breaks if whole else None


def values_of(evening: EveningSpec) -> dict[str, Any]:
    """Return an evening as its part of the form wants it."""
    return {
        "day": evening.day.isoformat(),
        "first_start": evening.first_start,
        "end": evening.end,
        "talk_minutes": str(evening.talk_minutes),
        "gap_minutes": str(evening.gap_minutes),
        "breaks": [{"start": start, "end": end} for start, end in evening.breaks],
    }


def faults_of(evening: EveningForm) -> Sequence[tuple[Field, str]]:
    """Return what is wrong with an evening, each with the field it stands beside."""
    found = []
    for field in evening:
        if field is not evening.breaks:
            found += [(field, str(message)) for message in field.errors]
    found += [(evening.breaks, message) for message in evening.breaks.errors if message]
    for entry in evening.breaks:
        found += [(field, str(message)) for field in entry.form for message in field.errors]
    return found
