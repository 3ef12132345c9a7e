#!/usr/bin/env bash
# The name of a calendar keeps its commas and semicolons bare, and its backslashes when read.
#
# RFC 7986 says that NAME is a TEXT, as SUMMARY is; RFC 5545 (3.3.11) wants a backslash before a
# comma, a semicolon and a backslash in such a value. icalendar escapes a plain string for SUMMARY,
# DESCRIPTION and PRODID. For NAME and X-WR-CALNAME it does not: neither with add(), nor with the
# property calendar_name, which exists for this name. Reading is the same the other way round: the
# name of a feed of somebody else comes with its backslashes. An explicit vText is written well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install icalendar==7.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from icalendar import Calendar, Event, __version__, vText

NAME = "Gesprekken; 2a, 2b"
written = Calendar()
written.add("prodid", NAME)
written.calendar_name = NAME
event = Event()
event.add("summary", NAME)
written.add_component(event)
lines = dict(line.split(":", 1) for line in written.to_ical().decode().splitlines())

feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:a\r\nNAME:Gesprekken\\; 2a\\, 2b\r\nEND:VCALENDAR\r\n"
read = str(Calendar.from_ical(feed)["name"])

explicit = Calendar()
explicit.add("name", vText(NAME))

print("icalendar", __version__)
seen = {
    "SUMMARY, a plain string": lines["SUMMARY"],
    "NAME, by calendar_name": lines["NAME"],
    "X-WR-CALNAME, by calendar_name": lines["X-WR-CALNAME"],
    "NAME, a vText": explicit.to_ical().decode().split("NAME:")[1].splitlines()[0],
    "NAME, read from a feed": read,
}
for what, text in seen.items():
    print(f"{what}: {text}")
escaped = r"Gesprekken\; 2a\, 2b"
assert list(seen.values()) == [escaped, NAME, NAME, escaped, escaped], "this has changed"
PYTHON
# Seen with Python 3.11:
#   icalendar 7.3.2
#   SUMMARY, a plain string: Gesprekken\; 2a\, 2b
#   NAME, by calendar_name: Gesprekken; 2a, 2b
#   X-WR-CALNAME, by calendar_name: Gesprekken; 2a, 2b
#   NAME, a vText: Gesprekken\; 2a\, 2b
#   NAME, read from a feed: Gesprekken\; 2a\, 2b
