"""Text without what no reader sees: names of one line, and texts of several."""

import re

# Nobody types these: a sign that PostgreSQL cannot store, and those that turn round what follows.
_UNSEEN = re.compile("[\0\u202a-\u202e\u2066-\u2069]")
# These end a line of a mail or a calendar, or cannot be stored either.
_BREAKS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROLS_WITHIN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]+")


def one_line(text: str) -> str:
    """Return a name with a space for line breaks and control characters, as in a header of a mail."""
    if text.isprintable():  # nearly all are, and this is quick
        return text
    return _CONTROLS.sub(" ", _UNSEEN.sub("", text))


def is_one_line(text: str) -> bool:
    """Whether a name has no line breaks and no control characters."""
    return not _CONTROLS.search(text)


def lines(text: str) -> str:
    """Return a text of several lines in the same way, with line breaks of one sign and its tabs.

    Forms send two signs (HTML, "normalize newlines"); the browser's ``maxlength`` counts one.
    """
    if text.isprintable():
        return text
    return _CONTROLS_WITHIN.sub(" ", _BREAKS.sub("\n", _UNSEEN.sub("", text)))
