"""Calendar objects: what programs of others need, byte for byte."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.core.ical import IcalEntry, Invited, feed_of, file_of, message_of
from tests.compared import assert_golden

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a,b;c%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d"
BOOKED = datetime(2027, 1, 20, 18, 0, tzinfo=UTC)
WINTER = IcalEntry(
    uid="7d0f@gesprekken.school.example",
    starts_at=datetime(2027, 2, 9, 17, 30, tzinfo=UTC),
    ends_at=datetime(2027, 2, 9, 17, 40, tzinfo=UTC),
    summary="Gesprek over Zoë: mevr. De Vries",
    created_at=BOOKED,
    changed_at=BOOKED + timedelta(minutes=3),
    sequence=1,
    location="B01, Het Baken; locatie Zuid",
    description="Oudercontact 2. Nederlands, Wiskunde",
)
SUMMER = replace(
    WINTER,
    uid="7d10@gesprekken.school.example",
    starts_at=datetime(2027, 6, 8, 17, 30, tzinfo=UTC),
    ends_at=datetime(2027, 6, 8, 17, 40, tzinfo=UTC),
    link=LINK,
)
EVENING = IcalEntry(
    uid="evening-3@gesprekken.school.example",
    starts_at=date(2027, 2, 9),
    ends_at=date(2027, 2, 10),
    summary="Oudercontact 2",
    created_at=BOOKED,
    changed_at=BOOKED,
    is_busy=False,
)
CANCELLED = replace(WINTER, sequence=2, is_cancelled=True)
INVITED = Invited("oudercontact@school.example", "vera@school.example")


def events(content):
    return Calendar.from_ical(content).walk("VEVENT")


def test_a_file_is_as_it_is():
    assert_golden("file.ics", file_of([WINTER, SUMMER], AMSTERDAM))
    assert_golden("file-cancelled.ics", file_of([CANCELLED], AMSTERDAM))


def test_a_feed_is_as_it_is():
    entries = [WINTER, SUMMER, CANCELLED, EVENING]
    assert_golden("feed.ics", feed_of(entries, AMSTERDAM, name="Gesprekken; Het Baken, Zuid"))


def test_the_objects_of_mails_are_as_they_are():
    now = BOOKED + timedelta(minutes=4)
    request, method = message_of(SUMMER, AMSTERDAM, INVITED, now=now)
    assert method == "REQUEST"
    assert_golden("request.ics", request)
    cancel, method = message_of(CANCELLED, AMSTERDAM, INVITED, now=now)
    assert method == "CANCEL"
    assert_golden("cancel.ics", cancel)


@pytest.mark.parametrize("write", [file_of, lambda *of: feed_of(*of, name="x")])
def test_files_and_feeds_invite_nobody(write):
    content = write([WINTER, CANCELLED], AMSTERDAM)
    for word in (b"METHOD", b"ORGANIZER", b"ATTENDEE"):
        assert word not in content


def test_each_says_that_it_is_private_and_a_cancelled_one_takes_no_time():
    live, cancelled, evening = events(file_of([WINTER, CANCELLED, EVENING], AMSTERDAM))
    assert [e["class"] for e in (live, cancelled, evening)] == ["PRIVATE"] * 3
    assert [e["status"] for e in (live, cancelled)] == ["CONFIRMED", "CANCELLED"]
    assert [e["transp"] for e in (live, cancelled, evening)] == [
        *("OPAQUE", "TRANSPARENT", "TRANSPARENT")
    ]
    assert (live["uid"], live["sequence"]) == (cancelled["uid"], cancelled["sequence"] - 1)


def test_lines_are_folded_between_characters_and_end_as_the_standard_says():
    content = file_of([replace(SUMMER, summary="é" * 200)], AMSTERDAM)
    assert content.count(b"\n") == content.count(b"\r\n")
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()


def test_the_link_is_whole_wherever_programs_look():
    (event,) = events(file_of([SUMMER], AMSTERDAM))
    assert event["url"] == LINK
    assert event["conference"] == LINK
    assert event["description"].endswith(f"\n{LINK}")


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@given(summary=TEXTS, location=TEXTS, name=TEXTS)
def test_any_text_comes_back(summary, location, name):
    content = feed_of([replace(WINTER, summary=summary, location=location)], AMSTERDAM, name=name)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert event["summary"] == summary
    assert event.get("location", "") == location


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Brussels"])
@pytest.mark.parametrize(
    ("moment", "local"),
    [
        (datetime(2026, 10, 24, 17, 0, tzinfo=UTC), "20261024T190000"),
        (datetime(2026, 10, 25, 18, 0, tzinfo=UTC), "20261025T190000"),
        (datetime(2027, 3, 27, 18, 0, tzinfo=UTC), "20270327T190000"),
        (datetime(2027, 3, 28, 17, 0, tzinfo=UTC), "20270328T190000"),
    ],
)
def test_seven_in_the_evening_is_that_on_both_sides_of_the_change(zone, moment, local):
    entry = replace(WINTER, starts_at=moment, ends_at=moment + timedelta(minutes=10))
    content = file_of([entry], ZoneInfo(zone))
    assert f"DTSTART;TZID={zone}:{local}".encode() in content
    (event,) = events(content)
    assert event["dtstart"].dt == moment


def test_a_file_without_entries_still_holds_its_time_zone():
    content = file_of([], AMSTERDAM)
    assert content.count(b"BEGIN:STANDARD") == content.count(b"BEGIN:DAYLIGHT") == 1


def told(zone, moments):
    """Return the moments that a program finds that knows no zones but those in the file."""
    entries = [replace(WINTER, starts_at=at, ends_at=at + timedelta(minutes=10)) for at in moments]
    content = file_of(entries, zone)
    block = tzical(StringIO(content[: content.index(b"BEGIN:VEVENT")].decode())).get()
    for event in events(content):
        start = event["dtstart"].dt
        is_utc = event["dtstart"].to_ical().endswith(b"Z")
        yield start if is_utc else start.replace(tzinfo=block).astimezone(UTC)


HOURS = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(3 * 366 * 24)]


def changes(zone):
    """Return at which of the hours the clocks of a zone change."""
    offsets = [hour.astimezone(zone).utcoffset() for hour in HOURS]
    return [at for at in range(1, len(HOURS)) if offsets[at] != offsets[at - 1]]


IN_EUROPE = changes(AMSTERDAM)


@pytest.mark.parametrize(
    "key",
    [
        *("Europe/Lisbon", "Atlantic/Canary", "Atlantic/Azores", "America/Nuuk"),
        *("America/Paramaribo", "America/Curacao", "Europe/Chisinau", "Africa/Casablanca"),
    ],
)
def test_the_block_of_a_zone_tells_the_same_times_as_the_zone(key):
    """Each week of three years, and around each change of the clocks there and in Europe."""
    zone = ZoneInfo(key)
    near = {at + step for at in {*IN_EUROPE, *changes(zone)} for step in (-2, -1, 0, 1, 2)}
    moments = [HOURS[n] for n in sorted(near | set(range(18, len(HOURS), 7 * 24)))]
    # Of the hour that comes twice a file cannot say which one it is.
    assert [
        true
        for true, found in zip(moments, told(zone, moments), strict=True)
        if true != found and not true.astimezone(zone).fold
    ] == []


@pytest.mark.long
def test_the_block_of_every_zone_tells_the_same_times_as_the_zone():
    zones = map(ZoneInfo, sorted(available_timezones() - {"localtime", "Factory"}))
    different = {
        (*changes(zone), HOURS[0].astimezone(zone).utcoffset()): zone.key for zone in zones
    }
    for key in different.values():
        test_the_block_of_a_zone_tells_the_same_times_as_the_zone(key)


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("Europe/Amsterdam", ["TZNAME:CEST", "TZOFFSETTO:+0200", "TZNAME:CET"]),
        ("Atlantic/Canary", ["DTSTART:19960331T010000", "TZOFFSETTO:+0100", "TZNAME:WEST"]),
        ("America/Paramaribo", ["TZOFFSETFROM:-0300", "TZOFFSETTO:-0300"]),
    ],
)
def test_a_zone_that_outlook_can_read_is_named_with_its_times(key, lines):
    content = file_of([WINTER], ZoneInfo(key))
    assert f"DTSTART;TZID={key}:".encode() in content
    for line in lines:
        assert f"\r\n{line}\r\n".encode() in content


@pytest.mark.parametrize("key", ["America/New_York", "America/Nuuk", "Africa/Casablanca"])
def test_the_times_of_a_zone_with_other_rules_are_written_in_utc(key):
    content = file_of([WINTER], ZoneInfo(key))
    assert b"\r\nDTSTART:20270209T173000Z\r\n" in content
    assert key.encode() not in content
