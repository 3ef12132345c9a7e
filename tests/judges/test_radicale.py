"""Radicale keeps each talk as we write it, and takes its end under the same name."""

import re
from base64 import b64encode
from dataclasses import replace
from http.client import HTTPConnection
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from icalendar import Calendar
from radicale import Application, config

from app.core.ical import file_of
from tests.judges.objects import AMSTERDAM, LINK, entries

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]

AUTHORIZATION = {"Authorization": "Basic " + b64encode(b"vera:x").decode()}
MAKE = """<?xml version="1.0"?><create xmlns="DAV:"><set><prop><resourcetype><collection/>
<C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/></resourcetype></prop></set></create>"""
ON_A_DAY = """<?xml version="1.0"?><C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav">
<prop xmlns="DAV:"><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR">
<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/>
</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Radicale on a port of its own; return the port."""
    folder = str(tmp_path_factory.mktemp("radicale"))
    configuration = config.load()
    configuration.update(
        {"storage": {"filesystem_folder": folder}, "auth": {"type": "none"}}, "the test"
    )
    with make_server("127.0.0.1", 0, Application(configuration), handler_class=_Quiet) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running.server_port
        running.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_message):
        pass


@pytest.fixture
def ask(server):
    def ask_(method, path, body=b"", **headers):
        connection = HTTPConnection("127.0.0.1", server, timeout=20)
        connection.request(method, path, body, AUTHORIZATION | headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 400, f"{method} {path}: {answer.status} {text!r}"
        return text

    return ask_


@pytest.fixture
def calendar(ask, request):
    path = f"/vera/{abs(hash(request.node.name))}/"
    ask("MKCOL", path, MAKE.encode())
    return path


def put(ask, calendar, entry):
    path = f"{calendar}{entry.uid.partition('@')[0]}.ics"
    ask("PUT", path, file_of([entry], AMSTERDAM), **{"Content-Type": "text/calendar"})
    (event,) = Calendar.from_ical(ask("GET", path)).walk("VEVENT")
    return event


def test_each_entry_comes_back_as_it_was_written(ask, calendar):
    for entry in entries():
        written, *_none = Calendar.from_ical(file_of([entry], AMSTERDAM)).walk("VEVENT")
        kept = put(ask, calendar, entry)
        for key in ("uid", "sequence", "summary", "location", "status", "transp", "class"):
            assert kept.get(key) == written.get(key), key
        for key in ("dtstart", "dtend", "dtstamp"):
            assert kept[key].dt == written[key].dt, key
        assert kept.get("url") == (LINK if entry.link else None)
        assert entry.link in kept.get("description", "")


def test_it_finds_each_talk_at_its_hour(ask, calendar):
    for entry in entries():
        put(ask, calendar, entry)
    for entry in entries()[:-1]:
        times = {
            "start": entry.starts_at.strftime("%Y%m%dT%H%M%SZ"),
            "end": entry.ends_at.strftime("%Y%m%dT%H%M%SZ"),
        }
        found = ask("REPORT", calendar, ON_A_DAY.format(**times).encode(), Depth="1").decode()
        assert re.findall(r"/([\w-]+)\.ics<", found) == [entry.uid.partition("@")[0]]


def test_a_talk_ends_under_its_own_name(ask, calendar):
    talk = entries()[0]
    put(ask, calendar, talk)
    kept = put(ask, calendar, replace(talk, sequence=1, is_cancelled=True))
    assert (kept["status"], kept["sequence"]) == ("CANCELLED", 1)
    assert ask("GET", calendar).count(b"BEGIN:VEVENT") == 1
