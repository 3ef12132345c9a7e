"""Own secret addresses, as their owner sees and changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import feeds
from app.accounts.models import FeedKind
from app.core.access import Actor
from app.mail.message import page_url

_ENDPOINTS = {
    FeedKind.FAMILY: "feeds.calendar",
    FeedKind.TEACHING: "feeds.calendar",
    FeedKind.BOARD: "feeds.board",
}

WORDS: Mapping[str, LazyString] = {
    FeedKind.FAMILY: _l("calendar with own talks"),
    FeedKind.TEACHING: _l("calendar with talks as a teacher"),
    FeedKind.BOARD: _l("list of a teacher for another site"),
}


@dataclass(frozen=True)
class OwnAddress:
    """An address to subscribe to; ``url`` is empty where it is not made, or cannot be said."""

    kind: FeedKind
    is_made: bool
    url: str = ""

    @property
    def webcal(self) -> str:
        """The same for programs that take such addresses for a calendar to subscribe to."""
        return urlsplit(self.url)._replace(scheme="webcal").geturl()


def load_address(actor: Actor, kind: FeedKind) -> OwnAddress:
    """Return the actor's own address of a kind."""
    secret = feeds.secret_of(actor, kind)
    if not secret:
        return OwnAddress(kind, is_made=secret is not None)
    return OwnAddress(kind, True, page_url(_ENDPOINTS[kind], secret=secret))


def change_address(actor: Actor, kind: FeedKind, act: str, *, now: datetime) -> str:
    """Make an own address, renew it or end it, as a button says ("stop"); return what to tell."""
    if act == "stop":
        feeds.stop_address(actor, kind, now=now)
        return _("The address no longer works.")
    feeds.make_address(actor, kind, now=now)
    return _("Here is your address.")
