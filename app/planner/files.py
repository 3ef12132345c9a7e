"""Problems and plans as files: JSON, compressed where the name ends in .gz.

A file is somebody else's work: whatever is wrong with it is an error that names the place.
"""

import gzip
import json
import os
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from app.planner import plan, problem
from app.planner.plan import NotPlaced, Placement, TalkPlan, Unplaced
from app.planner.problem import Cell, Day, Fixed, Party, Problem, Seat, Unplanned, Weights

MOST_SLOTS = 288  # of a day: one each five minutes


class BadPlanFile(Exception):
    """A file is not in the format. The text says what is wrong, and where."""


def read_problem(path: Path) -> Problem:
    """Return what a file of the format talk-plan-instance/1 says. Raises BadPlanFile, OSError."""
    return problem_of(_load(path))


def problem_of(content: Any) -> Problem:
    """Return the problem that JSON of the format talk-plan-instance/1 says. Raises BadPlanFile."""
    root = _Value(content, "")
    root["format"].one_of([problem.FORMAT])
    days = [
        Day(
            it["id"].text(),
            it["date"].text() if "date" in it else "",
            it["slots"].whole(1, MOST_SLOTS),
        )
        for it in root["days"]
    ]
    if not days:
        raise BadPlanFile("days: there is none")
    slots = {day.id: day.slots for day in days}
    settings = root["settings"]
    seats = [
        Seat(it["id"].text(), it["room"].text(), it["unavailable"].ranges(slots), it["site"].text())
        for it in root["teachers"]
    ]
    parties = [
        Party(
            it["id"].text(),
            {child.text() for child in it["children"]},
            it["forbidden"].ranges(slots),
        )
        for it in root["households"]
    ]
    known = _Known(slots, {it.id for it in seats}, {it.id for it in parties})
    read = Problem(
        name=root["name"].text(),
        slot_minutes=root["slot_minutes"].whole(1),
        walking_slots=settings["walking_slots"].whole(),
        days=days,
        seats=seats,
        parties=parties,
        fixed=[known.fixed(it) for it in root["bookings"]],
        wanted=[known.wanted(it) for it in root["requests"]],
        walking_slots_between_sites=settings["walking_slots_between_sites"].whole(),
        busy_slots_before_break=settings["busy_slots_before_break"].whole(1),
        weights=Weights(
            **{name: settings["weights"][name].whole() for name in Weights.__dataclass_fields__}
        ),
    )
    for name, things in (
        ("days", read.days),
        ("teachers", read.seats),
        ("households", read.parties),
        ("bookings", read.fixed),
        ("requests", read.wanted),
    ):
        _refuse_twice(name, [it.id for it in things])
    return read


def read_plan(path: Path) -> TalkPlan:
    """Return what a file of the format talk-plan-solution/1 says. Raises BadPlanFile, OSError.

    Whether it fits a problem is not looked at. Its cost is 0 where the file tells none.
    """
    root = _Value(_load(path), "")
    root["format"].one_of([plan.FORMAT])
    told = root["planner"] if "planner" in root else _Value({}, "planner")
    return TalkPlan(
        root["instance"].text(),
        [
            Placement(it["request"].text(), (it["day"].text(), it["slot"].whole()))
            for it in root["placements"]
        ],
        [
            Unplaced(
                it["request"].text(),
                NotPlaced(it["reason"].one_of(list(NotPlaced))) if "reason" in it else None,
            )
            for it in root["unplaced"]
        ],
        told["cost"].whole() if "cost" in told else 0,
        told["moves"].whole() if "moves" in told else 0,
    )


def write(path: Path, content: Problem | TalkPlan) -> None:
    """Write a problem or a plan: the same content gives the same bytes.

    The file is there whole or not at all, also when the process is killed. Raises OSError.
    """
    text = json.dumps(content.as_json(), indent=1).encode()
    data = gzip.compress(text, mtime=0) if path.suffix == ".gz" else text
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _load(path: Path) -> Any:
    data = path.read_bytes()
    try:
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        return json.loads(text)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadPlanFile("the file is not compressed with gzip, or not whole") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadPlanFile(f"the file is no JSON: {error}") from error


def _refuse_twice(name: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for number, id_ in enumerate(ids):
        if id_ in seen:
            raise BadPlanFile(f"{name}[{number}].id: {id_!r} is there twice")
        seen.add(id_)


class _Value:
    """A part of a file, with the way to it from the top: requests[3].teachers."""

    def __init__(self, content: Any, way: str) -> None:
        self.content = content
        self.way = way

    def fault(self, what: str) -> BadPlanFile:
        return BadPlanFile(f"{self.way or 'the file'}: {what}")

    def __contains__(self, key: str) -> bool:
        return isinstance(self.content, dict) and key in self.content

    def __getitem__(self, key: str) -> "_Value":
        if not isinstance(self.content, dict):
            raise self.fault("must be an object")
        if key not in self.content:
            raise self.fault(f"{key!r} is missing")
        return _Value(self.content[key], f"{self.way}.{key}" if self.way else key)

    def __iter__(self) -> Iterator["_Value"]:
        if not isinstance(self.content, list):
            raise self.fault("must be a list")
        for number, it in enumerate(self.content):
            yield _Value(it, f"{self.way}[{number}]")

    def text(self) -> str:
        if not isinstance(self.content, str) or not self.content:
            raise self.fault("must be a text that is not empty")
        return self.content

    def one_of(self, known: Collection[str]) -> str:
        if self.text() not in known:
            raise self.fault(f"{self.content!r} is not known here")
        return str(self.content)

    def whole(self, least: int = 0, most: int | None = None) -> int:
        value = self.content
        if type(value) is not int or value < least or (most is not None and value > most):
            limits = f"from {least}" + (f" to {most}" if most is not None else "")
            raise self.fault(f"must be a whole number {limits}")
        return value

    def ranges(self, slots: dict[str, int]) -> set[Cell]:
        """Return the cells of half open ranges; what lies after the end of a day does not count."""
        cells: set[Cell] = set()
        for it in self:
            day = it["day"].one_of(slots)
            stop = min(it["until_slot"].whole(), slots[day])
            cells.update((day, slot) for slot in range(it["from_slot"].whole(), stop))
        return cells


class _Known:
    """The days, teachers and households that talks may name."""

    def __init__(self, slots: dict[str, int], teachers: set[str], parties: set[str]) -> None:
        self._slots = slots
        self._teachers = teachers
        self._parties = parties

    def fixed(self, it: _Value) -> Fixed:
        cell = self._cell(it)
        talk = Fixed(*self._talk(it), cell)
        if cell[1] + talk.length > self._slots[cell[0]]:
            raise it.fault("does not end within its day")
        return talk

    def wanted(self, it: _Value) -> Unplanned:
        announced = it["announced"]
        return Unplanned(
            *self._talk(it),
            it["priority"].whole(1, 3),
            None if announced.content is None else self._cell(announced),
        )

    def _talk(self, it: _Value) -> tuple[str, str, str, tuple[str, ...], int]:
        teachers = tuple(teacher.one_of(self._teachers) for teacher in it["teachers"])
        if len(set(teachers)) != len(teachers) or len(teachers) not in {1, 2}:
            raise it["teachers"].fault("must be one teacher, or two different ones")
        return (
            it["id"].text(),
            it["household"].one_of(self._parties),
            it["child"].text(),
            teachers,
            it["length"].whole(1, 3),
        )

    def _cell(self, it: _Value) -> Cell:
        return it["day"].one_of(self._slots), it["slot"].whole()
