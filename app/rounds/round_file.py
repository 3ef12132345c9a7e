"""Read a round from a TOML file; docs/rounds-toml.md describes the format.

All faults are reported at once, each with its key, its value and what to do.
"""

import json
import tomllib
from collections.abc import Set
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Annotated, Any, get_args

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    Strict,
    StrictBool,
    StrictInt,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from app.core.text import one_line
from app.rounds.grid import EveningSpec
from app.rounds.models import Modality, Mode, OpenTo, Participants, RoundState
from app.rounds.names import Names
from app.rounds.spec import RoomSpec, RoundSpec, faults

EVERY_CLASS = "all"

_PARTS = _l("Write at least one part under a heading in double square brackets.")
_CLOCK = _l('Write a time between quotes: "18:30".')
SENTENCES = {
    "evenings": _PARTS,
    "rooms": _PARTS,
    "first_start": _CLOCK,
    "end": _CLOCK,
    "modalities": _l('Write a list: ["site", "teams"].'),
    "breaks": _l('Write start and end of a break: ["20:00", "20:15"].'),
    "string_type": _l("Write a text between quotes."),
    "int_type": _l("Write a whole number without quotes."),
    "bool_type": _l("Write true or false."),
    "date_type": _l("Write a date without quotes: 2027-02-09."),
    "datetime_type": _l("Write a date and a time without quotes: 2027-01-18T19:00:00."),
    "tuple_type": _l('Write a list: ["h2a", "h2b"].'),
}
"""What to write: by the key, else by what pydantic calls the fault."""


class BadFile(Exception):
    """A file that cannot be read; its ``args`` are lines, one about each thing to change."""


def _with_zone(value: datetime, info: ValidationInfo[Names]) -> datetime:
    """Without an offset it is the school's local time."""
    return value if value.tzinfo else value.replace(tzinfo=info.context.zone)


def _class_ids(name: str, info: ValidationInfo[Names]) -> Set[int]:
    if name == EVERY_CLASS:
        return set().union(*info.context.classes.values())
    found = info.context.classes.get(name)
    if not found:
        raise ValueError(_("There is no such class. Write its name, or its key."))
    if len(found) > 1:
        raise ValueError(_("Two branches have a class of this name. Write its key instead."))
    return found


def _teacher_id(code: str, info: ValidationInfo[Names]) -> int:
    found = info.context.teachers.get(code)
    if not found:
        raise ValueError(_("There is no teacher with this code."))
    if len(found) > 1:
        raise ValueError(_("Two teachers have this code. Write the key of one instead."))
    return next(iter(found))


# TOML can write a time itself; whether a text is a time, the grid says.
Clock = Annotated[str, BeforeValidator(lambda v: f"{v:%H:%M}" if isinstance(v, time) else v)]
Moment = Annotated[datetime, Strict(), AfterValidator(_with_zone)]
Line = Annotated[str, AfterValidator(one_line)]
ClassName = Annotated[str, AfterValidator(_class_ids)]
TeacherCode = Annotated[str, AfterValidator(_teacher_id)]


class EveningPart(BaseModel, extra="forbid"):
    """A part [[evenings]] of the file."""

    day: Annotated[date, Strict()]
    first_start: Clock
    end: Clock
    talk_minutes: StrictInt = 10
    gap_minutes: StrictInt = 0
    breaks: tuple[tuple[Clock, Clock], ...] = ()


class RoomPart(BaseModel, extra="forbid"):
    """A part [[rooms]] of the file."""

    name: Line
    teacher_ids: tuple[TeacherCode, ...] = Field((), alias="teachers")
    exclusive: StrictBool = False


