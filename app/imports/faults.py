"""The faults of an import file, worded so that the reader can correct them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _


class Code(StrEnum):
    """The kind of fault."""

    MISSING_FILE = "MISSING_FILE"
    EMPTY_FILE = "EMPTY_FILE"
    WRONG_FORMAT = "WRONG_FORMAT"
    ENCODING = "ENCODING"
    UNCLOSED_QUOTE = "UNCLOSED_QUOTE"
    MISSING_COLUMN = "MISSING_COLUMN"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    CASE_KEY = "CASE_KEY"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    BAD_VALUE = "BAD_VALUE"
    MOJIBAKE = "MOJIBAKE"
    MASS_REMOVAL = "MASS_REMOVAL"
    MASS_FAULTS = "MASS_FAULTS"


@dataclass(frozen=True)
class ImportFault:
    """A fault and its place; lines count from 1, and the header is line 1 of a plain file.

    ``stops`` means that nothing may be applied; otherwise only this row is left out. ``other`` is
    the file in which a referenced row is missing. ``kind`` is the same for faults of one cause
    whose texts differ; ``also`` are more lines that have this fault.
    """

    file: str
    line: int
    column: str
    value: str
    code: Code
    text: str
    stops: bool = True
    other: str = ""
    kind: str = ""
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A remark about the input; it does not prevent anything. ``kind`` and ``also``: as of a fault."""

    file: str
    line: int
    column: str
    value: str
    text: str
    kind: str = ""
    also: tuple[int, ...] = ()


def empty_file(file: str) -> ImportFault:
    """Return the fault for a file without rows."""
    text = _("The file has no rows. Export it again.")
    return ImportFault(file, 1, "", "", Code.EMPTY_FILE, text)


def bad_bytes(file: str, line: int, byte: int, encoding: str, advice: str) -> ImportFault:
    """Return the fault for a file that cannot be decoded; ``advice`` says what to do with it."""
    sign = f"0x{byte:02X}"
    text: str
    if encoding == "utf-8":
        text = _("Byte %(byte)s is not UTF-8.", byte=sign)
    else:
        text = _("Byte %(byte)s is not Windows-1252.", byte=sign)
    return ImportFault(file, line, "", sign, Code.ENCODING, f"{text} {advice}")


def header_lower(file: str, top: int, header: int) -> ImportFault:
    """Return the fault for other lines above the header."""
    text = _("Line %(num)d looks like the header. Remove the lines above it.", num=header)
    return ImportFault(file, top, "", "", Code.WRONG_FORMAT, text)


def no_header(file: str, line: int, needed: Sequence[str]) -> ImportFault:
    """Return the fault for a file whose first line names no columns."""
    text = _(
        "This is not a header. The first line must name the columns, among them: %(columns)s.",
        columns=", ".join(needed),
    )
    return ImportFault(file, line, "", "", Code.MISSING_COLUMN, text)


def quoted_lines(file: str, line: int) -> ImportFault:
    """Return the fault for lines that are one field each."""
    text = _(
        "Each line as a whole stands in quotation marks. Export again; do not open it elsewhere."
    )
    return ImportFault(file, line, "", "", Code.WRONG_FORMAT, text)


def unclosed_quote(file: str, line: int) -> ImportFault:
    """Return the fault for a quotation mark that opens a field and is never closed."""
    text = _("A quotation mark opens on this line and is not closed. Close it or remove it.")
    return ImportFault(file, line, "", "", Code.UNCLOSED_QUOTE, text)


def wrong_width(file: str, line: int, fields: int, columns: int) -> ImportFault:
    """Return the fault for a row that does not match the header's columns."""
    text = _(
        "This row has %(fields)d fields, the header has %(columns)d. Put the row right.",
        fields=fields,
        columns=columns,
    )
    return ImportFault(file, line, "", "", Code.BAD_VALUE, text, kind="width")


def missing_column(file: str, line: int, column: str, resembling: str) -> ImportFault:
    """Return the fault for a missing column, with a column that may be the same one."""
    if resembling:
        text = _(
            'The column "%(column)s" is missing. Is it "%(other)s"? Then rename that column.',
            column=column,
            other=resembling,
        )
    else:
        text = _('The column "%(column)s" is missing. Add it to the export.', column=column)
    return ImportFault(file, line, column, resembling, Code.MISSING_COLUMN, text)


