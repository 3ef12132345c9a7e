"""Where each teacher sits: a row of the form per teacher."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.core.fields import clean
from app.round_setup.fields import FieldFault
from app.round_setup.queries import TeacherChoice
from app.rounds.spec import RoomSpec, sorted_rooms

NAME_LENGTH = 40


@dataclass
class RoomRow:
    """A teacher, the room, and whether that room holds one talk at a time."""

    teacher: TeacherChoice
    room: str = ""
    alone: bool = False
    error: str = ""

    @property
    def id(self) -> str:
        """The name and id of the input for the room."""
        return f"room-{self.teacher.id}"

    @property
    def alone_id(self) -> str:
        """The name and id of the tick."""
        return f"alone-{self.teacher.id}"


@dataclass
class RoomRows:
    """The rows of all teachers, by name."""

    rows: Sequence[RoomRow] = field(default_factory=list)

    @classmethod
    def of(cls, teachers: Iterable[TeacherChoice], rooms: Iterable[RoomSpec]) -> "RoomRows":
        """Return the rows as a round has them."""
        seats = {teacher: room for room in rooms for teacher in room.teacher_ids}
        return cls(
            [
                RoomRow(teacher, seats[teacher.id].name, seats[teacher.id].exclusive)
                if teacher.id in seats
                else RoomRow(teacher)
                for teacher in teachers
            ]
        )

    @classmethod
    def sent(cls, teachers: Iterable[TeacherChoice], sent: Mapping[str, str]) -> "RoomRows":
        """Return the rows as somebody filled them in."""
        rows = [RoomRow(teacher) for teacher in teachers]
        for row in rows:
            row.room = clean(sent.get(row.id))
            row.alone = row.alone_id in sent
        return cls(rows)

    @property
    def filled(self) -> int:
        """How many teachers have a room."""
        return sum(bool(row.room) for row in self.rows)

    @property
    def faults(self) -> list[FieldFault]:
        """What is wrong, by teacher."""
        return [FieldFault(row.id, row.teacher.name, row.error) for row in self.rows if row.error]

    def check(self) -> None:
        """Note what is wrong beside each row."""
        for row in self.rows:
            if len(row.room) > NAME_LENGTH:
                row.error = _("Use at most %(max)d characters.", max=NAME_LENGTH)

    def specs(self) -> tuple[RoomSpec, ...]:
        """Return the rooms; one tick among its teachers is enough for a room."""
        rooms: dict[str, list[RoomRow]] = {}
        for row in self.rows:
            if row.room:
                rooms.setdefault(row.room, []).append(row)
        return sorted_rooms(
            RoomSpec(name, tuple(row.teacher.id for row in rows), any(row.alone for row in rows))
            for name, rows in rooms.items()
        )
