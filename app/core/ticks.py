"""Five-minute intervals in which people, teachers and rooms are claimed. Pure.

Ticks count from the Unix epoch, so time zones and clock changes do not affect them.
"""

from datetime import UTC, datetime, timedelta

TICK = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks(starts_at: datetime, ends_at: datetime) -> range:
    """Return the ticks from start to end; a tick that is only partly covered counts too.

    Both datetimes must be aware. The range is empty if the end is not after the start.
    """
    # Via the epoch, because two datetimes of one time zone subtract as wall-clock times.
    start, end = starts_at - _EPOCH, ends_at - _EPOCH
    if end <= start:
        return range(0)
    return range(start // TICK, -(-end // TICK))  # the second division rounds up


def tick_start(tick: int) -> datetime:
    """Return the datetime (UTC) at which a tick begins."""
    return _EPOCH + tick * TICK


def is_on_tick(moment: datetime) -> bool:
    """Whether a datetime is the start of a tick; talks may begin only there."""
    return (moment - _EPOCH) % TICK == timedelta(0)


def next_tick(moment: datetime) -> datetime:
    """Return the datetime (UTC) of the first tick that begins at or after this one."""
    return tick_start(-((_EPOCH - moment) // TICK))
