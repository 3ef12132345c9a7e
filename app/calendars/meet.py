"""Events in calendars of Google Workspace, and their meetings in Meet.

What looks roundabout here has its reason in ``docs/calendars.md``.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from typing import Any

from app.calendars.answers import part_of
from app.calendars.errors import AlreadyThere, Delayed, Disappeared, Refusal, Refused
from app.calendars.event import Event, Part, hex_of
from app.calendars.google import ConferenceRefused, Google
from app.calendars.provider import LinkState, Remote
from app.config import Settings

KEY_PROPERTY = "tienminutenKey"
"""Where the key of an event stands. Never change it."""

PRIMARY = "primary"  # the teacher's own calendar
MOST_REQUESTS = 3
"""How often a meeting is asked for that Google failed to make."""


class Meet:
    """A Provider, see there."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing is asked yet."""
        self._google = Google(settings)

    def create(self, account: str, event: Event, *, again: bool = False) -> Remote:
        """See Provider. The id is derived from the key, so that Google refuses a second event.

        It does so even without ``again``: httplib2 itself sends a request once more when the
        connection broke.
        """
        try:
            return _remote(self._insert(account, _whole(event), event), event)
        except ConferenceRefused:
            return self._without_meeting(account, event)
        except AlreadyThere:
            return self._adopted(account, event)

    def change(
        self, account: str, remote_id: str, event: Event, *, parts: Set[Part], link: str = ""
    ) -> Remote:
        """See Provider."""
        if not (changes := _changes(event, parts)):
            return self.look(account, remote_id, event)
        try:
            remote = _remote(self._patch(account, remote_id, changes, event), event)
        except Refused:
            self.look(account, remote_id, event)  # so it is called if the event was deleted
            raise
        if not (event.meeting and link) or remote.link:
            return remote
        answer = self._get(account, remote_id)
        remote = _remote(answer, event)
        return remote if remote.link else self._ask_for_meeting(account, answer, event)

    def look(self, account: str, remote_id: str, event: Event) -> Remote:
        """See Provider. A meeting that Google failed to make is asked for anew."""
        answer = self._get(account, remote_id)
        remote = _remote(answer, event)
        if event.meeting and not remote.link and _link_status(answer) == "failure":
            return self._ask_for_meeting(account, answer, event)
        return remote

    def remove(
        self, account: str, remote_id: str | None, key: str, *, tell_attendees: bool = False
    ) -> bool:
        """See Provider."""
        options = {
            "eventId": remote_id or hex_of(key),
            "sendUpdates": _updates(told=tell_attendees),
        }
        try:
            self._google.ask(account, lambda it: it.delete(calendarId=PRIMARY, **options))
        except Disappeared as fault:
            return fault.was_there or bool(remote_id)
        return True

    def check(self, account: str) -> Refusal | None:
        """See Provider. Whether there is a Meet is told by the first event only."""
        self._google.forget()
        self._google.ask(account, lambda it: it.list(calendarId=PRIMARY, maxResults=1))
        return None

    def forget(self) -> None:
        """See Provider."""
        self._google.forget()

    def _without_meeting(self, account: str, event: Event) -> Remote:
        whole = _whole(event)
        whole.pop("conferenceData")
        try:
            return _remote(self._insert(account, whole, event), event)
        except AlreadyThere:
            return self._adopted(account, event)

    def _adopted(self, account: str, event: Event) -> Remote:
        """Return what an earlier try made, brought up to date."""
        answer = self._get(account, hex_of(event.key))
        properties = part_of(answer, "extendedProperties", "private")
        if properties.get(KEY_PROPERTY) != event.key:
            raise Refused(Refusal.KEY_TAKEN, "google: the id is somebody else's")
        remote = _remote(answer, event)
        if parts := _otherwise(answer, event):
            return self.change(account, remote.id, event, parts=parts, link=remote.link)
        return remote

    def _ask_for_meeting(self, account: str, answer: Mapping[str, Any], event: Event) -> Remote:
        """Ask for a meeting by the next name: what failed stays so under its name."""
        asked = part_of(answer, "conferenceData", "createRequest").get("requestId")
        number = _number_of(asked) + 1
        if number > MOST_REQUESTS:
            return Remote(str(answer["id"]), LinkState.NONE, refusal=Refusal.MEETING_FAILED)
        changes = {"conferenceData": _meeting(event, number)}
        try:
            answer = self._patch(account, str(answer["id"]), changes, event)
        except ConferenceRefused:
            return Remote(str(answer["id"]), LinkState.NONE, refusal=Refusal.NO_MEETING)
        return _remote(answer, event)

    def _insert(self, account: str, whole: dict[str, Any], event: Event) -> Mapping[str, Any]:
        options = {"conferenceDataVersion": 1, "sendUpdates": _updates(told=bool(event.attendees))}
        return self._google.ask(
            account, lambda it: it.insert(calendarId=PRIMARY, body=whole, **options)
        )

    def _patch(
        self, account: str, remote_id: str, changes: dict[str, Any], event: Event
    ) -> Mapping[str, Any]:
        options = {"conferenceDataVersion": 1, "sendUpdates": _updates(told=bool(event.attendees))}
        return self._google.ask(
            account,
            lambda it: it.patch(calendarId=PRIMARY, eventId=remote_id, body=changes, **options),
        )

    def _get(self, account: str, remote_id: str) -> Mapping[str, Any]:
        return self._google.ask(account, lambda it: it.get(calendarId=PRIMARY, eventId=remote_id))


