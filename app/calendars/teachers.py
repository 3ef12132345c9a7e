"""Which calendar each teacher has."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import or_, select

from app.calendars.models import CONNECTED, CalendarKind, Mailbox, TeacherCalendar
from app.core.statements import dialect, insert_of
from app.extensions import db
from app.school.models import Person, Teacher
from app.school.reading import NAME, PersonName
from app.settings.models import School


class OwnCalendar(NamedTuple):
    """A teacher's calendar: its kind, and the account at the provider."""

    kind: str
    account: str

    @property
    def mailbox(self) -> tuple[str, str]:
        """Kind and account, in small letters, of its Mailbox."""
        return (self.kind, self.account.casefold())

    @property
    def is_connected(self) -> bool:
        """Whether the site writes into it by itself."""
        return self.kind in CONNECTED and bool(self.account)


def usual_calendar() -> str:
    """Return the kind of calendar that teachers of this school have, "none" if it is not set."""
    return db.session.scalar(select(School.calendar)) or CalendarKind.NONE


def own_choices() -> Mapping[int, OwnCalendar]:
    """Return what is set for single teachers, by teacher; "" is as usual."""
    rows = db.session.execute(
        select(TeacherCalendar.teacher_id, TeacherCalendar.kind, TeacherCalendar.account).where(
            or_(TeacherCalendar.kind != "", TeacherCalendar.account != "")
        )
    )
    return {teacher_id: OwnCalendar(kind, account) for teacher_id, kind, account in rows}


def calendars_of(teacher_ids: Collection[int]) -> Mapping[int, OwnCalendar]:
    """Return the calendar of each of these teachers: the own choice, or the school's."""
    usual = usual_calendar()
    rows = db.session.execute(
        select(Teacher.id, TeacherCalendar.kind, TeacherCalendar.account, Person.email)
        .join(Person, Person.id == Teacher.person_id)
        .outerjoin(TeacherCalendar, TeacherCalendar.teacher_id == Teacher.id)
        .where(Teacher.id.in_(teacher_ids))
    )
    return {id_: OwnCalendar(kind or usual, account or email) for id_, kind, account, email in rows}


def teachers_by_name() -> Sequence[tuple[int, PersonName]]:
    """Return the teachers who are here, with their names."""
    rows = db.session.execute(
        select(Teacher.id, NAME)
        .join(Person, Person.id == Teacher.person_id)
        .where(Teacher.ended_on.is_(None))
        .order_by(Person.sort_key, Teacher.id)
    )
    return [(teacher_id, name) for teacher_id, name in rows]


def mailbox_of(calendar: OwnCalendar) -> int:
    """Return the id of a mailbox, adding its row if there is none. Within a transaction."""
    kind, account = calendar.mailbox
    of_account = {"kind": kind, "account": account}
    db.session.execute(insert_of(Mailbox, dialect()).values(of_account).on_conflict_do_nothing())
    ids = select(Mailbox.id).filter_by(**of_account)
    return db.session.scalars(ids).one()
