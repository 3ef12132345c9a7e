"""Recognise what is no delimited text, whatever its name says. Pure functions.

Such a file would otherwise be hundreds of faults, or advice about letters that leads nowhere.
"""

import re

from flask_babel import gettext as _

BEGINNING = 2000
"""So many bytes tell a text from what is none."""

BOM_16 = (b"\xff\xfe", b"\xfe\xff")
BOM_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
IN_WORKBOOK = (b"xl/", b"opendocument.spreadsheet", b"Index/Tables")
PACKED = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
WEB_PAGE = re.compile(rb"<(?:!doctype html|html|head|body|script|meta)\b", re.IGNORECASE)
MARKUP = re.compile(rb"<[?!a-z]", re.IGNORECASE)
JSON = re.compile(rb"[\[{]\s*[\"{\[]")
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def told_kind(data: bytes) -> str:
    """Return what a file is and what to do, or "" for what can be read as text."""
    return _program_file(data) or _other_text(data) or _unreadable(data)


def is_workbook(data: bytes) -> bool:
    """Whether this is a file of a spreadsheet."""
    if data.startswith(ZIP):
        # The list of what a zip holds stands at its end; the first name at its beginning.
        return any(sign in part for part in (data[:4096], data[-65536:]) for sign in IN_WORKBOOK)
    return data.startswith(OLD_WORKBOOK)


def _program_file(data: bytes) -> str:
    text: str = ""
    if is_workbook(data):
        text = _(
            'This is a workbook, not a CSV file. Save it in the spreadsheet as "CSV UTF-8". Look '
            "first whether the zeros in front of numbers are still there."
        )
    elif data.startswith((*ZIP, *PACKED)):
        text = _("This is a packed file, such as a zip. Unpack it, and put here what is in it.")
    elif data[:BEGINNING].lstrip().startswith(b"%PDF"):
        text = _("This is a PDF. Export the data again, and choose CSV.")
    return text


def _other_text(data: bytes) -> str:
    start = data[:BEGINNING].removeprefix(b"\xef\xbb\xbf").lstrip()
    text: str = ""
    if WEB_PAGE.match(start):
        text = _(
            "This is a web page. Perhaps you were signed out when you exported. Sign in there and "
            "export again, as CSV."
        )
    elif MARKUP.match(start):
        text = _("This is XML. Export the data again, and choose CSV.")
    elif JSON.match(start):
        text = _("This is JSON. Export the data again, and choose CSV.")
    return text


def _unreadable(data: bytes) -> str:
    start = data[:BEGINNING]
    if start.startswith(BOM_16) and not start.startswith(BOM_32):
        return ""
    text: str = ""
    if start.startswith(BOM_32) or _is_wide(start):
        text = _("This is UTF-16 or UTF-32 without a sign that says so. Export it as UTF-8.")
    elif _is_binary(start):
        text = _("This is no text, but a file of a program. Export the data again, and choose CSV.")
    return text


def _is_wide(start: bytes) -> bool:
    """Whether every second byte is nothing: UTF-16 of plain letters."""
    half = len(start) // 2
    return half > 1 and any(
        start[first::2].count(0) * 10 > half * 9 and start[1 - first :: 2].count(0) * 10 < half
        for first in (0, 1)
    )


def _is_binary(start: bytes) -> bool:
    """Whether this is no text. One sign that is no letter is told at its place in the file."""
    return len(NO_TEXT.findall(start)) * 20 > len(start)