def _updates(*, told: bool) -> str:
    return "all" if told else "none"


def _whole(event: Event) -> dict[str, Any]:
    whole = {
        **_changes(event, set(Part)),
        "id": hex_of(event.key),
        "description": event.text,
        "visibility": "private",
        "reminders": {"useDefault": False},  # not every ten minutes, all evening
        "extendedProperties": {"private": {KEY_PROPERTY: event.key}},
    }
    if event.meeting:
        whole["conferenceData"] = _meeting(event, 1)
    if event.attendees:
        whole["attendees"] = [{"email": address} for address in event.attendees]
    return whole


def _meeting(event: Event, number: int) -> dict[str, Any]:
    return {
        "createRequest": {
            "requestId": f"{hex_of(event.key)}-{number}",
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
        }
    }


def _number_of(request_id: object) -> int:
    last = str(request_id).rpartition("-")[2]
    return int(last) if last.isdecimal() else 1


def _changes(event: Event, parts: Set[Part]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if Part.TIMES in parts:
        for name, moment in (("start", event.starts_at), ("end", event.ends_at)):
            changes[name] = {"dateTime": event.local(moment), "timeZone": event.time_zone}
    if Part.SUBJECT in parts:
        changes["summary"] = event.subject
    if Part.PLACE in parts:
        changes["location"] = event.place
    return changes


def _link_status(answer: Mapping[str, Any]) -> str:
    status = part_of(answer, "conferenceData", "createRequest", "status")
    return str(status.get("statusCode") or "")


def _remote(answer: Mapping[str, Any], event: Event) -> Remote:
    remote_id = answer.get("id")
    if not isinstance(remote_id, str) or not remote_id:
        raise Delayed("google: an answer of somebody else")
    if answer.get("status") == "cancelled":
        raise Disappeared("google: the event is deleted")
    if not event.meeting:
        return Remote(remote_id)
    if link := _link(answer):
        return Remote(remote_id, LinkState.READY, link)
    if _link_status(answer) in {"pending", "failure"}:  # what failed is asked for anew
        return Remote(remote_id, LinkState.PENDING)
    return Remote(remote_id, LinkState.NONE, refusal=Refusal.NO_MEETING)


def _link(answer: Mapping[str, Any]) -> str:
    entries = part_of(answer, "conferenceData").get("entryPoints") or ()
    of_video = [it.get("uri") for it in entries if it.get("entryPointType") == "video"]
    return str(answer.get("hangoutLink") or next(iter(of_video), None) or "")


def _otherwise(answer: Mapping[str, Any], event: Event) -> Set[Part]:
    """Return what an event says otherwise than wanted."""
    right = {
        Part.TIMES: event.has_times(_moment(answer, "start"), _moment(answer, "end")),
        Part.SUBJECT: answer.get("summary", "") == event.subject,
        Part.PLACE: answer.get("location", "") == event.place,
    }
    return {part for part, is_right in right.items() if not is_right}


def _moment(answer: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(part_of(answer, name)["dateTime"]).astimezone(UTC)
    except (LookupError, TypeError, ValueError):
        return None
