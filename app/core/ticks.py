"""Five-minute intervals, in which the time of people, teachers and rooms is claimed. Pure.

Ticks are counted from the Unix epoch, so no time zone and no clock change touches them.
"""

from datetime import UTC, datetime, timedelta

TICK = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks(starts_at: datetime, ends_at: datetime) -> range:
    """Return the numbers of the ticks from start to end; a tick that is touched counts whole.

    Both moments need a time zone. Nothing lies between an end and an earlier or equal start.
    """
    # Since the epoch, because two moments of one time zone subtract as wall clocks do.
    start, end = starts_at - _EPOCH, ends_at - _EPOCH
    if end <= start:
        return range(0)
    return range(start // TICK, -(-end // TICK))  # the second division rounds up


def tick_start(tick: int) -> datetime:
    """Return the moment (UTC) at which a tick begins."""
    return _EPOCH + tick * TICK


def is_on_tick(moment: datetime) -> bool:
    """Whether a moment is the start of a tick; talks may begin only there."""
    return (moment - _EPOCH) % TICK == timedelta(0)


def next_tick(moment: datetime) -> datetime:
    """Return the moment (UTC) of the first tick that begins then or later."""
    return tick_start(-((_EPOCH - moment) // TICK))
