"""Microsoft as the documents and its users tell it: sign-in, and the events of Graph."""

import re
import secrets
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

from tests.calendars.servers.entra import Entra
from tests.calendars.servers.serving import Answer, Server

KNOWN = {
    *("subject", "body", "start", "end", "location", "sensitivity", "showAs", "isReminderOn"),
    *("transactionId", "singleValueExtendedProperties", "isOnlineMeeting"),
    *("onlineMeetingProvider", "attendees"),
}
FILTER = re.compile(
    r"singleValueExtendedProperties/Any\(ep: ep/id eq '(.+)' and ep/value eq '((?:[^']|'')+)'\)"
)
LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")  # no offset beside a time zone
PROPERTY = re.compile(r"String \{[0-9a-f-]{36}\} Name \w+")
ZONES = available_timezones()  # names as IANA has them


def error(status, code, **headers):
    return Answer(status, {"error": {"code": code, "message": f"of {code}"}}, headers)


@dataclass
class Mailbox:
    meetings: bool = True  # the teacher has Teams
    refuses_meetings: bool = False  # instead of leaving them out without a word
    enabled: bool = True
    permitted: bool = True
    polls: int = 0  # how often an event is read before it has its link
    on_patch: str = "keep"  # "lose" the link, or "omit" it from the answer only
    repeats: str = "first"  # what a repeated transactionId gets: "first", 409, 400, or "second"
    hidden: int = 0  # how many searches find nothing yet
    at_once: int = 0
    most_at_once: int = 0
    transactions: dict[str, str] = field(default_factory=dict)
    events: dict[str, dict] = field(default_factory=dict)


