"""Where each teacher sits."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, StringField
from wtforms.form import BaseForm
from wtforms.validators import Length

from app.core.fields import TOO_LONG, clean
from app.round_setup.fields import UNCHECKED
from app.round_setup.queries import TeacherChoice
from app.rounds.spec import RoomSpec, sorted_rooms

NAME_LENGTH = 40
NO_ROOM = RoomSpec("", ())


class RoomsForm(BaseForm):
    """For each teacher the room, and whether that room holds one talk at a time."""

    def __init__(
        self, teachers: Sequence[TeacherChoice], rooms: Iterable[RoomSpec], sent: Any
    ) -> None:
        """Take what was sent, else the rooms as they are."""
        seats = {} if sent else {teacher: room for room in rooms for teacher in room.teacher_ids}
        fields: dict[str, Any] = {}
        for teacher in teachers:
            seat = seats.get(teacher.id, NO_ROOM)
            fields[f"room-{teacher.id}"] = StringField(
                teacher.name,
                filters=[clean],
                validators=[Length(max=NAME_LENGTH, message=TOO_LONG)],
                default=seat.name,
                render_kw=UNCHECKED | {"list": "room-names", "autocomplete": "off"},
            )
            fields[f"alone-{teacher.id}"] = BooleanField(default=seat.exclusive)
        super().__init__(fields)
        self.process(sent)
        self.rows = [(it, self[f"room-{it.id}"], self[f"alone-{it.id}"]) for it in teachers]

    @property
    def filled(self) -> int:
        """How many teachers have a room."""
        return sum(bool(room.data) for _teacher, room, _alone in self.rows)

    def specs(self) -> tuple[RoomSpec, ...]:
        """Return the rooms; one tick among its teachers is enough for a room."""
        rooms: dict[str, dict[int, bool]] = {}
        for teacher, room, alone in self.rows:
            if room.data:
                rooms.setdefault(room.data, {})[teacher.id] = alone.data
        return sorted_rooms(
            RoomSpec(name, tuple(seats), any(seats.values())) for name, seats in rooms.items()
        )
