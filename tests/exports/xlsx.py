"""Reading a workbook back with nothing but the standard library."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.etree import ElementTree as ET

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_CODED = re.compile("_x([0-9A-F]{4})_")  # how a workbook writes what XML cannot
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


class Sheet(NamedTuple):
    """The first sheet: its name, values by row, number of formulas, and how it is laid out."""

    name: str
    rows: list[list[str | float]]
    formulas: int
    frozen: str | None  # the first cell below what stays in view
    filtered: str | None
    widths: list[int]


def read(content: bytes) -> Sheet:
    """Return the first sheet of a workbook; dates are the numbers Excel keeps."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = [
            _CODED.sub(
                lambda code: chr(int(code[1], 16)),
                "".join(text.text or "" for text in item.iter(f"{{{_NS['m']}}}t")),
            )
            for item in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        name = ET.fromstring(book.read("xl/workbook.xml")).find(".//m:sheet", _NS).get("name")
    rows = [
        [
            strings[int(cell.findtext("m:v", "", _NS))]
            if cell.get("t") == "s"
            else float(cell.findtext("m:v", "nan", _NS))
            for cell in row
        ]
        for row in sheet.find("m:sheetData", _NS)
    ]
    pane = sheet.find(".//m:pane", _NS)
    frozen = pane.get("topLeftCell") if pane is not None else None
    return Sheet(
        name,
        rows,
        formulas=len(sheet.findall(".//m:f", _NS)),
        frozen=frozen,
        filtered=area.get("ref") if (area := sheet.find("m:autoFilter", _NS)) is not None else None,
        widths=[int(float(column.get("width"))) for column in sheet.iterfind("m:cols/m:col", _NS)],
    )


def moment(number: float) -> datetime:
    """Return the moment that Excel shows for a number."""
    return (_EPOCH + timedelta(minutes=round(number * 24 * 60))).replace(tzinfo=None)


def formats(content: bytes) -> list[list[tuple[str, bool]]]:
    """Return how each cell is shown, and whether it stays a text when somebody edits it."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        styles = ET.fromstring(book.read("xl/styles.xml"))
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    codes = {it.get("numFmtId"): it.get("formatCode") for it in styles.iterfind(".//m:numFmt", _NS)}
    shown = [
        (codes.get(it.get("numFmtId"), ""), it.get("quotePrefix") == "1")
        for it in styles.iterfind("m:cellXfs/m:xf", _NS)
    ]
    return [[shown[int(cell.get("s"))] for cell in row] for row in sheet.find("m:sheetData", _NS)]
