"""khal takes in a file, its change and its end, as somebody does who opens the attachments."""

import pytest

from app.core.ical import file_of
from tests.judges.objects import AMSTERDAM, DAYS, entries
from tests.judges.programs import run

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]

CONFIG = """
[calendars]
[[own]]
path = {home}/own
type = calendar

[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Amsterdam
default_timezone = Europe/Amsterdam

[default]
default_calendar = own
"""
LINE = "{start-date} {start-time} {end-time} {status}{title}|{location}"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "config/khal").mkdir(parents=True)
    (tmp_path / "config/khal/config").write_text(CONFIG.format(home=tmp_path))
    return tmp_path


@pytest.fixture
def take_in(home):
    def take_in_(content):
        (home / "talks.ics").write_bytes(content)
        run(home, "khal", "import", "--batch", home / "talks.ics")

    return take_in_


@pytest.fixture
def listed(home):
    def listed_():
        said = run(
            home,
            *("khal", "list", "--day-format", "", "--format", LINE, "2026-10-01", "300d"),
        )
        return [line for line in said.splitlines() if line.strip()]

    return listed_


def test_every_talk_is_at_seven_whatever_the_season(take_in, listed):
    take_in(file_of(entries(), AMSTERDAM))
    talks = [line for line in listed() if "Gesprek" in line]
    assert sorted(talks) == sorted(
        f"{day} 19:00 19:10 CONFIRMED Gesprek over Zoë: mevr. De Vries, dhr. Öztürk; wiskunde|B01, Het Baken"
        for day in DAYS
    )


def test_a_talk_is_one_entry_that_moves_and_is_cancelled(home, take_in, listed):
    talk = entries()[0]
    for sequence, hour in ((0, 18), (1, 17), (2, 17)):
        changes = {"sequence": sequence, "is_cancelled": sequence == 2}
        moved = talk.starts_at.replace(hour=hour), talk.ends_at.replace(hour=hour)
        again = entries(**changes, starts_at=moved[0], ends_at=moved[1])[:1]
        take_in(file_of(again, AMSTERDAM))
        (line,) = listed()
        assert line.startswith(f"2027-01-12 {hour + 1}:00")
        (file,) = (home / "own").glob("*.ics")
        assert f"SEQUENCE:{sequence}" in file.read_text()
    assert "STATUS:CANCELLED" in file.read_text()
