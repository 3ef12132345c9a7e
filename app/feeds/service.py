"""A feed, made when something changed and else known by its tag."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.feeds import Subscriber, load_subscriber
from app.accounts.models import FeedKind
from app.core.errors import found
from app.core.i18n import local_day, zone
from app.core.ical import IcalEntry, feed_of
from app.core.memory import Memory, Stamp
from app.feeds.family import family_entries
from app.feeds.taught import teaching_entries
from app.settings.current import remember_school

MOST = 1000  # entries; the latest ones
WRITERS: Mapping[FeedKind, Callable[..., Sequence[IcalEntry]]] = {
    FeedKind.FAMILY: family_entries,
    FeedKind.TEACHING: teaching_entries,
}


@dataclass(frozen=True)
class Feed:
    """The bytes of a feed with their tag; no bytes where the asker has them."""

    tag: str
    content: bytes | None


# What stands under a stamp and a day. The tag of each subscriber, and the bytes of the last few:
# who fetches again and again without a tag does not make us write each time.
_Key = tuple[Stamp, date, str]
_TAGS: Memory[int, tuple[_Key, str]] = Memory(4096)
_WRITTEN: Memory[str, bytes] = Memory(64)


def load_feed(secret: str, *, has: Callable[[str], bool], now: datetime) -> Feed:
    """Return the feed at a secret address; ``has`` says whether the asker has that of a tag.

    Raises NotFoundError.
    """
    of = found(load_subscriber(secret, WRITERS))
    remember_school(of.school)
    key = (of.stamp, local_day(now), of.language)
    known_key, tag = _TAGS.get(of.address_id) or (None, "")
    if known_key == key and has(tag):
        return Feed(tag, None)
    content = _WRITTEN.get(tag) if known_key == key else None
    if content is None:
        content = _write(of, now)
        tag = sha256(content).hexdigest()[:32]
        _TAGS.put(of.address_id, (key, tag))
        _WRITTEN.put(tag, content)
    return Feed(tag, None if has(tag) else content)


def _write(of: Subscriber, now: datetime) -> bytes:
    with force_locale(of.language):
        entries = WRITERS[of.kind](of, now=now)
        name = _("Talks at %(school)s", school=of.school.name)
        return feed_of(entries[-MOST:], zone(), name=name)
