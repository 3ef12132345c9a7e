"""The one form of a round."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length

from app.core import clock
from app.core.fields import TOO_LONG, clean, clean_text
from app.core.i18n import local_day, zone
from app.round_setup import fields
from app.round_setup.evening_form import EveningForm
from app.round_setup.queries import FormChoices
from app.round_setup.room_form import RoomsForm
from app.rounds.models import Modality, Mode, OpenTo, Participants
from app.rounds.reference_week import is_week, week_of
from app.rounds.spec import BadRound, RoundSpec, faults

MOST_EVENINGS = 12
MOST_BREAKS = 6
MOST_TALKS = 30
MOST_WALKING = 60
NAME_LENGTH = 80
EXPLANATION_LENGTH = 2000
MODALITIES = {
    Modality.SITE: _l("At school"),
    Modality.TEAMS: _l("Online, with Teams"),
    Modality.MEET: _l("Online, with Google Meet"),
    Modality.OWN_LINK: _l("Online, at each teacher's own link"),
    Modality.PHONE: _l("By phone"),
}
MODES = {
    Mode.TIMES: _l("They choose a time: first come, first served"),
    Mode.REQUESTS: _l("They ask for talks, and the school plans the times"),
    Mode.BOTH: _l("Both: who finds no time asks for a talk"),
}
NO_CLASS = _l("Choose at least one class.")


class RoundForm(FlaskForm):
    """A round as the office describes it: a field has the name of what it means in RoundSpec."""

    name = StringField(
        _l("Name of the round"),
        filters=[clean],
        validators=[
            DataRequired(_l("Give the round a name.")),
            Length(max=NAME_LENGTH, message=TOO_LONG),
        ],
        render_kw=fields.UNCHECKED | {"maxlength": NAME_LENGTH, "autocomplete": "off"},
    )
    explanation = TextAreaField(
        _l("Explanation for families"),
        filters=[clean_text],
        validators=[Length(max=EXPLANATION_LENGTH, message=TOO_LONG)],
        render_kw=fields.UNCHECKED,
    )
    participants = fields.one_of(
        _l("Who comes to the talks?"),
        {Participants.GUARDIANS: _l("Parents"), Participants.STUDENT: _l("The student")},
    )
    open_to = fields.one_of(
        _l("Who chooses the times?"),
        {OpenTo.GUARDIANS: _l("Parents"), OpenTo.STUDENTS: _l("Students"), OpenTo.BOTH: _l("Both")},
    )
    branches = SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        coerce=int, validate_choice=False, invalid_value_message=NO_CLASS
    )
    departments = SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        coerce=int, validate_choice=False, invalid_value_message=NO_CLASS
    )
    classes = SelectMultipleField(  # type: ignore[call-arg]  # newer than the stubs
        _l("Classes"), coerce=int, validate_choice=False, invalid_value_message=NO_CLASS
    )
    evenings = FieldList(
        FormField(EveningForm),
        _l("Evenings"),
        validators=[
            Length(min=1, message=_l("Add at least one evening.")),
            Length(
                max=MOST_EVENINGS,
                message=_l("A round has at most %(num)d evenings.", num=MOST_EVENINGS),
            ),
        ],
        default=({},),
    )
    reference_week = StringField(
        _l("Reference week"),
        filters=[clean],
        default=lambda: week_of(local_day(clock.now())),
        render_kw={"type": "week", "placeholder": "2027-W05"},
    )
    max_per_child = fields.NumberField(_l("Talks per child"), 1, MOST_TALKS, default=3)
    walking_minutes = fields.NumberField(
        _l("Minutes to walk between two talks"), 0, MOST_WALKING, default=5
    )
    opens_at = fields.MomentField(_l("Choosing opens"), required=True)
    closes_at = fields.MomentField(_l("Choosing closes"), required=True)
    cancel_until = fields.MomentField(_l("Cancelling until"))
    teachers_may_block = BooleanField(_l("Teachers may block their own times"))
    teachers_block_until = fields.MomentField(_l("Until when"))
    mode = fields.one_of(_l("How do families get a talk?"), MODES)
    teacher_remarks = BooleanField(_l("Families can write a remark to the teacher"), default=True)
    office_remarks = BooleanField(_l("Families can write a remark to you"))
    long_talks = BooleanField(_l("Families can ask for an extra long talk"))
    apart_requests = BooleanField(_l("Parents who come apart each ask by themselves"), default=True)
    modality = fields.one_of(_l("Where are the talks?"), MODALITIES)
    also = fields.some_of(_l("May families choose something else?"), MODALITIES)
    check_at = fields.MomentField(_l("Ask teachers to check"))
    publish_at = fields.MomentField(_l("Show to families and invite them"))
    archive_at = fields.MomentField(_l("Archive"))

    choices: FormChoices
    present: RoundSpec | None
    rooms: RoomsForm

    def offer(self, choices: FormChoices, present: RoundSpec | None) -> None:
        """Take the round as it is and what to choose from; rooms begin as in an earlier round."""
        self.choices, self.present = choices, present
        rooms = present.rooms if present else choices.rooms
        sent = request.form if self.is_submitted() else None
        self.rooms = RoomsForm(choices.teachers, rooms, sent, keeps=present is not None)

    def validate_classes(self, field: Field) -> None:
        """Refuse a round without classes."""
        if not field.errors and not self._class_ids():
            raise ValidationError(NO_CLASS)

    def validate_reference_week(self, field: Field) -> None:
        """Refuse what is no week."""
        if not is_week(field.data):
            raise ValidationError(_("Write the week as 2027-W05."))

    def read(self, *, today: date) -> RoundSpec | None:
        """Return the round, or note beside each field what is wrong with it and return None.

        What the form does not ask stays as it is; so may an evening that is over.
        """
        self.validate()
        known = {evening.day for evening in self.present.evenings} if self.present else set()
        for entry in self.evenings:
            if not entry.errors and entry.form.day.data not in known:
                fields.refuse_past(entry.form.day, today)
        if self.faults():
            return None
        values = self.data | {
            "home_class_ids": self._class_ids(),
            "evenings": tuple(entry.form.spec() for entry in self.evenings),
            "rooms": self.rooms.specs(),
            "modalities": tuple(dict.fromkeys((self.modality.data, *(self.also.data or ())))),
        }
        asked = {name: values[name] for name in values.keys() & RoundSpec.__annotations__.keys()}
        spec = replace(self.present, **asked) if self.present else RoundSpec(**asked)
        for error in faults(spec, zone()):
            self.refuse(error)
        return None if self.faults() else spec

    def refuse(self, error: BadRound) -> None:
        """Note a fault of the round beside its field; of several evenings the first is 1."""
        name, *rest = error.field.split(".")
        field = self[name]
        if rest:
            field = field[int(rest[0]) - 1].form[rest[1]]
        fields.fault(field, error.message)

    def faults(self) -> list[fields.FieldFault]:
        """Return all faults, from top to bottom."""
        return fields.faults_of(self) + self.rooms.faults

    def days(self) -> list[date]:
        """Return the dates of the evenings that have one."""
        return [entry.form.day.data for entry in self.evenings if entry.form.day.data]

    def alter(self, action: str) -> str | None:
        """Add or remove an evening or break as a button asks; return the id of the field to focus.

        ``action`` is "add:evenings", "remove:evenings-1" or the same for an evening's breaks;
        returns None for anything else.
        """
        verb, _colon, name = action.partition(":")
        lists: list[FieldList[Any]] = [self.evenings, *(it.form.breaks for it in self.evenings)]
        for rows in lists:
            of_evenings = rows is self.evenings
            most = MOST_EVENINGS if of_evenings else MOST_BREAKS
            if (verb, name) == ("add", rows.name) and len(rows) < most:
                like = rows[-1].data | {"day": None} if of_evenings and len(rows) else {}
                return str(next(iter(rows.append_entry(like).form)).id)
            for index, entry in enumerate(rows):
                if (verb, name) == ("remove", entry.name):
                    rows.pop_entry(index)  # type: ignore[call-arg]  # newer than the stubs
                    return "add-evening" if of_evenings else f"add-{rows.id}"
        return None

    def _class_ids(self) -> tuple[int, ...]:
        """Return the classes ticked, and all of the departments and branches ticked."""
        ticked, whole = set(self.classes.data or ()), set(self.departments.data or ())
        branches = set(self.branches.data or ())
        return tuple(
            sorted(
                class_.id
                for branch in self.choices.branches
                for department in branch.departments
                for class_ in department.classes
                if class_.id in ticked or department.id in whole or branch.id in branches
            )
        )


class CopyForm(FlaskForm):
    """The date to which the copy of a round moves."""

    day = fields.day_field(_l("Date of the first evening"))

    def read(self, *, today: date) -> date | None:
        """Return the date, or None after adding an error."""
        if self.validate():
            fields.refuse_past(self.day, today)
        return None if self.day.errors else self.day.data
