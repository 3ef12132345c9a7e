"""Google as the documents and its users tell it: sign-in by a service account, and Calendar."""

import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import jwt

from tests.calendars.servers.keys import rsa_key
from tests.calendars.servers.serving import Answer, Server

ACCOUNT = "talks@project.iam.gserviceaccount.example"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/calendar.events"
ZONES = available_timezones()  # no names of Windows
ID = re.compile(r"[a-v0-9]{5,1024}")
EVENTS = "/calendar/v3/calendars/primary/events"


def error(status, reason, message="", **headers):
    told = {"code": status, "message": message or f"of {reason}", "errors": [{"reason": reason}]}
    return Answer(status, {"error": told}, headers)


def refusal(status, kind, described):
    return Answer(status, {"error": kind, "error_description": described})


@dataclass
class Calendar:
    meetings: bool = True  # the teacher has Meet
    enabled: bool = True
    permitted: bool = True
    is_calendar_user: bool = True
    polls: int = 0  # how often an event is read before it has its link
    failures: int = 0  # how many meetings Google fails to make
    on_patch: str = "keep"  # "lose" the link
    events: dict[str, dict] = field(default_factory=dict)


class Google(Server):
    """``mailboxes`` by name. A test puts ``faults`` in, and changes what a calendar does."""

    def __init__(self):
        super().__init__()
        self.mailboxes = {
            name: Calendar() for name in ("vera@school.example", "bart@school.example")
        }
        self.granted = {SCOPE}
        self.is_early = timedelta()  # how far the clock of the client is ahead
        self.knows_key = True
        self._tokens = {}

    def end_tokens(self):
        self._tokens.clear()

    def answer(self, request):
        if request.path == "/token":
            return self._sign_in(request.values)
        subject = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if subject is None:
            return error(401, "authError", "Invalid Credentials")
        if request.raw and not request.headers["Content-Type"].startswith("application/json"):
            return error(400, "parseError")
        if not request.path.startswith(EVENTS):
            return error(404, "notFound")
        calendar = self.mailboxes[subject] if subject != ACCOUNT else Calendar(meetings=False)
        if not calendar.is_calendar_user:
            return error(403, "notACalendarUser")
        if not calendar.permitted:
            return error(403, "forbidden")
        with self.lock:
            return self._about(calendar, request, request.path.removeprefix(EVENTS).lstrip("/"))

    def _sign_in(self, told):
        key = rsa_key("ours" if self.knows_key else "withdrawn").public_key()
        try:
            claims = jwt.decode(
                told["assertion"], key, algorithms=["RS256"], audience=AUDIENCE, issuer=ACCOUNT
            )
        except jwt.PyJWTError:
            return refusal(400, "invalid_grant", "Invalid JWT Signature.")
        if self.is_early or abs(claims["iat"] - time.time()) > 300:
            return refusal(
                400,
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            )
        subject = claims.get("sub", ACCOUNT)
        if subject != ACCOUNT and not set(claims["scope"].split()) <= self.granted:
            return refusal(401, "unauthorized_client", "Client is unauthorized to retrieve tokens")
        known = self.mailboxes.get(subject)
        if subject != ACCOUNT and not (known and known.enabled):
            return refusal(400, "invalid_grant", "Invalid email or User ID")
        token = secrets.token_urlsafe()
        self._tokens[token] = subject
        return Answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _about(self, calendar, request, remote_id):
        query = request.query
        if not remote_id:
            if request.method == "POST":
                return self._make(calendar, query, request.json)
            return self._search(calendar, query)
        event = calendar.events.get(remote_id)
        if event is None:
            return error(404, "notFound")
        if request.method == "GET":
            told = _told(event)  # a deleted event is told, as cancelled
            event["polls"] -= 1
            return Answer(200, told)
        if request.method == "PATCH":
            return self._change(calendar, event, query, request.json)
        if event["status"] == "cancelled":
            return error(410, "deleted")
        self._mail(event, "cancellation", query)
        event["status"] = "cancelled"
        return Answer(204)

    def _make(self, calendar, query, told):
        if not ID.fullmatch(told["id"]) or not _has_times(told):
            return error(400, "invalid")
        if told["id"] in calendar.events:  # a deleted one keeps its id
            return error(409, "duplicate", "The requested identifier already exists.")
        meeting = told.pop("conferenceData", None)
        event = {**told, "status": "confirmed", "polls": calendar.polls}
        if (
            query.get("conferenceDataVersion") == "1" and meeting
        ):  # else it is dropped without a word
            if not calendar.meetings:
                return error(400, "invalid", "Invalid conference type value.")
            self._add_meeting(calendar, event, meeting)
        calendar.events[event["id"]] = event
        self._mail(event, "invitation", query)
        return Answer(200, _told(event))

    def _change(self, calendar, event, query, told):
        if event["status"] == "cancelled":
            return error(403, "forbidden")
        if not _has_times({**event, **told}):
            return error(400, "invalid")
        meeting = told.pop("conferenceData", None)
        if calendar.on_patch == "lose":
            event.pop("conferenceData", None)
        if query.get("conferenceDataVersion") == "1" and meeting:
            if not calendar.meetings:
                return error(400, "invalid", "Invalid conference type value.")
            asked = event.get("conferenceData", {}).get("createRequest", {}).get("requestId")
            if asked != meeting["createRequest"]["requestId"]:  # the same one again is ignored
                self._add_meeting(calendar, event, meeting)
        event |= told
        self._mail(event, "update", query)
        return Answer(200, _told(event))

    def _add_meeting(self, calendar, event, meeting):
        request = meeting["createRequest"]
        if request["conferenceSolutionKey"] != {"type": "hangoutsMeet"}:
            raise ValueError(request)
        failed = calendar.failures > 0
        calendar.failures -= failed
        event["conferenceData"] = {
            "createRequest": {
                **request,
                "status": {"statusCode": "failure" if failed else "success"},
            },
            "link": "" if failed else f"https://meet.example/{secrets.token_hex(5)}",
        }

    def _search(self, calendar, query):
        wanted = query.get("privateExtendedProperty", "")
        events = [
            _told(it)
            for it in calendar.events.values()
            if it["status"] != "cancelled"
            and (not wanted or wanted.split("=") in map(list, _private(it).items()))
        ]
        return Answer(200, {"items": events[: int(query.get("maxResults", 250))]})

    def _mail(self, event, what, query):
        if query.get("sendUpdates") == "all":
            self.outbox.extend((it["email"], what) for it in event.get("attendees", ()))


def _private(event):
    return event.get("extendedProperties", {}).get("private", {})


def _told(event):
    """An event as an answer has it: with offsets, and perhaps without its link yet."""
    told = {name: event[name] for name in event if name != "polls"}
    for name in ("start", "end"):
        moment = moment_of(event[name]).astimezone(ZoneInfo(event[name]["timeZone"]))
        told[name] = {**event[name], "dateTime": moment.isoformat()}
    if meeting := event.get("conferenceData"):
        ready = event["polls"] <= 0
        request = dict(meeting["createRequest"])
        if not ready:
            request["status"] = {"statusCode": "pending"}
        told["conferenceData"] = {"createRequest": request}
        if ready and meeting["link"]:
            told["hangoutLink"] = meeting["link"]
            entry = {"entryPointType": "video", "uri": meeting["link"]}
            told["conferenceData"]["entryPoints"] = [entry]
    return told


def _has_times(told):
    zones = [told.get(name, {}).get("timeZone") for name in ("start", "end")]
    if not set(zones) <= ZONES:
        return False
    return moment_of(told["start"]) < moment_of(told["end"])


def moment_of(told):
    moment = datetime.fromisoformat(told["dateTime"])
    return (
        moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(told["timeZone"]))
    ).astimezone(UTC)
