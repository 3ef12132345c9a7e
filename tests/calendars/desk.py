"""A provider in memory, for what the site itself does; and how tests look at it."""

from collections import Counter

from sqlalchemy import select

from app.calendars.errors import Disappeared, Refusal
from app.calendars.models import CalendarEntry
from app.calendars.provider import LinkState, Remote
from app.calendars.worker import sync_due
from app.config import Settings
from app.core.transaction import transaction
from app.rounds.models import Round

SETTINGS = Settings()


class Desk:
    """A provider that keeps events by account and key, and fails as it is told to.

    ``before`` and ``after`` hold an error for each coming request, or None: raised before it is
    done, or after.
    """

    def __init__(self):
        self.events, self.asked = {}, Counter()
        self.before, self.after = [], []
        self.late = 0  # so many looks until a link is there
        self.meets = True

    def forget(self):
        self.asked["forget"] += 1

    def _ask(self, what):
        self.asked[what] += 1
        if self.before and (fault := self.before.pop(0)):
            raise fault

    def _answered(self, remote=None):
        if self.after and (fault := self.after.pop(0)):
            raise fault
        return remote

    def _remote(self, account, key):
        event = self.events[account, key]
        if not event.meeting:
            return Remote(key)
        if not self.meets:
            return Remote(key, refusal=Refusal.NO_MEETING)
        if self.late:
            self.late -= 1
            return Remote(key, LinkState.PENDING)
        return Remote(key, LinkState.READY, f"https://meet.example/{key}")

    def create(self, account, event, *, again=False):
        self._ask("create")
        assert again or (account, event.key) not in self.events
        self.events[account, event.key] = event
        return self._answered(self._remote(account, event.key))

    def change(self, account, remote_id, event, *, parts, link=""):
        self._ask("change")
        if (account, remote_id) not in self.events:
            raise Disappeared("gone")
        self.events[account, remote_id] = event
        return self._answered(self._remote(account, remote_id))

    def look(self, account, remote_id, event):
        self._ask("look")
        if (account, remote_id) not in self.events:
            raise Disappeared("gone")
        return self._answered(self._remote(account, remote_id))

    def remove(self, account, remote_id, key, *, tell_attendees=False):
        self._ask("remove")
        return self._answered(self.events.pop((account, remote_id or key), None) is not None)


def sync(desk, now):
    return sync_due(SETTINGS, now=now, provider_of=lambda _name, _settings: desk)


def online(db, school):
    with transaction():
        db.get_one(Round, school.round_id).modalities = "teams"


def said(desk):
    return [(account, event.starts_at) for (account, _), event in desk.events.items()]


def entry(db):
    db.expire_all()
    return db.scalars(select(CalendarEntry)).one()
