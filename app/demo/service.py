"""Fill an empty site with an invented school, through the same services as a real one."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from random import Random

from flask_babel import gettext as _
from sqlalchemy import delete, exists, func, select

from app.accounts import credentials, staff
from app.accounts.queries import load_actor
from app.bookings import blocking
from app.bookings.blocking import Span
from app.bookings.models import Booking, Origin, Submission
from app.core.access import Actor, Role
from app.core.errors import DomainError, found
from app.core.transaction import transaction
from app.demo import asking, planning, talks
from app.demo.plan import Plan, plan_rounds
from app.demo.roles import ADMINISTRATOR_MAIL, PASSWORD, demo_roles
from app.demo.tables import SEED, DemoSchool, invent_school, write_tables
from app.extensions import db
from app.imports import service as imports
from app.imports.report import Verdict
from app.outbox.models import OutboxMessage
from app.round_setup import steps
from app.round_setup.recipients import offered_teachers
from app.rounds import service as rounds
from app.rounds.models import RoundState
from app.rounds.phases import Phase
from app.rounds.queries import list_rounds, load_evenings
from app.rounds.spec import RoomSpec, RoundSpec
from app.school.models import Department, Guardian, HomeClass, Person, Student, Teacher
from app.settings.models import School
from app.settings.queries import load_school
from app.settings.service import SchoolSpec, save_school
from app.teaching import service as evenings

UPPER_YEARS = 4
IN_HALL = 4  # teachers who share the hall
ADMINISTRATOR = "Ingrid van Dam"


class SiteState(Enum):
    """What a site holds."""

    EMPTY = "empty"
    DEMO = "demo"
    OTHER = "other"  # a real school, or an unfinished demo school


class NotEmpty(DomainError):
    """The site already has people; invented people must not be mixed with them."""


@dataclass(frozen=True)
class Seeded:
    """What was made."""

    students: int
    guardians: int
    teachers: int
    talks: int


def site_state() -> SiteState:
    """Return what the site holds; seeding a demo school writes its settings last."""
    school = db.session.get(School, 1)
    if school is not None and school.contact_mail == ADMINISTRATOR_MAIL:
        return SiteState.DEMO
    someone = db.session.scalar(select(exists().select_from(Person)))
    return SiteState.OTHER if school or someone else SiteState.EMPTY


def seed(students: int, *, now: datetime) -> Seeded:
    """Invent a school of ``students`` students with rounds around ``now``. Raises NotEmpty."""
    if site_state() is not SiteState.EMPTY:
        raise NotEmpty(_("This site is not empty. The demo school needs an empty one."))
    random = Random(SEED)  # noqa: S311  decides who books what, not secrets
    zone = load_school().zone
    school = invent_school(students, now.astimezone(zone).date())
    with tempfile.TemporaryDirectory(prefix="tienminuten-demo-") as folder:
        write_tables(school, Path(folder))
        _import(Path(folder), now)
    with transaction():
        _join_teaching_parent(school)
        plan = plan_rounds(
            now, zone, school.year, _classes(1), _classes(UPPER_YEARS), _rooms(school)
        )
        count = _hold(plan, _Stars.of(school), now, random)
        _ask_teachers(plan.coming, school.teaching.teachers[0].code, now)
    _make_staff(now)
    count += _plan_night(plan, now)
    with transaction():
        # Drop the promises of the invented past, whose mails count as sent.
        db.session.execute(delete(OutboxMessage))
        db.session.execute(delete(Submission))
    save_school(
        SchoolSpec(
            name="Het Baken",
            contact_name=ADMINISTRATOR,
            contact_mail=ADMINISTRATOR_MAIL,
            contact_phone="030 000 00 00",
        ),
        None,
        now=now,
    )
    return Seeded(
        students=len(school.tables["leerlingen"]) - 1,
        guardians=len(school.tables["ouders"]) - 1,
        teachers=len(school.tables["docenten"]) - 1,
        talks=count,
    )


def _import(folder: Path, now: datetime) -> None:
    report = imports.run(folder, now=now)
    if report.verdict is not Verdict.ACCEPTED:
        faults = "; ".join(f"{fault.file}:{fault.line} {fault.text}" for fault in report.faults)
        raise RuntimeError(f"the invented school does not import: {faults}")


def _join_teaching_parent(school: DemoSchool) -> None:
    """Make one person of a teacher and a guardian, as the office can."""
    guardian = db.session.scalars(
        select(Guardian).where(Guardian.source_id == school.stars.teaching.code)
    ).one()
    teacher = db.session.scalars(
        select(Teacher).where(Teacher.code == school.teaching.teachers[0].code)
    ).one()
    twofold = guardian.person_id
    guardian.person_id = teacher.person_id
    db.session.flush()
    db.session.execute(delete(Person).where(Person.id == twofold))


def _classes(from_year: int) -> Sequence[int]:
    return db.session.scalars(
        select(HomeClass.id)
        .join(Department, Department.id == HomeClass.department_id)
        .where(Department.year >= from_year)
        .order_by(HomeClass.id)
    ).all()


def _rooms(school: DemoSchool) -> list[RoomSpec]:
    """Give every teacher a room; the last ones share the hall."""
    ids = dict(db.session.execute(select(Teacher.code, Teacher.id)).all())
    own = [ids[teacher.code] for teacher in school.teaching.teachers]
    rooms = [
        RoomSpec(f"{'ABC'[number % 3]}{number // 3 + 1:02}", (teacher_id,), exclusive=True)
        for number, teacher_id in enumerate(own[:-IN_HALL])
    ]
    return [*rooms, RoomSpec("Aula", tuple(own[-IN_HALL:]))]


@dataclass(frozen=True)
class _Stars:
    """The demo people's ids; they keep talks to choose for visitors who sign in as them."""

    of_three: int
    guardians: frozenset[int]
    student: int

    @classmethod
    def of(cls, school: DemoSchool) -> "_Stars":
        stars = school.stars
        codes = [stars.of_three.code, stars.apart.code, stars.teaching.code]
        ids = dict(
            db.session.execute(
                select(Guardian.source_id, Guardian.id).where(Guardian.source_id.in_(codes))
            ).all()
        )
        student = db.session.scalars(
            select(Student.id).where(Student.number == stars.student.number)
        ).one()
        return cls(ids[stars.of_three.code], frozenset(ids.values()), student)


