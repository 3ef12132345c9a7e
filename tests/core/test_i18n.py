"""Days and times in words. A language is an entry of a table, not code."""

import re
from datetime import UTC, date, datetime

import pytest

from app.core import i18n

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

MOMENT = datetime(2027, 2, 9, 17, 40, tzinfo=UTC)  # 18.40 in Amsterdam
LATE = datetime(2027, 2, 9, 23, 30, tzinfo=UTC)  # the day after, there


@pytest.fixture(autouse=True)
def french(monkeypatch):
    its = i18n.Language(
        name="Français",
        time="H'h'mm",
        day="EEE d MMM",
        long_day="EEEE d MMMM",
        moment="EEEE d MMMM 'à' H'h'mm",
    )
    monkeypatch.setitem(i18n.LANGUAGES, "fr", its)


@pytest.mark.parametrize(
    ("language", "time", "day", "long_day", "moment"),
    [
        ("nl", "18.40", "di 9 februari", "dinsdag 9 februari", "di 9 februari, 18.40 uur"),
        ("en", "18:40", "Tue 9 February", "Tuesday 9 February", "Tue 9 February, 18:40"),
        ("fr", "18h40", "mar. 9 févr.", "mardi 9 février", "mardi 9 février à 18h40"),
    ],
)
def test_each_language_writes_days_and_times_in_its_own_way(
    app, language, time, day, long_day, moment
):
    with app.test_request_context(headers={"Accept-Language": language}):
        assert i18n.time_text(MOMENT) == time
        assert i18n.time_texts([MOMENT]) == {MOMENT: time}
        assert i18n.day_text(MOMENT) == i18n.day_text(date(2027, 2, 9)) == day
        assert i18n.long_day_text(MOMENT) == long_day
        assert i18n.moment_text(MOMENT) == moment


def test_a_moment_late_in_the_evening_is_on_the_day_of_the_school(app):
    with app.test_request_context(headers={"Accept-Language": "nl"}):
        assert i18n.day_text(LATE) == "wo 10 februari"
        assert i18n.moment_text(LATE) == "wo 10 februari, 00.30 uur"


def test_whoever_reads_can_choose_each_other_language(own_app):
    page = own_app.test_client().get("/sign-in", headers={"Accept-Language": "fr"}).text
    chosen = re.findall(r'<span lang="(\w+)" aria-current="true">([^<]*)</span>', page)
    others = re.findall(r'name="language"\s+value="(\w+)"[^>]*>([^<]*)</button>', page)

    assert '<html lang="fr"' in page
    assert chosen == [("fr", "Français")]
    assert others == [("nl", "Nederlands"), ("en", "English")]
