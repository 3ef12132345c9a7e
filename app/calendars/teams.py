"""Events in calendars of Microsoft 365, and their meetings in Teams.

What looks roundabout here has its reason in ``docs/calendars.md``.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.calendars.answers import part_of
from app.calendars.errors import AlreadyThere, Delayed, Disappeared, Refusal, Refused
from app.calendars.event import Event, Part, uuid_of
from app.calendars.graph import Graph
from app.calendars.provider import LinkState, Remote
from app.config import Settings

KEY_PROPERTY = "String {7c8f4a0e-9a3b-4a57-8d0a-5f1c3e2b6d94} Name TienminutenKey"
"""Where the key of an event stands, to find it by. Never change it."""

MEETING = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}


class Teams:
    """A Provider, see there."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing is asked yet."""
        self._graph = Graph(settings)

    def create(self, account: str, event: Event, *, again: bool = False) -> Remote:
        """See Provider. The key is searched for before it is sent a second time."""
        if again and (found := self._adopted(account, event)):
            return found
        try:
            answer = self._made(account, event)
        except AlreadyThere:
            if found := self._adopted(account, event):
                return found
            raise
        if not again:
            return self._settled(account, event, answer)
        # An earlier try may have arrived since the search.
        if found := self._adopted(account, event):
            return found
        raise AlreadyThere("microsoft: the search does not see the event yet")

    def change(
        self, account: str, remote_id: str, event: Event, *, parts: Set[Part], link: str = ""
    ) -> Remote:
        """See Provider. The text stays as it is: one without Teams' own part ends the meeting."""
        path = _path(remote_id)
        changes = _changes(event, parts)
        answer = self._graph.ask("PATCH" if changes else "GET", account, path, body=changes or None)
        remote = _remote(answer, event)
        if not (event.meeting and link) or remote.link == link:
            return remote
        # A change has been seen to take the link away, or only to leave it out of the answer.
        remote = _remote(self._graph.ask("GET", account, path), event)
        if remote.link:
            return remote
        return _remote(self._graph.ask("PATCH", account, path, body=MEETING), event)

    def look(self, account: str, remote_id: str, event: Event) -> Remote:
        """See Provider."""
        return _remote(self._graph.ask("GET", account, _path(remote_id)), event)

    def remove(
        self, account: str, remote_id: str | None, key: str, *, tell_attendees: bool = False
    ) -> bool:
        """See Provider. Exchange tells attendees by itself. A twin goes too, should there be one."""
        if remote_id:
            self._delete(account, remote_id)
        found = self._search(account, key)
        for event in found:
            self._delete(account, event["id"])
        return bool(remote_id or found)

    def check(self, account: str) -> Refusal | None:
        """See Provider."""
        self._graph.forget()
        calendar = self._graph.ask("GET", account, "calendar")
        if calendar.get("canEdit") is False:
            return Refusal.ACCESS_DENIED
        meetings = calendar.get("allowedOnlineMeetingProviders") or ()
        return None if MEETING["onlineMeetingProvider"] in meetings else Refusal.NO_MEETING

    def forget(self) -> None:
        """See Provider."""
        self._graph.forget()

    def _made(self, account: str, event: Event) -> Mapping[str, Any]:
        """Make an event; without a meeting where one with it is refused."""
        whole = _whole(event)
        try:
            return self._graph.ask("POST", account, "events", body=whole)
        except Refused as fault:
            if not event.meeting or fault.refusal is not Refusal.EVENT_REFUSED:
                raise
        without = {name: value for name, value in whole.items() if name not in MEETING}
        return self._graph.ask("POST", account, "events", body=without)

    def _search(self, account: str, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of a key, the first one made first."""
        wanted = key.replace("'", "''")
        condition = f"ep/id eq '{KEY_PROPERTY}' and ep/value eq '{wanted}'"
        params = {"$filter": f"singleValueExtendedProperties/Any(ep: {condition})", "$top": "10"}
        found = self._graph.ask("GET", account, "events", params=params).get("value")
        if not isinstance(found, list):
            raise Delayed("microsoft: an answer of somebody else")
        events = [it for it in found if isinstance(it, dict) and it.get("id")]
        return sorted(events, key=lambda it: (str(it.get("createdDateTime")), it["id"]))

    def _adopted(self, account: str, event: Event) -> Remote | None:
        """Return what earlier tries made, brought up to date; of several the first, alone."""
        first, *twins = self._search(account, event.key) or (None,)
        if first is None:
            return None
        for twin in twins:
            self._delete(account, twin["id"])
        return self._settled(account, event, first)

    def _settled(self, account: str, event: Event, answer: Mapping[str, Any]) -> Remote:
        """Return an event; what an earlier try has made otherwise becomes as it is wanted now."""
        remote = _remote(answer, event)
        if parts := _otherwise(answer, event):
            return self.change(account, remote.id, event, parts=parts, link=remote.link)
        return remote

    def _delete(self, account: str, remote_id: str) -> None:
        try:
            self._graph.ask("DELETE", account, _path(remote_id))
        except Disappeared:
            return  # which is what was wanted


def _path(remote_id: str) -> str:
    return f"events/{quote(remote_id, safe='')}"


def _whole(event: Event) -> dict[str, Any]:
    whole = {
        **_changes(event, set(Part)),
        "body": {"contentType": "text", "content": event.text},
        "sensitivity": "private",
        "showAs": "busy",
        "isReminderOn": False,  # not every ten minutes, all evening
        "transactionId": uuid_of(event.key),
        "singleValueExtendedProperties": [{"id": KEY_PROPERTY, "value": event.key}],
    }
    if event.meeting:
        whole |= MEETING
    if event.attendees:
        whole["attendees"] = [
            {"emailAddress": {"address": address}, "type": "required"}
            for address in event.attendees
        ]
    return whole


def _changes(event: Event, parts: Set[Part]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if Part.TIMES in parts:
        for name, moment in (("start", event.starts_at), ("end", event.ends_at)):
            changes[name] = {"dateTime": event.local(moment), "timeZone": event.time_zone}
    if Part.SUBJECT in parts:
        changes["subject"] = event.subject
    if Part.PLACE in parts:
        changes["location"] = {"displayName": event.place}
    return changes


def _remote(answer: Mapping[str, Any], event: Event) -> Remote:
    remote_id = answer.get("id")
    if not isinstance(remote_id, str) or not remote_id:
        raise Delayed("microsoft: an answer of somebody else")
    if answer.get("isCancelled"):
        raise Disappeared("microsoft: the event is cancelled")
    if not event.meeting:
        return Remote(remote_id)
    link = part_of(answer, "onlineMeeting").get("joinUrl")
    if isinstance(link, str) and link:
        return Remote(remote_id, LinkState.READY, link)
    if answer.get("isOnlineMeeting"):
        return Remote(remote_id, LinkState.PENDING)
    # A mailbox without Teams takes the event, and says so in this way only.
    return Remote(remote_id, LinkState.NONE, refusal=Refusal.NO_MEETING)


def _otherwise(answer: Mapping[str, Any], event: Event) -> Set[Part]:
    """Return what an event says otherwise than wanted."""
    right = {
        Part.TIMES: event.has_times(_moment(answer, "start"), _moment(answer, "end")),
        Part.SUBJECT: answer.get("subject") == event.subject,
        Part.PLACE: part_of(answer, "location").get("displayName", "") == event.place,
    }
    return {part for part, is_right in right.items() if not is_right}


def _moment(answer: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time of an event, if it is told on a clock that we know."""
    told = part_of(answer, name)
    try:
        zone = UTC if told["timeZone"] == "UTC" else ZoneInfo(told["timeZone"])
        moment = datetime.fromisoformat(told["dateTime"][:19]).replace(tzinfo=zone)
    except (LookupError, OSError, TypeError, ValueError):
        return None
    return moment.astimezone(UTC)
