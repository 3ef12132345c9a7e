"""The one form of a round. What it means is read in form_to_spec.py."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # the stubs lack SelectChoice
    BooleanField,
    Field,
    FieldList,
    FormField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    TextAreaField,
)

from app.core.fields import clean
from app.core.ids import id_of
from app.round_setup import evening_form, fields
from app.round_setup.evening_form import EveningForm
from app.round_setup.fields import FieldFault
from app.round_setup.queries import FormChoices
from app.round_setup.room_form import RoomRows
from app.rounds.models import Modality, OpenTo, Participants
from app.rounds.reference_week import week_of
from app.rounds.spec import BadRound, RoundSpec

MOST_EVENINGS = 12
MOST_BREAKS = 6
MOST_TALKS = 30
MOST_WALKING = 60
NAME_LENGTH = 80
EXPLANATION_LENGTH = 2000
MOMENTS = (
    "opens_at",
    "closes_at",
    "cancel_until",
    "teachers_block_until",
    "check_at",
    "publish_at",
    "archive_at",
)


def _department(value: str) -> int:
    """Return the id of a department; 0 holds the classes of none."""
    return 0 if value == "0" else id_of(value)


class RoundForm(FlaskForm):
    """A round as the office describes it."""

    name = fields.text_field(_l("Name of the round"), maxlength=NAME_LENGTH, autocomplete="off")
    explanation = TextAreaField(_l("Explanation for families"), filters=[clean])
    participants = RadioField(
        _l("Who comes to the talks?"),
        choices=[
            SelectChoice(Participants.GUARDIANS, _l("Parents")),
            SelectChoice(Participants.STUDENT, _l("The student")),
        ],
    )
    open_to = RadioField(
        _l("Who chooses the times?"),
        choices=[
            SelectChoice(OpenTo.GUARDIANS, _l("Parents")),
            SelectChoice(OpenTo.STUDENTS, _l("Students")),
            SelectChoice(OpenTo.BOTH, _l("Both")),
        ],
    )
    departments = SelectMultipleField(coerce=_department, validate_choice=False)
    classes = SelectMultipleField(_l("Classes"), coerce=id_of, validate_choice=False)
    evenings = FieldList(FormField(EveningForm), _l("Evenings"))
    reference_week = fields.text_field(_l("Reference week"), "week", placeholder="2027-W05")
    max_per_child = fields.text_field(_l("Talks per child"), "number", min=1, max=MOST_TALKS)
    walking_minutes = fields.text_field(
        _l("Minutes to walk between two talks"), "number", min=0, max=MOST_WALKING
    )
    opens_at = fields.text_field(_l("Choosing opens"), "datetime-local")
    closes_at = fields.text_field(_l("Choosing closes"), "datetime-local")
    cancel_until = fields.text_field(_l("Cancelling until"), "datetime-local")
    teachers_may_block = BooleanField(_l("Teachers may block their own times"))
    teachers_block_until = fields.text_field(_l("Until when"), "datetime-local")
    modality = RadioField(
        _l("Where are the talks?"),
        choices=[
            SelectChoice(Modality.SITE, _l("At school")),
            SelectChoice(Modality.ONLINE, _l("Online")),
        ],
    )
    check_at = fields.text_field(_l("Ask teachers to check"), "datetime-local")
    publish_at = fields.text_field(_l("Show to families and invite them"), "datetime-local")
    archive_at = fields.text_field(_l("Archive"), "datetime-local")

    rooms: RoomRows

    def fill_rooms(self, choices: FormChoices, present: RoundSpec | None) -> None:
        """Take the rooms from what was sent, else from the round, else from an earlier one."""
        if self.is_submitted():
            self.rooms = RoomRows.sent(choices.teachers, request.form)
        else:
            self.rooms = RoomRows.of(choices.teachers, present.rooms if present else choices.rooms)

    def alter(self, action: str) -> str | None:
        """Add or take away an evening or break, as a button said; return the field to go to.

        ``action`` is "add:evenings", "remove:evenings-1" or the same of its breaks; None
        for anything else.
        """
        verb, _colon, name = action.partition(":")
        if verb == "add" and name == self.evenings.name:
            return self._add_evening()
        if verb == "remove" and _remove(self.evenings, name):
            return "add-evening"
        for entry in self.evenings:
            breaks = entry.form.breaks
            if verb == "add" and name == breaks.name and len(breaks) < MOST_BREAKS:
                breaks.append_entry({})
                return str(breaks[-1].form.start.id)
            if verb == "remove" and _remove(breaks, name):
                return f"add-{breaks.id}"
        return None

    def _add_evening(self) -> str | None:
        if len(self.evenings) >= MOST_EVENINGS:
            return None
        values: dict[str, Any] = {"gap_minutes": "0", "talk_minutes": "10"}
        if len(self.evenings):
            last = self.evenings[-1].form
            values = {**last.data, "day": ""}
        self.evenings.append_entry(values)
        return str(self.evenings[-1].form.day.id)

    def days(self) -> list[date]:
        """Return the dates of the evenings, as far as they are filled in."""
        return [day for entry in self.evenings if (day := fields.day_of(entry.form.day))]

    def draw(self, zone: ZoneInfo) -> None:
        """Draw the times of all evenings as far as they are filled in."""
        for entry in self.evenings:
            entry.form.read(zone, draft=True)

    def refuse(self, error: BadRound) -> None:
        """Note a fault of the round beside its field."""
        fields.fault(self.field_of(error.field), error.message)

    def field_of(self, path: str) -> Field:
        """Return the field that a path of BadRound means; of several evenings the first is 1."""
        name, *rest = path.split(".")
        if name == "evenings" and len(rest) == 2:
            return self.evenings[int(rest[0]) - 1].form[rest[1]]
        field: Field = getattr(self, name, self.name)
        return field

    def faults(self) -> list[FieldFault]:
        """Return every fault, from top to bottom."""
        found = []
        for field in self:
            found += fields.faults_of(field)
            if field is self.evenings:
                for number, entry in enumerate(self.evenings, 1):
                    found += evening_form.faults_of(entry.form, number)
        return found + self.rooms.faults


def values_of(spec: RoundSpec, zone: ZoneInfo) -> dict[str, Any]:
    """Return a round as the form wants it."""
    return {
        "name": spec.name,
        "explanation": spec.explanation,
        "participants": spec.participants,
        "open_to": spec.open_to,
        "classes": list(spec.home_class_ids),
        "evenings": [evening_form.values_of(evening) for evening in spec.evenings],
        "reference_week": spec.reference_week,
        "max_per_child": str(spec.max_per_child),
        "walking_minutes": str(spec.walking_minutes),
        "teachers_may_block": spec.teachers_may_block,
        "modality": spec.modality,
        **{name: fields.write_moment(getattr(spec, name), zone) for name in MOMENTS},
    }


def first_values(today: date) -> dict[str, Any]:
    """Return what a new round begins with."""
    evening = {
        "first_start": "18:30",
        "end": "21:30",
        "talk_minutes": "10",
        "gap_minutes": "0",
        "breaks": [],
    }
    return {
        "participants": Participants.GUARDIANS,
        "open_to": OpenTo.GUARDIANS,
        "evenings": [evening],
        "reference_week": week_of(today),
        "max_per_child": "3",
        "walking_minutes": "5",
        "modality": Modality.SITE,
    }


class CopyForm(FlaskForm):
    """The date to which a copy of a round moves."""

    day = fields.text_field(_l("Date of the first evening"), "date")

    def read(self, *, today: date) -> date | None:
        """Return the date, or note why there is none."""
        day = fields.read_day(self.day)
        if day is not None:
            fields.refuse_past(self.day, day, today)
        return None if self.day.errors else day


def _remove(entries: "FieldList[Any]", name: str) -> bool:
    for index, entry in enumerate(entries):
        if entry.name == name:
            entries.pop_entry(index)  # type: ignore[call-arg]  # newer than the stubs
            return True
    return False
