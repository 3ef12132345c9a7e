"""Text without what no reader sees: names of one line, and texts of several."""

import re

# Nobody types them. They end lines of mails, cannot be stored, or turn round what stands after them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROLS_WITHIN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]+")


def one_line(text: str) -> str:
    """Return a name with a space for line breaks and control characters, as in a header of a mail."""
    if text.isprintable():  # nearly all are, and this is quick
        return text
    return _CONTROLS.sub(" ", _DIRECTIONS.sub("", text))


def lines(text: str) -> str:
    """Return a text of several lines in the same way, with line breaks of one sign and its tabs.

    Forms send two signs (HTML, "normalize newlines"); the browser's ``maxlength`` counts one.
    """
    if text.isprintable():
        return text
    return _CONTROLS_WITHIN.sub(" ", _BREAKS.sub("\n", _DIRECTIONS.sub("", text)))
