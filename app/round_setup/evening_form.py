"""The part of the form that describes one evening."""

from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField

from app.round_setup import fields
from app.round_setup.preview import ANY_DAY, Drawing, draw
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
    breaks = FieldList(FormField(BreakForm), _l("Breaks"))

    drawing: Drawing | None = None

    def read(self, zone: ZoneInfo, *, draft: bool = False) -> EveningSpec | None:
        """Return the evening and draw its times, or note what is wrong beside each field.

        ``draft``: somebody is still typing, so what is empty is not wrong yet.
        """
        needed = (self.first_start, self.end, self.talk_minutes, self.gap_minutes)
        if draft and not all(field.data for field in needed):
            return None
        day = None if draft and not self.day.data else fields.read_day(self.day)
        talk = fields.read_number(self.talk_minutes, least=1, most=MOST_MINUTES)
        gap = fields.read_number(self.gap_minutes, least=0, most=MOST_MINUTES)
        breaks = self._breaks(draft=draft)
        for field in (self.first_start, self.end):
            if not field.data:
                fields.fault(field, _("Fill in a time."))
        start, end = self.first_start.data, self.end.data
        if talk is None or gap is None or breaks is None or not start or not end:
            return None
        # Without a date the times are looked at all the same: both faults are told at once.
        evening = EveningSpec(day or ANY_DAY, start, end, talk, gap, tuple(breaks))
        try:
            self.drawing = draw(evening, zone)
        except BadGrid as error:
            fields.fault(self[error.field], error.message)
            return None
        return evening if day else None

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


def faults_of(evening: EveningForm, number: int) -> list[fields.FieldFault]:
    """Return what is wrong with an evening; ``number`` as the form counts them."""
    here = _("Evening %(number)s", number=number)
    found = []
    for field in evening:
        found += fields.faults_of(field, here)
        if field is evening.breaks:
            for entry in evening.breaks:
                found += [it for part in entry.form for it in fields.faults_of(part, here)]
    return found
