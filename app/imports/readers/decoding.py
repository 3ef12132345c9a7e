"""From bytes to text. The encoding is never guessed, because a wrong guess damages names."""

import re

from flask_babel import gettext as _

from app.imports import faults
from app.imports.faults import Code, ImportFault, Notice
from app.imports.mojibake import LEADING, repaired
from app.imports.readers.kinds import BOM_16

BOM = b"\xef\xbb\xbf"
OF_SEVERAL_BYTES = re.compile(r"[^\x00-\x7f\ufffd]")


def decoded(file: str, data: bytes, encoding: str) -> tuple[str, list[Notice]] | ImportFault:
    """Return the text of a file with remarks on it, or the fault that it cannot be read.

    A byte order mark says more than ``encoding`` does.
    """
    if data.startswith(BOM_16):
        return _decoded_wide(file, data)
    encoding = "utf-8" if data.startswith(BOM) else encoding
    data = data.removeprefix(BOM)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        advice = _advice_utf8(data) if encoding == "utf-8" else _advice_cp1252(data)
        return faults.bad_bytes(file, line, data[error.start], encoding, advice)
    if encoding != "utf-8" and (line := _damaged_line(data, text)):
        told = _("This file is UTF-8. Import it as UTF-8.")
        return ImportFault(file, line, "", "", Code.ENCODING, told)
    return text, []


def _decoded_wide(file: str, data: bytes) -> tuple[str, list[Notice]] | ImportFault:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError:
        told = _("This begins as UTF-16, and is not that to its end. Export it as UTF-8.")
        return ImportFault(file, 1, "", "", Code.ENCODING, told)
    told = _("This is UTF-16 text. It is read; UTF-8 is better.")
    return text, [Notice(file, 1, "", "", told)]


def _advice_utf8(data: bytes) -> str:
    """Return what to do with a file that is not UTF-8 throughout."""
    text: str
    lenient = data.decode("utf-8", "replace")
    if len(OF_SEVERAL_BYTES.findall(lenient)) > lenient.count("\N{REPLACEMENT CHARACTER}"):
        text = _("The rest of the file is: put this line right, or export it again as UTF-8.")
    elif _fits(data, "cp1252"):
        text = _("Export the file as UTF-8, or import it as Windows-1252 if all of it is.")
    else:
        text = _("It is not Windows-1252 either. Export the file as UTF-8.")
    return text


def _advice_cp1252(data: bytes) -> str:
    text: str
    if _fits(data, "utf-8"):
        text = _("Import the file as UTF-8.")
    else:
        text = _("It is not UTF-8 either. Export the file as UTF-8.")
    return text


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _damaged_line(data: bytes, text: str) -> int:
    """Return the first line of UTF-8 that reading it as Windows-1252 damages, or 0."""
    if data.isascii() or not _fits(data, "utf-8"):
        return 0
    for number, line in enumerate(text.split("\n"), 1):
        if LEADING.search(line) and repaired(line) != line:
            return number
    return 0
