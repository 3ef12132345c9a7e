"""Calendar objects: what programs of others need, byte for byte."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
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
