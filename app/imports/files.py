"""Find the files of the set in a folder, and read them into memory, but not more than that can hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from os import scandir
from pathlib import Path

from flask_babel import gettext as _

from app.imports.faults import Code, ImportFault, Notice
from app.imports.tables import OBLIGATORY, ONE_OF, TABLES

MOST_ENTRIES = 2000
"""A folder with more is not the folder of an export."""

MOST_FOLDERS = 20
"""In so many folders within it files are looked for."""

MOST_BYTES = 50_000_000
"""Some ten times the largest file of a school of thousands."""

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
PACKED = (".zip", ".7z", ".rar", ".gz")
TEXTS = (".csv", ".txt", ".tsv", ".tab", "")

ALIKE = 0.75
"""A file whose name is as like one of the set as "leerling" is like "leerlingen" may be that one."""

NAMES = tuple(table.file for table in TABLES)


@dataclass(frozen=True)
class Folder:
    """The files of the set by their own names, what else is there, and what is wrong with it.

    ``deeper`` tells of files of the set in which folder within this one they stand.
    """

    paths: Mapping[str, Path] = field(default_factory=dict)
    others: Sequence[str] = ()
    deeper: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[ImportFault] = ()
    is_searched: bool = True

    def absent(self) -> list[ImportFault | Notice]:
        """Return what is not there: a fault for what must be, a notice for what may be absent."""
        if not self.is_searched:
            return []
        known = {*self.paths, *(fault.file for fault in self.faults)}
        one_of = [f"{name}.csv" for name in ONE_OF]
        wanted = {f"{name}.csv" for name in OBLIGATORY}
        if known.isdisjoint(one_of):
            wanted.add(one_of[0])
        return [self._absent(file, file in wanted) for file in NAMES if file not in known]

    def _absent(self, file: str, is_wanted: bool) -> ImportFault | Notice:  # noqa: FBT001
        text: str
        hint = self._hint(file)
        if is_wanted:
            text = hint or _("Export it and put it here.")
            text = f"{_('The file is not there.')} {text}"
            return ImportFault(file, 0, "", "", Code.MISSING_FILE, text)
        text = _("The file is not there: what is stored stays.")
        return Notice(file, 0, "", "", f"{text} {hint}".strip())

    def _hint(self, file: str) -> str:
        """Return what another file has to do with one that is not there, or ""."""
        others = [other for other in self.others if _meant(other) == file]
        text: str = ""
        if found := _first(others, TEXTS):
            text = _('Is it "%(name)s"? Then name it "%(file)s".', name=found, file=file)
        elif found := _first(others, WORKBOOKS):
            text = _(
                'There is a workbook "%(name)s". Save it as "CSV UTF-8" with the name "%(file)s".',
                name=found,
                file=file,
            )
        elif found := self.deeper.get(file, ""):
            text = _('It stands in the folder "%(name)s". Import that folder.', name=found)
        elif found := _first(others, PACKED) or _first(self.others, PACKED):
            text = _('Is it in "%(name)s"? Then unpack that here.', name=found)
        return text


def look_into(folder: Path) -> Folder:
    """Find the files of the set in a folder; capitals in their names do not matter."""
    text: str = ""
    names: list[str] = []
    try:
        with scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, MOST_ENTRIES + 1))
    except OSError as error:
        text = _("The folder cannot be read (%(reason)s).", reason=error.strerror)
    if len(names) > MOST_ENTRIES:
        text = _(
            "There are more than %(num)d files in this folder. Put those of the export into a "
            "folder of their own.",
            num=MOST_ENTRIES,
        )
    if text:
        fault = ImportFault(str(folder), 0, "", "", Code.WRONG_FORMAT, text)
        return Folder(faults=[fault], is_searched=False)
    return _sorted_out(folder, names)


def _sorted_out(folder: Path, names: Sequence[str]) -> Folder:
    found: dict[str, list[str]] = {}
    for name in names:
        if name.casefold() in NAMES:
            found.setdefault(name.casefold(), []).append(name)
    others = [name for name in names if name.casefold() not in NAMES and name.isprintable()]
    return Folder(
        {file: folder / same[0] for file, same in found.items() if len(same) == 1},
        [name for name in others if not (folder / name).is_dir()],
        _deeper([folder / name for name in others if (folder / name).is_dir()]),
        [_twice(file, same) for file, same in found.items() if len(same) > 1],
    )


def read_bytes(file: str, path: Path) -> bytes | ImportFault:
    """Return what is in a file; or the fault that it is none, cannot be read, or is too large."""
    text: str
    try:
        if path.is_dir():
            text = _("This is a folder. Put the file itself here.")
        elif not path.is_file():
            text = _("This is no file that can be read. Export it again.")
        else:
            with path.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
            if len(data) <= MOST_BYTES:
                return data
            text = _(
                "The file is larger than %(num)d MB. Is it the right one?",
                num=MOST_BYTES // 1_000_000,
            )
    except OSError as error:
        text = _("The file cannot be read (%(reason)s).", reason=error.strerror)
    return ImportFault(file, 0, "", "", Code.WRONG_FORMAT, text)


def _deeper(folders: Sequence[Path]) -> dict[str, str]:
    return {
        file: folder.name
        for folder in folders[:MOST_FOLDERS]
        for file in NAMES
        if (folder / file).is_file()
    }


def _twice(file: str, names: Sequence[str]) -> ImportFault:
    text = _(
        "The file is here several times: %(names)s. Leave the right one.", names=", ".join(names)
    )
    return ImportFault(file, 0, "", "", Code.WRONG_FORMAT, text)


def _first(names: Sequence[str], endings: Sequence[str]) -> str:
    """Return the first name with the first of these endings that there is."""
    return next((name for end in endings for name in names if _ending(name) == end), "")


def _ending(name: str) -> str:
    return Path(name.casefold()).suffix


def _meant(name: str) -> str:
    """Return the file of the set that a name is most like, or ""."""
    letters = _letters(name)
    ratios = {file: _likeness(letters, _letters(file)) for file in NAMES}
    best = max(NAMES, key=ratios.__getitem__)
    return best if ratios[best] >= ALIKE else ""


def _letters(name: str) -> str:
    """Return the letters of a name without its endings: "leerlingen (1).csv.txt" is leerlingen."""
    stem = name.casefold()
    while Path(stem).suffix in {*TEXTS, *WORKBOOKS, *PACKED} - {""}:
        stem = stem.removesuffix(Path(stem).suffix)
    return re.sub(r"[\W\d_]", "", stem)


def _likeness(letters: str, wanted: str) -> float:
    if wanted in letters:
        return 0.8 + 0.2 * len(wanted) / len(letters)
    return SequenceMatcher(None, letters, wanted).ratio()
