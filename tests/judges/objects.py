"""Entries for the judges: talks in winter, in summer and beside the change of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.ical import IcalEntry

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BRUSSELS = ZoneInfo("Europe/Brussels")
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22a%22%3a1%7d"
DAYS = (  # at seven in the evening
    *(date(2027, 1, 12), date(2027, 6, 8)),
    *(date(2026, 10, 24), date(2026, 10, 25), date(2027, 3, 27), date(2027, 3, 28)),
)


def entries(**changes):
    """A talk on each day, and an evening."""
    made = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    talks = [
        IcalEntry(
            **{
                "uid": f"talk-{number}@school.example",
                "starts_at": (
                    start := datetime(*day.timetuple()[:3], 19, tzinfo=AMSTERDAM)
                ).astimezone(UTC),
                "ends_at": start.astimezone(UTC) + timedelta(minutes=10),
                "summary": "Gesprek over Zoë: mevr. De Vries, dhr. Öztürk; wiskunde",
                "created_at": made,
                "changed_at": made,
                "location": "B01, Het Baken",
                "description": "Oudercontact 2. Nederlands, Wiskunde",
                "link": LINK,
                **changes,
            }
        )
        for number, day in enumerate(DAYS)
    ]
    evening = IcalEntry(
        uid="evening-1@school.example",
        starts_at=date(2027, 2, 9),
        ends_at=date(2027, 2, 10),
        summary="Oudercontact 2",
        created_at=made,
        changed_at=made,
        is_busy=False,
    )
    return [*talks, evening]
