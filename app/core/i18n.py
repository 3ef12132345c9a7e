"""Choice of language; days and times as the school writes them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale

LANGUAGES = {"nl": "Nederlands", "en": "English"}
DEFAULT_LANGUAGE = "nl"

_TRANSLATIONS = str(Path(__file__).parent.parent / "translations")
# Of a text that stands in both, the second holds: "je" instead of "u", in Dutch.
_FOR_STUDENTS = Domain([_TRANSLATIONS, _TRANSLATIONS], "messages;student")


def zone() -> ZoneInfo:
    """Return the school's time zone, read once per request and only where a time is written."""
    if "zone" not in g:
        g.zone = current_app.config["LOAD_ZONE"]()
    zone: ZoneInfo = g.zone
    return zone


def _locale() -> str:
    forced = g.get("language")
    if forced in LANGUAGES:  # a mail is written in the language of its reader
        return str(forced)
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def language() -> str:
    """Return the language of this answer, "nl" or "en"."""
    locale = get_locale()
    return locale.language if locale else DEFAULT_LANGUAGE


def speak_to_student() -> None:
    """Say "je" from here on, in this request or this mail."""
    _FOR_STUDENTS.as_default()


def local_day(moment: datetime) -> date:
    """Return the date that the school's calendar shows at that moment."""
    return moment.astimezone(zone()).date()


def time_text(moment: datetime) -> str:
    """Write the time of day as the school's clock shows it: 18.40 in Dutch, 18:40 in English."""
    return _time_text(moment, zone(), _time_pattern())


def time_texts(moments: Iterable[datetime]) -> dict[datetime, str]:
    """Write many times of day, as ``time_text`` does."""
    school, pattern = zone(), _time_pattern()
    return {moment: _time_text(moment, school, pattern) for moment in moments}


def _time_pattern() -> str:
    return "%H:%M" if language() == "en" else "%H.%M"


@lru_cache(maxsize=4096)  # a table writes the same few dozen times again and again
def _time_text(moment: datetime, zone: ZoneInfo, pattern: str) -> str:
    return moment.astimezone(zone).strftime(pattern)


def day_text(moment: datetime | date) -> str:
    """Write a day in short: di 9 februari."""
    return format_date(_local_day(moment), "EEE d MMMM", locale=language())


def long_day_text(moment: datetime | date) -> str:
    """Write a day in full: dinsdag 9 februari."""
    return format_date(_local_day(moment), "EEEE d MMMM", locale=language())


def moment_text(moment: datetime) -> str:
    """Write a day and time: di 9 februari, 18.40 uur."""
    if language() == "en":
        return f"{day_text(moment)}, {time_text(moment)}"
    return f"{day_text(moment)}, {time_text(moment)} uur"


def _local_day(moment: datetime | date) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment


def init_app(app: Flask, babel: Babel, load_zone: Callable[[], ZoneInfo]) -> None:
    """Bind the languages and give the templates their filters."""
    app.config["LOAD_ZONE"] = load_zone
    babel.init_app(app, locale_selector=_locale)
    filters: dict[str, Callable[..., str]] = {
        "clock": time_text,
        "day": day_text,
        "long_day": long_day_text,
        "moment": moment_text,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