class RoundFile(BaseModel, extra="forbid"):
    """The whole file. Fields are named as in RoundSpec, and keys in the file the same but for aliases."""

    name: Line
    home_class_ids: tuple[ClassName, ...] = Field(alias="classes")
    evenings: tuple[EveningPart, ...]
    opens_at: Moment
    closes_at: Moment
    reference_week: str
    cancel_until: Moment | None = None
    explanation: str = ""
    participants: Participants = Participants.GUARDIANS
    open_to: OpenTo = OpenTo.GUARDIANS
    state: RoundState = RoundState.DRAFT
    timetable_visible: StrictBool = True
    max_per_child: StrictInt = 3
    walking_minutes: StrictInt = 0
    teachers_may_block: StrictBool = False
    teachers_block_until: Moment | None = None
    modalities: tuple[Modality, ...] = (Modality.SITE,)
    mode: Mode = Mode.TIMES
    teacher_remarks: StrictBool = True
    office_remarks: StrictBool = False
    long_talks: StrictBool = False
    apart_requests: StrictBool = True
    rooms: tuple[RoomPart, ...] = ()
    check_at: Moment | None = None
    publish_at: Moment | None = None
    archive_at: Moment | None = None


def read_round(content: bytes, names: Names) -> RoundSpec:
    """Return the round that a file describes. Raises BadFile with all faults."""
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
        file = RoundFile.model_validate(values, context=names)
    except UnicodeDecodeError as error:
        raise BadFile(_("This file is not UTF-8. Save it as UTF-8.")) from error
    except tomllib.TOMLDecodeError as error:
        raise BadFile(
            _("This is not TOML: %(fault)s. Texts stand between quotes.", fault=error)
        ) from error
    except ValidationError as error:
        raise BadFile(*map(_fault, error.errors())) from error
    given = dict(file)
    given["home_class_ids"] = tuple(sorted(set().union(*file.home_class_ids)))
    given["evenings"] = tuple(EveningSpec(**dict(evening)) for evening in file.evenings)
    given["rooms"] = tuple(RoomSpec(**dict(room)) for room in file.rooms)
    given["cancel_until"] = file.cancel_until or file.closes_at
    spec = RoundSpec(**given)
    found = [(fault.field, fault.message) for fault in faults(spec, names.zone)]
    if found:
        raise BadFile(*(_line(key, value_at(values, key), message) for key, message in found))
    return spec


def value_at(values: Any, path: str) -> object:
    """Return what stands at a path such as "evenings.1.end", None where nothing does."""
    for part in path.split("."):
        values = values[int(part) - 1] if part.isdigit() else values.get(part)
    return values


def _fault(error: ErrorDetails) -> str:
    """Say in words what pydantic found."""
    path, value = error["loc"], error["input"]
    while isinstance(path[-1], int):  # of a list the key is named, and the value that is wrong
        path = path[:-1]
    key = str(path[-1])
    parts: dict[object, type[BaseModel]] = {"evenings": EveningPart, "rooms": RoomPart}
    match error:
        case {"type": "missing", "loc": (*_rest, str())}:
            value, message = None, _("This key is missing. Add it.")
        case {"type": "extra_forbidden"}:
            value = None if isinstance(value, dict | list) else value
            message = _unknown(key, parts.get(path[0], RoundFile))
        case {"type": "enum"}:
            kind: Any = RoundFile.model_fields[key].annotation
            (of,) = {*get_args(kind)} - {...} or {kind}  # a list has values of one kind
            known = ", ".join(f'"{choice}"' for choice in of)
            message = _("Choose one of %(known)s.", known=known)
        case {"type": "value_error", "ctx": {"error": said}}:
            message = str(said)
        case {"type": kind, "msg": said}:
            message = SENTENCES.get(key) or SENTENCES.get(kind, said)
    numbered = (str(part + 1) if isinstance(part, int) else part for part in path)
    return _line(".".join(numbered), value, message)


def _unknown(key: str, part: type[BaseModel]) -> str:
    """Of a key that is not there: probably a typing error."""
    known = [field.alias or name for name, field in part.model_fields.items()]
    if near := get_close_matches(key, known, 1):
        return _('There is no such key. Did you mean "%(key)s"?', key=near[0])
    return _("There is no such key here. Known are: %(keys)s.", keys=", ".join(known))


def _line(key: str, value: object, message: str) -> str:
    """Return a fault as a line; without a value the message alone says it."""
    return f"{key}: {message}" if value is None else f"{key} = {_written(value)}: {message}"


def _written(value: object) -> str:
    """Write a value as it stands in the file."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, date | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str)
