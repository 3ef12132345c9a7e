"""Warnings about online talks that would have no link; they never block saving."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.calendars.providers import ProviderName, has_provider
from app.calendars.teachers import calendars_of, teachers_by_name
from app.calendars.wanted import MEETING_OF
from app.config import Settings
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import MEETINGS, Modality, Offer, OfferTeacher
from app.school.models import Teacher

WITH_LINK = (Modality.TEAMS, Modality.MEET, Modality.OWN_LINK)


@dataclass(frozen=True)
class WithoutLink:
    """The teachers of a round who would talk without a link, if it is held in this way."""

    modality: Modality
    teachers: tuple[tuple[int, str], ...]  # id and name, by name
    is_all: bool


def load_unmade(settings: Settings) -> tuple[Modality, ...]:
    """Return the meetings for which nobody here has a calendar that makes links."""
    able = makers(settings)
    return tuple(modality for modality in WITH_LINK if modality in MEETINGS and not able[modality])


def makers(settings: Settings) -> Mapping[Modality, Collection[int]]:
    """Return the ids of the teachers who are here and whose talks get a link, by modality."""
    here = [id_ for id_, _name in teachers_by_name()]
    makers: dict[Modality, set[int]] = {modality: set() for modality in WITH_LINK}
    for teacher_id, calendar in calendars_of(here).items():
        if calendar.is_connected and has_provider(ProviderName(calendar.kind), settings):
            makers[MEETING_OF[calendar.kind]].add(teacher_id)
    linked = select(Teacher.id).where(Teacher.id.in_(here), Teacher.link != "")
    makers[Modality.OWN_LINK].update(db.session.scalars(linked))
    return makers


def load_without_link(round_: RoundInfo, settings: Settings) -> tuple[WithoutLink, ...]:
    """Return for what a round offers which of its teachers have no link, if any."""
    offered = [modality for modality in round_.modalities if modality in WITH_LINK]
    if not offered:
        return ()
    hosts = set(  # of several teachers the first makes the link
        db.session.scalars(
            select(OfferTeacher.teacher_id)
            .join(Offer, Offer.id == OfferTeacher.offer_id)
            .where(Offer.round_id == round_.id, Offer.offered, OfferTeacher.position == 0)
        )
    )
    teachers = [(id_, name.full) for id_, name in teachers_by_name() if id_ in hosts]
    able = makers(settings)
    missing = {
        modality: tuple(it for it in teachers if it[0] not in able[modality])
        for modality in offered
    }
    return tuple(
        WithoutLink(modality, without, len(without) == len(teachers))
        for modality, without in missing.items()
        if without
    )
