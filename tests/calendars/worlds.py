"""Both providers in the same words, for tests that hold for both."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.calendars.errors import Delayed
from app.calendars.event import Event, key_of
from app.calendars.meet import Meet
from app.calendars.teams import Teams
from app.config import Settings
from tests.calendars.servers import entra, google, microsoft
from tests.calendars.servers.keys import pem, rsa_key
from tests.calendars.servers.serving import PORTAL, Answer, Fault
from tests.sites import SECRET

VERA, BART = "vera@school.example", "bart@school.example"
EVENING = datetime(2026, 11, 17, 18, 30, tzinfo=UTC)
PATIENCE = 0.25  # seconds until a provider that hangs is given up, where a test lets it hang


def event(**changes) -> Event:
    """A talk at half past seven, with a meeting."""
    whole = Event(
        key=key_of("2f5c1c9e-talk", 7, 1),
        starts_at=EVENING,
        ends_at=EVENING + timedelta(minutes=10),
        time_zone="Europe/Amsterdam",
        subject="Tienminutengesprek",
        text="Over een leerling van h2a.",
        place="Lokaal 12",
        meeting=True,
    )
    if "starts_at" in changes:
        changes.setdefault("ends_at", changes["starts_at"] + timedelta(minutes=10))
    return replace(whole, **changes)


@dataclass
class Told:
    """An event as it stands in a calendar."""

    id: str
    key: str
    starts_at: datetime
    ends_at: datetime
    subject: str
    place: str
    is_private: bool
    link: str | None


class World:
    name = ""

    def __init__(self, server):
        self.server = server
        self.providers = []
        self.provider = self.make()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for provider in self.providers:
            provider.forget()

    @property
    def mailbox(self):
        return self.server.mailboxes[VERA]

    def make(self, **settings):
        provider = self._make(self.settings(**settings))
        self.providers.append(provider)
        return provider

    def settings(self, **changes) -> Settings:
        whole = {"secret_key": SECRET, "calendar_http_timeout": 5, **self._settings()}
        return Settings(**{**whole, **changes})

    def fails(self, method, status=503, *, done=False, on="/events", **headers):
        self.server.faults.append(
            Fault(method, on, Answer(status, self.error_body(status), headers), done=done)
        )

    def says(self, method, body, status=200, *, done=False, on="/events"):
        self.server.faults.append(Fault(method, on, Answer(status, body), done=done))

    def breaks(self, method, *, done=False, times=1):
        self.server.faults += [Fault(method, drop=True, done=done) for _ in range(times)]

    def hangs(self, method, *, done=False, late=False, told=False):
        """Let a request hang; from here on the provider has little patience, and is signed in."""
        self.provider = self.make(calendar_http_timeout=PATIENCE)
        for _ in range(5):
            with suppress(Delayed):
                self.provider.check(VERA)
                break
        self.server.faults.append(Fault(method, done=done, late=late, told=told))

    def only(self, account=VERA) -> Told:
        (one,) = self.events(account)
        return one


class MicrosoftWorld(World):
    name = "microsoft"
    _make = Teams

    def _settings(self):
        return {
            "ms_tenant_id": entra.TENANT,
            "ms_client_id": entra.CLIENT,
            "ms_client_secret": entra.SECRET,
            "ms_authority": f"{self.server.url}/{entra.TENANT}",
            "graph_base_url": f"{self.server.url}/v1.0",
            "graph_scope": entra.SCOPE,
        }

    def error_body(self, status, code="ErrorOfSomeKind"):
        return {"error": {"code": code, "message": "of a test"}}

    def events(self, account=VERA):
        return [
            Told(
                it["id"],
                it["singleValueExtendedProperties"][0]["value"],
                microsoft.moment_of(it["start"]),
                microsoft.moment_of(it["end"]),
                it["subject"],
                it["location"]["displayName"],
                it["sensitivity"] == "private",
                it["meeting"],
            )
            for it in self.server.mailboxes[account].events.values()
        ]

    def delete_by_hand(self, remote_id):
        del self.mailbox.events[remote_id]

    def end_tokens(self):
        self.server.entra.end_tokens()


class GoogleWorld(World):
    name = "google"
    _make = Meet

    def __init__(self, server, folder):
        self.key_file = folder / "service-account.json"
        self.write_key_file(server.url)
        super().__init__(server)

    def write_key_file(self, url):
        told = {
            "type": "service_account",
            "client_email": google.ACCOUNT,
            "private_key": pem(rsa_key("ours")),
            "private_key_id": "1",
            "token_uri": f"{url}/token",
        }
        self.key_file.write_text(json.dumps(told))

    def _settings(self):
        return {
            "google_service_account_file": str(self.key_file),
            "google_calendar_endpoint": f"{self.server.url}/calendar/v3/",
            "google_workspace_domain": "school.example",
        }

    def error_body(self, status, reason="someReason"):
        return {"error": {"code": status, "errors": [{"reason": reason}], "message": "of a test"}}

    def events(self, account=VERA):
        return [
            Told(
                it["id"],
                it["extendedProperties"]["private"]["tienminutenKey"],
                google.moment_of(it["start"]),
                google.moment_of(it["end"]),
                it["summary"],
                it["location"],
                it["visibility"] == "private",
                it.get("conferenceData", {}).get("link"),
            )
            for it in self.server.mailboxes[account].events.values()
            if it["status"] != "cancelled"
        ]

    def delete_by_hand(self, remote_id):
        self.mailbox.events[remote_id]["status"] = "cancelled"

    def end_tokens(self):
        self.server.end_tokens()


FAULTS = {
    "503 before": lambda world: world.fails("POST", 503),
    "503 after": lambda world: world.fails("POST", 503, done=True),
    "429 before": lambda world: world.fails("POST", 429),
    "408 after": lambda world: world.fails("POST", 408, done=True),
    "redirect after": lambda world: world.fails("POST", 302, done=True, Location="/elsewhere"),
    "page before": lambda world: world.says("POST", PORTAL),
    "page after": lambda world: world.says("POST", PORTAL, done=True),
    "page with 403": lambda world: world.says("POST", PORTAL, 403),
    "list": lambda world: world.says("POST", []),
    "empty object": lambda world: world.says("POST", {}, done=True),
    "dropped before": lambda world: world.breaks("POST"),
    "dropped after": lambda world: world.breaks("POST", done=True),
    "dropped twice after": lambda world: world.breaks("POST", done=True, times=2),
    "hangs before": lambda world: world.hangs("POST"),
    "hangs after": lambda world: world.hangs("POST", done=True),
}


def persist(call: Callable, *, tries=6, **options):
    """Do what the worker does: try until it is done, and say that an earlier try may have arrived."""
    for number in range(tries):
        with suppress(Delayed):
            return call(again=number > 0, **options)
    raise AssertionError("never done")