class Microsoft(Server):
    """``mailboxes`` by name. A test puts ``faults`` in, and changes what a mailbox does."""

    def __init__(self, tls: ssl.SSLContext):
        super().__init__()
        self.tls = tls
        self.entra = Entra(self)
        self.mailboxes = {
            name: Mailbox() for name in ("vera@school.example", "bart@school.example")
        }
        self.slow = 0.0  # seconds for each request about events
        self._numbers = count(1)

    def answer(self, request):
        if not request.path.startswith("/v1.0/"):
            return self.entra.answer(request)
        answer = self._of_graph(request)
        answer.headers.setdefault("request-id", secrets.token_hex(8))
        return answer

    def _of_graph(self, request):
        if not self.entra.accepts(request.headers.get("Authorization", "")):
            return error(401, "InvalidAuthenticationToken")
        if 'IdType="ImmutableId"' not in request.headers.get("Prefer", ""):
            return error(400, "TestWantsImmutableIds")
        if request.raw and request.headers.get("Content-Type") != "application/json":
            return error(415, "UnsupportedMediaType")
        _, _, _, name, *rest = request.path.split("/", 5)
        mailbox = self.mailboxes.get(name)
        if mailbox is None:
            return error(404, "ErrorInvalidUser")
        if not mailbox.permitted:
            return error(403, "ErrorAccessDenied")
        if not mailbox.enabled:
            return error(404, "MailboxNotEnabledForRESTAPI")
        with self._one_more(mailbox):
            if mailbox.at_once > 4:
                return error(429, "ApplicationThrottled", **{"Retry-After": "1"})
            time.sleep(self.slow)
            with self.lock:
                return self._about(mailbox, request, *rest)

    @contextmanager
    def _one_more(self, mailbox):
        with self.lock:
            mailbox.at_once += 1
            mailbox.most_at_once = max(mailbox.most_at_once, mailbox.at_once)
        try:
            yield
        finally:
            with self.lock:
                mailbox.at_once -= 1

    def _about(self, mailbox, request, kind, remote_id=""):
        match request.method, kind, bool(remote_id):
            case "GET", "calendar", False:
                providers = ["teamsForBusiness"] if mailbox.meetings else ["unknown"]
                return Answer(200, {"canEdit": True, "allowedOnlineMeetingProviders": providers})
            case "GET", "events", False:
                return self._search(mailbox, request.query)
            case "POST", "events", False:
                return self._make(mailbox, request.json)
        event = mailbox.events.get(remote_id)
        if event is None:
            return error(404, "ErrorItemNotFound")
        match request.method:
            case "GET":
                return Answer(200, self._told(mailbox, event, polled=True))
            case "PATCH":
                return self._change(mailbox, event, request.json)
            case "DELETE":
                self._mail(event, "cancellation")
                del mailbox.events[remote_id]
                return Answer(204)
        return error(405, "MethodNotAllowed")

    def _make(self, mailbox, told):
        if fault := _fault_of(told):
            return error(400, fault)
        if told.get("isOnlineMeeting") and mailbox.refuses_meetings:
            return error(400, "ErrorInvalidRequest")
        transaction = told["transactionId"]
        if transaction in mailbox.transactions and mailbox.repeats != "second":
            first = mailbox.events.get(mailbox.transactions[transaction])
            if mailbox.repeats != "first" or first is None:
                status = mailbox.repeats if mailbox.repeats != "first" else 409
                return error(status, "ErrorDuplicateTransactionId")
            return Answer(201, self._told(mailbox, first))
        number = next(self._numbers)
        event = {
            **told,
            "id": f"AAkALg+/{number}=",  # as immutable ids are: not fit for a path as they are
            "createdDateTime": f"2026-10-01T12:00:{number % 60:02}Z",
            "polls": mailbox.polls,
        }
        wants_meeting = event.pop("isOnlineMeeting", False)
        event.pop("onlineMeetingProvider", None)
        event["meeting"] = self._meeting() if wants_meeting and mailbox.meetings else None
        if event["meeting"]:
            event["body"]["content"] += event["meeting"]
        mailbox.events[event["id"]] = event
        mailbox.transactions[transaction] = event["id"]
        self._mail(event, "invitation")
        return Answer(201, self._told(mailbox, event))

    def _change(self, mailbox, event, told):
        if fault := _fault_of({**event_as_told(event), **told}):
            return error(400, fault)
        if "transactionId" in told:
            return error(400, "ErrorInvalidPropertySet")
        if "body" in told and event["meeting"] and event["meeting"] not in told["body"]["content"]:
            event["meeting"] = None  # the text of the meeting is what keeps it
        if told.pop("isOnlineMeeting", False) and not event["meeting"]:
            event["meeting"] = self._meeting() if mailbox.meetings else None
        elif mailbox.on_patch == "lose":
            event["meeting"] = None
        told.pop("onlineMeetingProvider", None)
        event |= told
        self._mail(event, "update")
        answer = self._told(mailbox, event)
        if mailbox.on_patch == "omit":
            answer["onlineMeeting"] = None
        return Answer(200, answer)

    def _search(self, mailbox, query):
        found = FILTER.fullmatch(query.get("$filter", ""))
        if not found:
            return error(400, "BadRequest")
        if mailbox.hidden:
            mailbox.hidden -= 1
            return Answer(200, {"value": []})
        wanted = [{"id": found[1], "value": found[2].replace("''", "'")}]
        events = [
            self._told(mailbox, it)
            for it in mailbox.events.values()
            if it["singleValueExtendedProperties"] == wanted
        ]
        return Answer(200, {"value": events[::-1]})  # in no order that anybody promises

    def _told(self, mailbox, event, *, polled=False):
        """An event as an answer has it: in UTC, and perhaps without its link yet."""
        ready = bool(event["meeting"]) and event["polls"] <= 0
        if polled:
            event["polls"] -= 1
        told = {name: event[name] for name in event_as_told(event)}
        for name in ("start", "end"):
            moment = moment_of(event[name])
            told[name] = {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
        return told | {
            "id": event["id"],
            "createdDateTime": event["createdDateTime"],
            "isOnlineMeeting": bool(event["meeting"]),
            "onlineMeetingProvider": "teamsForBusiness" if event["meeting"] else "unknown",
            "onlineMeetingUrl": None,
            "onlineMeeting": {"joinUrl": event["meeting"]} if ready else None,
        }

    def _meeting(self):
        return f"https://teams.example/l/meetup-join/{secrets.token_hex(8)}"

    def _mail(self, event, what):
        for attendee in event.get("attendees", ()):
            self.outbox.append((attendee["emailAddress"]["address"], what))


def event_as_told(event):
    return {name: event[name] for name in KNOWN & event.keys() - {"singleValueExtendedProperties"}}


def moment_of(told):
    return (
        datetime.fromisoformat(told["dateTime"])
        .replace(tzinfo=ZoneInfo(told["timeZone"]))
        .astimezone(UTC)
    )


def _fault_of(told):
    """What is wrong with an event; None if nothing is."""
    if told.keys() - KNOWN:
        return "RequestBodyRead"
    for name in ("start", "end"):
        time_ = told.get(name, {})
        if not LOCAL.fullmatch(time_.get("dateTime", "")):
            return "ErrorInvalidRequest"
        if time_.get("timeZone") not in ZONES:
            return "TimeZoneNotSupportedException"
    if moment_of(told["start"]) >= moment_of(told["end"]):
        return "ErrorPropertyValidationFailure"
    properties = told.get("singleValueExtendedProperties", [])
    if not all(PROPERTY.fullmatch(it["id"]) for it in properties):
        return "ErrorInvalidProperty"
    return None
