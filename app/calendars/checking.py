"""Ask a provider whether a teacher's calendar can be used. This changes nothing there."""

from dataclasses import dataclass

from flask_babel import gettext as _

from app.calendars.errors import Refused
from app.calendars.providers import ProviderName, has_provider, provider_of
from app.calendars.teachers import calendars_of
from app.calendars.words import fault_text, sentence_of
from app.config import Settings
from app.core.transaction import end_reading
from app.outbox.errors import NotDelivered


@dataclass(frozen=True)
class CalendarCheck:
    """What came of a check, as a sentence for an administrator."""

    works: bool
    sentence: str


def check(teacher_id: int, settings: Settings) -> CalendarCheck:
    """Check the calendar of one teacher, as if for the first time."""
    calendar = calendars_of([teacher_id])[teacher_id]
    end_reading()  # the provider takes its time
    if not calendar.is_connected:
        return CalendarCheck(
            works=True, sentence=_("This teacher has no calendar in which this site writes.")
        )
    name = ProviderName(calendar.kind)
    if not has_provider(name, settings):
        sentence = _(
            "This kind of calendar is not set up on the server yet. Whoever keeps the server finds "
            "how in docs/calendars.md."
        )
        return CalendarCheck(works=False, sentence=sentence)
    try:
        refusal = provider_of(name, settings).check(calendar.account)
    except Refused as refused:
        return CalendarCheck(works=False, sentence=sentence_of(refused.refusal))
    except NotDelivered as fault:
        return CalendarCheck(works=False, sentence=fault_text(str(fault)))
    if refusal:
        return CalendarCheck(works=False, sentence=sentence_of(refusal))
    return CalendarCheck(works=True, sentence=_("The calendar works."))
