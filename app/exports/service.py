"""Export the talks of a round to files for use elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from app.audit import service as audit
from app.audit.actions import Action
from app.bookings.models import Origin
from app.core.access import Actor, Role
from app.core.i18n import zone
from app.core.transaction import transaction
from app.exports.silent import silent_students
from app.exports.spreadsheet import LONGEST_SHEET_NAME, Cell, to_csv, to_xlsx
from app.exports.talks import SheetTalk, talks_of_round
from app.rounds.places import WORDS
from app.rounds.queries import load_round


class FileKind(StrEnum):
    """The file formats of the export."""

    CSV = "csv"
    XLSX = "xlsx"


FILES: Mapping[str, str] = {FileKind.CSV: "CSV", FileKind.XLSX: "Excel (XLSX)"}
"""The file formats, as they are called in every language."""


@dataclass(frozen=True)
class TalksFile:
    """A file with the talks of a round."""

    round_name: str
    content: bytes


def export_talks(actor: Actor, round_id: int, kind: FileKind, *, now: datetime) -> TalksFile:
    """Return the talks of a round as a file, and log who took it. Raises NotFoundError."""
    with transaction():
        round_ = load_round(round_id)
        talks = talks_of_round(round_id)
        audit.record(
            actor,
            Action.EXPORT_TALKS,
            now=now,
            round_id=round_id,
            file=kind,
            talks=len(talks),
        )
    head = _head()
    rows = _rows(talks)
    if kind is FileKind.CSV:
        return TalksFile(round_.name, to_csv(head, rows))
    return TalksFile(round_.name, to_xlsx(_sheet_name(round_.name), head, rows))


def _sheet_name(name: str) -> str:
    """Return a sheet name that Excel accepts: short, without the characters it reserves."""
    allowed = "".join(" " if sign in "[]:*?/\\" else sign for sign in name)
    # Excel counts UTF-16 code units, two for an emoji.
    short = allowed.strip(" '").encode("utf-16-le")[: 2 * LONGEST_SHEET_NAME]
    return short.decode("utf-16-le", "ignore").strip(" '") or _("Talks")


def _head() -> list[str]:
    return [
        _("Date"),
        _("Start"),
        _("End"),
        _("Teacher code"),
        _("Teacher"),
        _("Student number"),
        _("Student"),
        _("Class"),
        _("Subject"),
        _("Room"),
        _("Where"),
        _("Reserved by"),
        _("Reserved at"),
    ]


def _rows(talks: Sequence[SheetTalk]) -> list[list[Cell]]:
    school = zone()
    # Translate once: there are thousands of talks.
    where = {modality: str(text) for modality, text in WORDS.items()}
    who = {
        Role.GUARDIAN: _("parent"),
        Role.STUDENT: _("student"),
        Origin.OFFICE: _("school"),
        Origin.PLAN: _("timetable"),
    }
    rows: list[list[Cell]] = []
    for talk in talks:
        start, end, booked = (
            moment.astimezone(school).replace(tzinfo=None)
            for moment in (talk.starts_at, talk.ends_at, talk.booked_at)
        )
        rows.append(
            [
                start.date(),
                start.time(),
                end.time(),
                ", ".join(teacher.code for teacher in talk.teachers),
                talk.teacher,
                talk.student_number,
                talk.student,
                talk.class_name,
                talk.subjects,
                talk.room,
                where[talk.modality],
                who[talk.booked_by],
                booked.replace(second=0, microsecond=0),
            ]
        )
    return rows


def export_silent(actor: Actor, round_id: int, *, now: datetime) -> TalksFile:
    """Return the students of whom nobody has said anything as CSV, and log who took it.

    Raises NotFoundError.
    """
    with transaction():
        round_ = load_round(round_id)
        rows = silent_students(round_id)
        audit.record(
            actor,
            Action.EXPORT_SILENT,
            now=now,
            round_id=round_id,
            file=FileKind.CSV,
            students=len(rows),
        )
    head = [_("Class"), _("Student number"), _("Student"), _("Parents")]
    lines: list[list[Cell]] = [
        [row.class_name, row.number, row.name, ", ".join(map(str, row.guardians))] for row in rows
    ]
    return TalksFile(round_.name, to_csv(head, lines))
