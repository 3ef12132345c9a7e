from datetime import datetime, timedelta

import pytest

from app.calendars import waits
from app.calendars.answers import seconds_to_wait
from app.calendars.errors import Delayed, Refusal
from app.calendars.event import Part, key_of, parts_between
from app.calendars.providers import ProviderName, has_provider, provider_of
from app.calendars.words import MENDERS, REFUSALS, Mender, sentence_of
from app.config import Settings
from app.outbox.errors import Unprepared
from tests.calendars.worlds import EVENING, VERA, event
from tests.sites import SECRET
from tests.small_school import NOW

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

SETTINGS = Settings(secret_key=SECRET)


def test_every_event_has_a_key_of_its_own_and_every_try_the_same():
    keys = {key_of(talk, teacher, count) for talk in "ab" for teacher in (1, 2) for count in (1, 2)}

    assert len(keys) == 8
    assert key_of("a", 1, 1) in keys


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        event(starts_at=datetime(2026, 11, 17, 19, 30))


def test_only_what_differs_has_changed():
    later = event(starts_at=EVENING + timedelta(minutes=5))

    assert parts_between(event(), event(text="Anders")) == set()
    assert parts_between(event(), later) == {Part.TIMES}
    assert parts_between(event(), event(place="Aula", subject="x")) == {Part.PLACE, Part.SUBJECT}


def test_waits_double_up_to_the_longest_and_differ_by_chance():
    def seconds(attempt, chance, fault=None):
        return waits.before_retry(attempt, fault, SETTINGS, lambda: chance).total_seconds()

    assert [seconds(n, 1) for n in (1, 2, 3, 9, 99)] == [5, 10, 20, 900, 900]
    assert seconds(3, 0) == 10
    assert seconds(1, 1, Delayed("x", retry_after=60)) == 60
    assert seconds(5, 1, Delayed("x", retry_after=60)) == 80


def test_a_link_is_looked_for_less_and_less():
    seconds = [waits.before_look(n, SETTINGS).total_seconds() for n in range(7)]

    assert seconds == [2, 5, 15, 60, 300, 300, 300]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("Sun, 15 Nov 2026 12:00:30 GMT", None),
        ("99999", 3600),
        *((text, None) for text in ("", None, "0", "-5", "soon", "nan")),
    ],
)
def test_what_a_provider_asks_to_wait_is_a_number_or_a_date(header, seconds):
    assert seconds_to_wait(header, now=NOW) == seconds


def test_a_date_to_wait_for():
    moment = f"{NOW + timedelta(seconds=30):%a, %d %b %Y %H:%M:%S} GMT"

    assert seconds_to_wait(moment, now=NOW.replace(microsecond=0)) == 30


def test_every_refusal_has_words_and_somebody_who_can_mend_it(app):
    assert REFUSALS.keys() == set(Refusal)
    assert MENDERS.keys() == set(Mender)
    with app.app_context():
        sentences = {sentence_of(refusal) for refusal in Refusal}
    assert len(sentences) == len(Refusal)


def test_a_provider_that_is_not_set_waits_for_the_operator():
    for name in ProviderName:
        assert not has_provider(name, SETTINGS)
        assert provider_of(name, SETTINGS) is provider_of(name, SETTINGS)
        with pytest.raises(Unprepared):
            provider_of(name, SETTINGS).create(VERA, event())