def _hold(plan: Plan, stars: _Stars, now: datetime, random: Random) -> int:
    """Create the rounds and let people book as they would have by now; return the talk count."""
    past = rounds.create_round(plan.past, None, now=plan.past.opens_at).round_id
    present = rounds.create_round(plan.present, None, now=plan.present.opens_at).round_id
    of_students = rounds.create_round(plan.students, None, now=plan.students.opens_at).round_id
    _block(present, plan.present.opens_at, random)
    families = talks.families(now)
    others = [family for family in families if family.actor.guardian_id not in stars.guardians]
    of_three = [
        replace(family, student_ids=family.student_ids[:1])
        for family in families
        if family.actor.guardian_id == stars.of_three
    ]
    students = [
        student
        for student in talks.students(plan.students.home_class_ids)
        if student.actor.student_id != stars.student
    ]
    before_end = plan.past.closes_at - timedelta(minutes=1)
    evening = plan.night - timedelta(hours=4)  # by then they had chosen and asked
    wishes = (
        (past, families, 0.5, plan.past.opens_at, before_end, 3),
        (present, of_three, 1, plan.present.opens_at, evening, 1),
        (present, others, 0.6, plan.present.opens_at, evening, 3),
        (of_students, students, 0.4, plan.students.opens_at, now, 2),
    )
    booked = sum(
        talks.fill(
            round_id, who, share=share, since=since, until=until, random=random, at_most=at_most
        )
        for round_id, who, share, since, until, at_most in wishes
    )
    to_ask = rounds.create_round(plan.asking, None, now=plan.asking.opens_at).round_id
    asking.fill(present, others, share=0.15, now=evening, random=random)
    asking.fill(to_ask, others, share=0.3, now=evening, random=random)
    return booked


def _plan_night(plan: Plan, now: datetime) -> int:
    """Let the night plan; return how many talks it made.

    It publishes where families choose times too. The plan of the other round waits for the office.
    """
    office = found(load_actor(staff.account_at(ADMINISTRATOR_MAIL, now=now)))
    asked = [it.id for it in list_rounds() if it.takes_requests and it.phase(now) is Phase.OPEN]
    planning.settle(office, asked, now=plan.present.opens_at)
    planning.plan_night(plan.night)
    made = select(func.count()).select_from(Booking).where(Booking.origin == Origin.PLAN)
    return db.session.scalar(made) or 0


def _block(round_id: int, at: datetime, random: Random) -> None:
    """Let one in six teachers leave early, and one in twelve miss the second evening."""
    first, second = load_evenings(round_id)
    for teacher_id, person_id in db.session.execute(
        select(Teacher.id, Teacher.person_id).order_by(Teacher.id)
    ).all():
        actor = Actor(None, person_id, "", frozenset({Role.TEACHER}), teacher_id=teacher_id)
        chance = random.random()
        if chance < 1 / 6:
            away = Span(teacher_id, first.id, first.slots[-6].starts_at, first.ends_at)
            blocking.block(actor, [away], talks="stay", now=at)
        elif chance < 1 / 4:
            away = Span(teacher_id, second.id, second.starts_at, second.ends_at)
            blocking.block(actor, [away], talks="stay", now=at)


def _ask_teachers(coming: RoundSpec, star: str, now: datetime) -> None:
    """Ask the teachers to check their times; one in three has, but not the ``star``."""
    asked = coming.check_at or now
    round_id = rounds.create_round(coming, None, now=asked - timedelta(days=1)).round_id
    steps.take(round_id, RoundState.CHECK, None, now=asked)
    actors = [
        Actor(
            None,
            person.id,
            person.full_name,
            frozenset({Role.TEACHER}),
            teacher_id=teacher_id,
        )
        for teacher_id, person in db.session.execute(
            select(Teacher.id, Person)
            .join(Person, Person.id == Teacher.person_id)
            .where(Teacher.code != star, Teacher.id.in_(offered_teachers(round_id)))
            .order_by(Teacher.id)
        )
    ][::3]
    for number, actor in enumerate(actors):
        evenings.confirm_times(actor, round_id, now=asked + timedelta(minutes=10) * number)


def _make_staff(now: datetime) -> None:
    for role in demo_roles():
        if role.key == "administrator":
            account_id = staff.create_office(
                Role.ADMINISTRATOR, role.address, ADMINISTRATOR, now=now
            )
        elif role.password:
            account_id = staff.account_at(role.address, now=now)
        else:
            continue
        credentials.set_password(account_id, PASSWORD, now=now)
