"""From the form to the round it describes: every fault at once, each beside its field."""

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from wtforms import RadioField

from app.round_setup import fields
from app.round_setup.forms import (
    EXPLANATION_LENGTH,
    MOMENTS,
    MOST_EVENINGS,
    MOST_TALKS,
    MOST_WALKING,
    NAME_LENGTH,
    RoundForm,
)
from app.round_setup.queries import FormChoices
from app.rounds.models import Modality, OpenTo, Participants
from app.rounds.reference_week import is_week
from app.rounds.spec import RoundSpec, faults

REQUIRED = {"opens_at", "closes_at"}

C = TypeVar("C", bound=StrEnum)


def read(
    form: RoundForm, choices: FormChoices, zone: ZoneInfo, present: RoundSpec | None, *, today: date
) -> RoundSpec | None:
    """Return the round, or note beside each field what is wrong with it and return None.

    What the form does not ask stays as it is in ``present``; so may an evening that is over.
    """
    class_ids = _class_ids(form, choices)
    _check_texts(form)
    if not class_ids:
        fields.fault(form.classes, _("Choose at least one class."))
    if not is_week(form.reference_week.data or ""):
        fields.fault(form.reference_week, _("Write the week as 2027-W05."))
    evenings = [entry.form.read(zone) for entry in form.evenings]
    known = {evening.day for evening in present.evenings} if present else set()
    for entry, evening in zip(form.evenings, evenings, strict=True):
        if evening and evening.day not in known:
            fields.refuse_past(entry.form.day, evening.day, today)
    if not evenings:
        fields.fault(form.evenings, _("Add at least one evening."))
    if len(evenings) > MOST_EVENINGS:
        fields.fault(form.evenings, _("A round has at most %(num)d evenings.", num=MOST_EVENINGS))
    moments = {
        name: fields.read_moment(form[name], zone, required=name in REQUIRED) for name in MOMENTS
    }
    most = fields.read_number(form.max_per_child, least=1, most=MOST_TALKS)
    walking = fields.read_number(form.walking_minutes, least=0, most=MOST_WALKING)
    participants = _choice(form.participants, Participants)
    open_to = _choice(form.open_to, OpenTo)
    modality = _choice(form.modality, Modality)
    form.rooms.check()
    if form.faults() or most is None or walking is None:
        return None
    spec = RoundSpec(
        name=form.name.data or "",
        explanation=form.explanation.data or "",
        home_class_ids=class_ids,
        evenings=tuple(evening for evening in evenings if evening),
        reference_week=form.reference_week.data or "",
        participants=participants,
        open_to=open_to,
        modality=modality,
        max_per_child=most,
        walking_minutes=walking,
        teachers_may_block=form.teachers_may_block.data,
        rooms=form.rooms.specs(),
        **_moments(moments),
    )
    if present:
        spec = replace(spec, state=present.state, timetable_visible=present.timetable_visible)
    found = list(faults(spec, zone))
    for fault in found:
        form.refuse(fault)
    return None if found else spec


def _moments(read: dict[str, datetime | None]) -> dict[str, Any]:
    """Return the moments that are there; cancelling ends with booking unless said otherwise."""
    found = {name: moment for name, moment in read.items() if moment is not None}
    return {**found, "cancel_until": found.get("cancel_until", found["closes_at"])}


def _class_ids(form: RoundForm, choices: FormChoices) -> tuple[int, ...]:
    """Return the classes ticked, and all of the departments ticked."""
    ticked, whole = set(form.classes.data or ()), set(form.departments.data or ())
    return tuple(
        sorted(
            class_.id
            for department in choices.departments
            for class_ in department.classes
            if class_.id in ticked or department.id in whole
        )
    )


def _check_texts(form: RoundForm) -> None:
    if not form.name.data:
        fields.fault(form.name, _("Give the round a name."))
    for field, most in ((form.name, NAME_LENGTH), (form.explanation, EXPLANATION_LENGTH)):
        if len(field.data or "") > most:
            fields.fault(field, _("Use at most %(max)d characters.", max=most))


def _choice(field: RadioField, kind: type[C]) -> C:
    try:
        return kind(field.data or "")
    except ValueError:
        fields.fault(field, _("Choose one of these."))
        return next(iter(kind))
