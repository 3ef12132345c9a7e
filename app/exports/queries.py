"""Queries for the print page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from app.core.errors import found
from app.core.i18n import local_day
from app.exports.sheets import EveningSheets, FamilySheet, RoomSheet, TeacherSheet, load_sheets
from app.rounds.info import EveningInfo, RoundInfo
from app.rounds.queries import load_evenings, load_round

Sheet = TypeVar("Sheet", RoomSheet, TeacherSheet, FamilySheet)


class PrintKind(StrEnum):
    """The kinds of prints of an evening."""

    DOORS = "doors"
    TABLES = "tables"
    FAMILIES = "families"
    EVENING = "evening"


@dataclass(frozen=True)
class PrintChoice:
    """One door, table or family that can be printed on its own."""

    key: str
    label: str


@dataclass(frozen=True)
class PrintsPage:
    """The print page; ``sheets`` is None if the round has no evening yet."""

    round: RoundInfo
    days: tuple[tuple[int, date], ...]  # evenings, by date
    kind: PrintKind
    sheets: EveningSheets | None
    choices: tuple[PrintChoice, ...]  # of this kind
    one: str  # key of the chosen one; "" for all


def load_prints(
    round_id: int, *, evening_id: int | None, kind: PrintKind, one: str, now: datetime
) -> PrintsPage:
    """Return a round's prints for the given evening, by default the next one, else the last.

    Raises NotFoundError for another round's evening. An unknown ``one`` means all.
    """
    round_ = load_round(round_id)
    evenings = load_evenings(round_id)
    days = tuple((evening.id, evening.day) for evening in evenings)
    if not evenings and evening_id is None:
        return PrintsPage(round_, days, kind, None, (), "")
    sheets = load_sheets(round_, _evening(evenings, evening_id, local_day(now)))
    choices = _choices(kind, sheets)
    one = one if any(choice.key == one for choice in choices) else ""
    return PrintsPage(round_, days, kind, _only(sheets, kind, one), choices, one)


def load_evening(round_id: int, evening_id: int) -> tuple[RoundInfo, EveningInfo]:
    """Return an evening of a round. Raises NotFoundError for another round's evening."""
    round_ = load_round(round_id)
    return round_, _evening(load_evenings(round_id), evening_id, date.max)


def _evening(evenings: Sequence[EveningInfo], wanted: int | None, today: date) -> EveningInfo:
    if wanted is not None:
        return found(next((evening for evening in evenings if evening.id == wanted), None))
    return next((evening for evening in evenings if evening.day >= today), evenings[-1])


def _choices(kind: PrintKind, sheets: EveningSheets) -> tuple[PrintChoice, ...]:
    if kind is PrintKind.DOORS:
        return tuple(PrintChoice(sheet.key, sheet.name or "-") for sheet in sheets.rooms)
    if kind is PrintKind.TABLES:
        return tuple(
            PrintChoice(sheet.key, f"{sheet.teacher.name} ({sheet.teacher.code})")
            for sheet in sheets.teachers
        )
    if kind is PrintKind.FAMILIES:
        return tuple(PrintChoice(sheet.key, _label(sheet)) for sheet in sheets.families)
    return ()


def _label(sheet: FamilySheet) -> str:
    """Name a family by its children; the guardians distinguish two households of one child."""
    children = ", ".join(sheet.students)
    return f"{children} ({', '.join(sheet.guardians)})" if sheet.guardians else children


def _only(sheets: EveningSheets, kind: PrintKind, one: str) -> EveningSheets:
    if not one:
        return sheets
    if kind is PrintKind.DOORS:
        return replace(sheets, rooms=_of_key(sheets.rooms, one), without_door=0)
    if kind is PrintKind.TABLES:
        return replace(sheets, teachers=_of_key(sheets.teachers, one))
    return replace(sheets, families=_of_key(sheets.families, one))


def _of_key(sheets: Iterable[Sheet], key: str) -> tuple[Sheet, ...]:
    return tuple(sheet for sheet in sheets if sheet.key == key)
