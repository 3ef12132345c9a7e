"""Where a talk is, in words. A talk that is not at school names no room anywhere."""

from collections.abc import Iterable, Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.rounds.models import MEETINGS, Modality

WORDS: Mapping[str, LazyString] = {
    Modality.SITE: _l("at school"),
    Modality.TEAMS: _l("online (Teams)"),
    Modality.MEET: _l("online (Google Meet)"),
    Modality.OWN_LINK: _l("online"),
    Modality.PHONE: _l("by phone"),
}


WAYS: Mapping[str, LazyString] = {
    Modality.TEAMS: _l("The link follows by mail."),
    Modality.MEET: _l("The link follows by mail."),
    Modality.OWN_LINK: _l("The link of the teacher will stand here."),
    Modality.PHONE: _l("The school calls you, at the number it has."),
}
"""How a family comes to a talk that is not at school and has no link, or none yet."""


def place_text(modality: str, room: str) -> str:
    """Return where a talk is: at school the room, "" without one, else how they meet."""
    return room if modality == Modality.SITE else str(WORDS[modality])


def room_of(modality: str, rooms: Iterable[str | None]) -> str:
    """Return the room of a talk with teachers in these rooms, "" unless it is at school."""
    return next(filter(None, rooms), "") if modality == Modality.SITE else ""


def link_of(modality: str, meeting: str, own: Iterable[str]) -> str:
    """Return the link under which a talk is held: of its meeting, or of a teacher's own; or ""."""
    if modality in MEETINGS:
        return meeting
    return next(filter(None, own), "") if modality == Modality.OWN_LINK else ""
