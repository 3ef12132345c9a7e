"""The part of the round's form that describes one evening."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, FieldList, Form, FormField

from app.core.i18n import zone
from app.round_setup.fields import NumberField, day_field, fault, time_field
from app.round_setup.preview import ANY_DAY, Drawing, draw
from app.rounds.grid import BadGrid, EveningSpec

MOST_MINUTES = 240


class BreakForm(Form):
    """A break for all teachers."""

    start = time_field(_l("Break from"))
    end = time_field(_l("until"))

    def __init__(self, formdata: Any = None, obj: Any = None, **settings: Any) -> None:
        """Take ``obj`` as an evening has its breaks: start and end."""
        start, end = obj or ("", "")
        super().__init__(formdata, data={"start": start, "end": end}, **settings)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Refuse half a break; an empty one is none."""
        return not any(self.data.values()) or super().validate(extra_validators)


class EveningForm(Form):
    """One evening: its date and times."""

    day = day_field(_l("Date"))
    first_start = time_field(_l("First talk at"), default="18:30")
    end = time_field(_l("Evening ends at"), default="21:30")
    talk_minutes = NumberField(_l("Minutes per talk"), 1, MOST_MINUTES, default=10)
    gap_minutes = NumberField(_l("Minutes between"), 0, MOST_MINUTES, default=0)
    breaks = FieldList(FormField(BreakForm), _l("Breaks"))

    drawing: Drawing | None = None

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Note what is wrong beside each field; draw the times, be it without a date."""
        super().validate(extra_validators)
        self._draw()
        return not self.errors

    def draw_draft(self) -> None:
        """Do so while somebody is typing: what is empty is not wrong yet."""
        times = (self.first_start, self.end, self.talk_minutes, self.gap_minutes)
        if not any(map(_is_empty, times)):
            for field in (self.day, *times):
                if not _is_empty(field):
                    field.validate(self)
            self._draw()

    def spec(self) -> EveningSpec:
        """Return the evening with the breaks that are filled in, on any day if it has none."""
        day = self.day.data if self.day.data and not self.day.errors else ANY_DAY
        breaks = tuple((it["start"], it["end"]) for it in self.breaks.data if all(it.values()))
        return EveningSpec(**self.data | {"day": day, "breaks": breaks})

    def _draw(self) -> None:
        if self.errors.keys() <= {"day"}:
            try:
                self.drawing = draw(self.spec(), zone())
            except BadGrid as error:
                fault(self[error.field], error.message)


def _is_empty(field: Field) -> bool:
    """Whether nothing was typed; what makes no sense was."""
    return field.data in {None, ""} and not any(field.raw_data or ())