def absent_column(file: str, line: int, column: str, resembling: str) -> Notice:
    """Return the notice for a column that is absent and may be, with one that may be the same."""
    text: str
    if resembling:
        text = _(
            'The column "%(column)s" is not in the file: what is stored stays. Is it "%(other)s"? '
            "Then rename that column.",
            column=column,
            other=resembling,
        )
    else:
        text = _('The column "%(column)s" is not in the file: what is stored stays.', column=column)
    return Notice(file, line, column, resembling, text)


def duplicate_column(file: str, line: int, column: str) -> ImportFault:
    """Return the fault for two columns with the same name."""
    text = _("The header has this column twice. Remove or rename one of them.")
    return ImportFault(file, line, column, "", Code.BAD_VALUE, text)


def duplicate(file: str, line: int, column: str, value: str, first: int) -> ImportFault:
    """Return the fault for two rows with the same key."""
    text = _(
        '"%(value)s" stands on line %(first)d already. One row of the two is wrong; put it right.',
        value=value,
        first=first,
    )
    return ImportFault(file, line, column, value, Code.DUPLICATE_KEY, text, kind="duplicate")


def other_capitals(
    file: str, line: int, column: str, value: str, other: str, first: int
) -> ImportFault:
    """Return the fault for a row whose key another row has with other capitals."""
    text = _(
        'On line %(first)d stands "%(other)s": probably the same one, not two. This row is left '
        "out; remove it, or give it a key of its own.",
        first=first,
        other=other,
    )
    return ImportFault(file, line, column, value, Code.CASE_KEY, text, stops=False, kind="case")


def unknown(
    file: str, line: int, column: str, value: str, other: str, *, whole_row: bool
) -> ImportFault:
    """Return the fault for a row whose reference does not exist."""
    if whole_row:
        text = _(
            '"%(value)s" is not in %(other)s. This row is left out; put it right, or add what '
            "is missing.",
            value=value,
            other=other,
        )
    else:
        text = _(
            '"%(value)s" is not in %(other)s. The rest of this row is imported without it; put '
            "it right, or add what is missing.",
            value=value,
            other=other,
        )
    return ImportFault(
        file, line, column, value, Code.UNKNOWN_REFERENCE, text, stops=False, other=other
    )


def bad_value(
    file: str, line: int, column: str, value: str, text: str, *, stops: bool = False
) -> ImportFault:
    """Return the fault for an invalid value."""
    return ImportFault(file, line, column, value, Code.BAD_VALUE, text, stops=stops)


def mojibake(file: str, line: int, column: str, value: str, meant: str) -> ImportFault:
    """Return the fault for a name damaged by reading UTF-8 as Windows-1252."""
    text = _(
        'This was probably "%(meant)s": the file was once read in the wrong encoding. Export it '
        "again as UTF-8.",
        meant=meant,
    )
    return ImportFault(file, line, column, value, Code.MOJIBAKE, text, kind="mojibake")


def mass_removal(
    file: str, column: str, lost: int, present: int, names: Sequence[str], option: str
) -> ImportFault:
    """Return the fault for losses so large that the file is probably incomplete.

    Without a column, rows disappear. ``option`` says yes on the command line.
    """
    about = {"lost": lost, "present": present, "names": shortened(names), "option": option}
    if column:
        text = _(
            "%(lost)d of %(present)d rows would lose what they have here, or get another one: "
            "%(names)s. Nothing was changed. Is it right? Then say so on the page To check, or "
            "import with %(option)s.",
            **about,
        )
    else:
        text = _(
            "%(lost)d of %(present)d rows would disappear: %(names)s. Nothing was changed. Is it "
            "right? Then say so on the page To check, or import with %(option)s.",
            **about,
        )
    return ImportFault(file, 0, column, "", Code.MASS_REMOVAL, text)


def mass_faults(file: str, faulty: int, rows: int, option: str) -> ImportFault:
    """Return the fault for a first file with so many faulty rows that it was badly exported."""
    text = _(
        "%(faulty)d of %(rows)d rows are faulty, and nothing of this file is here yet. Nothing was "
        "imported. Put the file right. Is it as it should be? Then say so on the page To check, or "
        "import with %(option)s.",
        faulty=faulty,
        rows=rows,
        option=option,
    )
    return ImportFault(file, 0, "", "", Code.MASS_FAULTS, text)


def shortened(names: Sequence[str], most: int = 10) -> str:
    """Return the first names, and how many more there are."""
    text = ", ".join(names[:most])
    more = len(names) - most
    return _("%(names)s and %(num)d more", names=text, num=more) if more > 0 else text
