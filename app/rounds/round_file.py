"""Read a round from a TOML file; docs/rounds-toml.md describes the format.

All faults are reported at once, each with its key, its value and what to do.
"""

from datetime import date

from flask_babel import gettext as _

from app.rounds.grid import EveningSpec
from app.rounds.models import Modality, OpenTo, Participants, RoundState
from app.rounds.names import Names
from app.rounds.spec import RoomSpec, RoundSpec
from app.rounds.toml_table import BadFile, BadValue, TomlTable, clock, of_kind, parse

EVERY_CLASS = "all"


def read_round(content: bytes, names: Names) -> RoundSpec:
    """Return the round that a file describes. Raises BadFile with all faults."""
    root = TomlTable(parse(content))
    opens_at = root.moment("opens_at", names.zone)
    closes_at = root.moment("closes_at", names.zone)
    spec = RoundSpec(
        name=root.value("name", str),
        home_class_ids=_classes(root, names),
        evenings=tuple(_evening(table) for table in root.tables("evenings")),
        opens_at=opens_at,
        closes_at=closes_at,
        reference_week=root.value("reference_week", str),
        cancel_until=root.moment("cancel_until", names.zone, closes_at),
        explanation=root.value("explanation", str, ""),
        participants=root.choice("participants", Participants.GUARDIANS),
        open_to=root.choice("open_to", OpenTo.GUARDIANS),
        state=root.choice("state", RoundState.DRAFT),
        timetable_visible=root.value("timetable_visible", bool, True),
        max_per_child=root.value("max_per_child", int, 3),
        walking_minutes=root.value("walking_minutes", int, 0),
        teachers_may_block=root.value("teachers_may_block", bool, False),
        teachers_block_until=root.moment("teachers_block_until", names.zone, None),
        modality=root.choice("modality", Modality.SITE),
        rooms=tuple(_room(table, names) for table in root.tables("rooms", ())),
        check_at=root.moment("check_at", names.zone, None),
        publish_at=root.moment("publish_at", names.zone, None),
        archive_at=root.moment("archive_at", names.zone, None),
    )
    root.close()
    if root.faults:
        raise BadFile(root.faults)
    return spec


def value_at(content: bytes, path: str) -> object:
    """Return the file's value at a path such as "evenings.1.end", or None if it has none."""
    value: object = parse(content)
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit():
            value = value[int(part) - 1]
        else:
            return None
    return value


def _classes(root: TomlTable, names: Names) -> tuple[int, ...]:
    def ids(name: object) -> frozenset[int]:
        if name == EVERY_CLASS:
            return frozenset().union(*names.classes.values())
        found = names.classes.get(of_kind(name, str), frozenset())
        if len(found) > 1:
            raise BadValue(_("Two branches have a class of this name. Write its key instead."))
        if not found:
            raise BadValue(_("There is no such class. Write its name, or its key."))
        return found

    return tuple(sorted({i for of_one in root.list_of("classes", ids) for i in of_one}))


def _evening(table: TomlTable) -> EveningSpec:
    evening = EveningSpec(
        day=table.value("day", date),
        first_start=table.clock("first_start"),
        end=table.clock("end"),
        talk_minutes=table.value("talk_minutes", int, 10),
        gap_minutes=table.value("gap_minutes", int, 0),
        breaks=table.list_of("breaks", _break, ()),
    )
    table.close()
    return evening


def _room(table: TomlTable, names: Names) -> RoomSpec:
    def teacher_id(code: object) -> int:
        found = names.teachers.get(of_kind(code, str), frozenset())
        if len(found) > 1:
            raise BadValue(_("Two teachers have this code. Write the key of one instead."))
        if not found:
            raise BadValue(_("There is no teacher with this code."))
        return next(iter(found))

    room = RoomSpec(
        name=table.value("name", str),
        teacher_ids=table.list_of("teachers", teacher_id, ()),
        exclusive=table.value("exclusive", bool, False),
    )
    table.close()
    return room


def _break(value: object) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return clock(value[0]), clock(value[1])
    raise BadValue(_('Write start and end of a break: ["20:00", "20:15"].'))
