"""Choose the language, and format days and times as the school writes them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, Domain, get_domain, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from wtforms.i18n import messages_path


@dataclass(frozen=True)
class Language:
    """A language's own name, and its Babel patterns for days and times.

    ``has_formal_you``: parents are addressed formally ("u"), and each school decides about students.
    """

    name: str
    time: str
    day: str
    long_day: str
    moment: str
    has_formal_you: bool = True


LANGUAGES = {
    "nl": Language(
        name="Nederlands",
        time="HH.mm",
        day="EEE d MMMM",
        long_day="EEEE d MMMM",
        moment="EEE d MMMM, HH.mm 'uur'",
    ),
    "en": Language(
        name="English",
        time="HH:mm",
        day="EEE d MMMM",
        long_day="EEEE d MMMM",
        moment="EEE d MMMM, HH:mm",
        has_formal_you=False,
    ),
}
DEFAULT_LANGUAGE = "nl"

_TRANSLATIONS = str(Path(__file__).parent.parent / "translations")
# Texts in "student" override "messages": "je" instead of "u" in Dutch, and in English no child
# or name where the reader is that child.
_FOR_STUDENTS = Domain([_TRANSLATIONS, _TRANSLATIONS], "messages;student")


def zone() -> ZoneInfo:
    """Return the school's time zone; read at most once per request, when a time is written."""
    if "zone" not in g:
        g.zone = current_app.config["LOAD_ZONE"]()
    zone: ZoneInfo = g.zone
    return zone


def _locale() -> Locale:
    forced = g.get("language")
    if forced in LANGUAGES:  # mails use the language of their recipient
        return _locale_of(forced)
    if not has_request_context():
        return _locale_of(DEFAULT_LANGUAGE)
    if session.get("language") in LANGUAGES:
        return _locale_of(session["language"])
    return _locale_of(_accepted(request.headers.get("Accept-Language", ""), tuple(LANGUAGES)))


_locale_of = lru_cache(Locale.parse)


@lru_cache  # browsers send few different headers
def _accepted(header: str, ours: Sequence[str]) -> str:
    return parse_accept_header(header, LanguageAccept).best_match(ours) or DEFAULT_LANGUAGE


def known_language(code: str) -> str:
    """Return the language to use for mails to somebody: the default if it is unknown."""
    return code if code in LANGUAGES else DEFAULT_LANGUAGE


def language() -> str:
    """Return the language of this response: a key of ``LANGUAGES``."""
    locale = get_locale()
    return locale.language if locale else DEFAULT_LANGUAGE


def speak_to_student() -> None:
    """Use the texts for students from here on, in this request or mail."""
    _FOR_STUDENTS.as_default()


def local_day(moment: datetime) -> date:
    """Return the local date in the school's time zone at this time."""
    return moment.astimezone(zone()).date()


def time_text(moment: datetime) -> str:
    """Format a local time of day: 18.40 in Dutch, 18:40 in English."""
    code = language()
    return _moment_text(moment, zone(), LANGUAGES[code].time, code)


def time_texts(moments: Iterable[datetime]) -> dict[datetime, str]:
    """Format many times of day like ``time_text``."""
    school, code = zone(), language()
    pattern = LANGUAGES[code].time
    return {moment: _moment_text(moment, school, pattern, code) for moment in moments}


def day_text(moment: datetime | date) -> str:
    """Format a day in short: di 9 februari."""
    code = language()
    return _day_text(_local_day(moment), LANGUAGES[code].day, code)


def long_day_text(moment: datetime | date) -> str:
    """Format a day in full: dinsdag 9 februari."""
    code = language()
    return _day_text(_local_day(moment), LANGUAGES[code].long_day, code)


def moment_text(moment: datetime) -> str:
    """Format a day and time: di 9 februari, 18.40 uur."""
    code = language()
    return _moment_text(moment, zone(), LANGUAGES[code].moment, code)


@lru_cache(maxsize=4096)  # a table formats the same few dozen times again and again
def _moment_text(moment: datetime, zone: ZoneInfo, pattern: str, language: str) -> str:
    return format_datetime(moment, pattern, tzinfo=zone, locale=language)


@lru_cache
def _day_text(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=language)


def _local_day(moment: datetime | date) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment


def texts() -> NullTranslations:
    """Return the texts for this response's language and reader.

    A page looks up a hundred, and Flask-Babel would search for the file for each.
    """
    domain = get_domain()
    known: dict[tuple[Domain, str], NullTranslations] = current_app.extensions["texts"]
    key = (domain, language())
    if key not in known:
        known[key] = domain.get_translations()
    return known[key]


@lru_cache
def _form_texts(language: str) -> NullTranslations:
    return Translations.load(messages_path(), [language], domain="wtforms")


def _remember_form_texts() -> None:
    """Give Flask-WTF its texts, which it would otherwise read from a file for every form."""
    if request.method == "POST":
        request.wtforms_translations = _form_texts(language())  # type: ignore[attr-defined]


def init_app(app: Flask, babel: Babel, load_zone: Callable[[], ZoneInfo]) -> None:
    """Set up the languages and add the template filters."""
    app.config["LOAD_ZONE"] = load_zone
    babel.init_app(app, locale_selector=_locale)
    app.extensions["texts"] = {}
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja2.ext.i18n
        gettext=lambda text: texts().ugettext(text),
        ngettext=lambda one, many, number: texts().ungettext(one, many, number),
        pgettext=lambda context, text: texts().upgettext(context, text),
        npgettext=lambda context, one, many, number: texts().unpgettext(context, one, many, number),
        newstyle=True,
    )
    app.before_request(_remember_form_texts)
    filters: dict[str, Callable[..., str]] = {
        "clock": time_text,
        "day": day_text,
        "long_day": long_day_text,
        "moment": moment_text,
    }
    app.jinja_env.filters.update(filters)
    names = {code: its.name for code, its in LANGUAGES.items()}
    app.jinja_env.globals.update(language=language, languages=names)
