"""Where each teacher sits: a row per teacher, without fields of WTForms, which take 12 ms for 110."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.fields import TOO_LONG, clean
from app.round_setup.fields import FieldFault
from app.round_setup.queries import TeacherChoice
from app.rounds.spec import RoomSpec, sorted_rooms

NAME_LENGTH = 40


@dataclass
class RoomRow:
    """A teacher, the room, and whether that room holds one talk at a time."""

    teacher: TeacherChoice
    room: str
    alone: bool

    @property
    def id(self) -> str:
        """The name and id of the input for the room."""
        return f"room-{self.teacher.id}"

    @property
    def error(self) -> str:
        """What is wrong with the name of the room."""
        return str(TOO_LONG) % {"max": NAME_LENGTH} if len(self.room) > NAME_LENGTH else ""


class RoomsForm:
    """The rows of all teachers, by name."""

    def __init__(
        self,
        teachers: Sequence[TeacherChoice],
        rooms: Iterable[RoomSpec],
        sent: Mapping[str, str] | None,
        *,
        keeps: bool = False,
    ) -> None:
        """Take what was sent, else the rooms as they are.

        ``keeps``: teachers without a row, who left the school, keep their room for their talks.
        """
        seats = {teacher: room for room in rooms for teacher in room.teacher_ids}
        shown = {it.id for it in teachers}
        self._kept = [
            (teacher, room) for teacher, room in seats.items() if keeps and teacher not in shown
        ]
        if sent is None:
            present = [(it, seats.get(it.id, RoomSpec("", ()))) for it in teachers]
            self.rows = [RoomRow(it, room.name, room.exclusive) for it, room in present]
        else:
            self.rows = [
                RoomRow(it, clean(sent.get(f"room-{it.id}")), f"alone-{it.id}" in sent)
                for it in teachers
            ]

    @property
    def filled(self) -> int:
        """How many teachers have a room."""
        return sum(bool(row.room) for row in self.rows)

    @property
    def faults(self) -> list[FieldFault]:
        """What is wrong, by teacher."""
        return [FieldFault(row.id, row.teacher.name, row.error) for row in self.rows if row.error]

    def specs(self) -> tuple[RoomSpec, ...]:
        """Return the rooms; one tick among its teachers is enough for a room."""
        rooms: dict[str, dict[int, bool]] = {}
        for row in self.rows:
            if row.room:
                rooms.setdefault(row.room, {})[row.teacher.id] = row.alone
        for teacher_id, room in self._kept:
            rooms.setdefault(room.name, {teacher_id: room.exclusive}).setdefault(teacher_id, False)
        return sorted_rooms(
            RoomSpec(name, tuple(seats), any(seats.values())) for name, seats in rooms.items()
        )
