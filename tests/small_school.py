"""The small school: two unrelated families, one whose parents come apart, and staff.

Alice and Adam Jansen come together for Noor and Sem. Bob and Bea come apart for Tim. Carol is
unrelated to the others, with Kim. Mr Bakker teaches, and is Lot's father. Anna runs the office;
Sofie is the scheduler.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.core import clock
from app.core.access import Actor, Role
from app.extensions import db
from app.rounds.models import (
    Break,
    Evening,
    EveningRoom,
    Offer,
    OfferTeacher,
    Round,
    RoundClass,
    Slot,
)
from app.school import names
from app.school.models import (
    Department,
    Guardian,
    Guardianship,
    HomeClass,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Room,
    Student,
    Subject,
    Teacher,
)
from app.settings.models import School
from tests.sites import make_app, tested

_tokens = count()

NOW = datetime(2027, 1, 20, 18, 0, tzinfo=UTC)
"""A Wednesday evening at 19.00; booking has been open for a day."""

FIRST = datetime(2027, 2, 9, 17, 30, tzinfo=UTC)
"""The first talk of the evening: Tuesday 9 February, 18.30."""


@dataclass
class SmallSchool:
    """Ids and actors by first name, so that tests read as sentences."""

    people: dict[str, int] = field(default_factory=dict)
    students: dict[str, int] = field(default_factory=dict)
    teachers: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    round_id: int = 0
    evening_id: int = 0
    slots: list[int] = field(default_factory=list)  # 18.30, 18.40, … 20.20
    offers: dict[tuple[str, str], int] = field(default_factory=dict)  # (student, teacher)
    student_round_id: int = 0  # the same round a week later, open to students
    student_slots: list[int] = field(default_factory=list)
    student_offers: dict[tuple[str, str], int] = field(default_factory=dict)

    def choice(self, student: str, teacher: str, slot: int) -> tuple[int, int]:
        """Return the cell of a student's teacher at the slot with this index."""
        return self.slots[slot], self.offers[student, teacher]


@pytest.fixture(scope="session")
def school_app(databases) -> Iterator[Flask]:
    """The site with the small school; created once, because nearly every test starts from it."""
    with tested(make_app(databases.migrated())) as app:
        with app.app_context():
            app.extensions["small school"] = small_school(db.session)
            db.session.remove()
        yield app


@pytest.fixture
def school(school_app) -> SmallSchool:
    """The test's own copy of the small school."""
    return deepcopy(school_app.extensions["small school"])


def open_school(site) -> SmallSchool:
    """Fill a live site's database; booking opened a day ago by the real clock."""
    now, zone = clock.now(), ZoneInfo("Europe/Amsterdam")
    day = now.astimezone(zone).date() + timedelta(days=20)
    first = datetime.combine(day, time(18, 30), zone).astimezone(UTC)
    with site.app.app_context():
        return small_school(db.session, now=now, starts_at=first)


def small_school(session: Session, *, now=NOW, starts_at=FIRST) -> SmallSchool:
    """Fill the database and commit."""
    school = SmallSchool()
    build = _Builder(session, school, now)
    build.structure()
    for first, salutation, prefix, last in (
        ("Vera", "mevr.", "de", "Vries"),
        ("Bart", "dhr.", "", "Bakker"),
        ("Kader", "mevr.", "", "Kaya"),
    ):
        build.teacher(first, salutation, prefix, last)
    alice, adam = build.guardian("Alice", "Jansen"), build.guardian("Adam", "Jansen")
    bob, bea = build.guardian("Bob", "Smit"), build.guardian("Bea", "van den Berg")
    carol = build.guardian("Carol", "Öztürk")
    bart = build.guardian("Bart", "Bakker", person=school.people["Bart"])
    build.family([alice, adam], [("Noor", "Jansen"), ("Sem", "Jansen")])
    build.family([bob, bea], [("Tim", "Smit")], apart=True)
    build.family([carol], [("Kim", "Öztürk")])
    build.family([bart], [("Lot", "Bakker")])
    build.account("Anna", "Admin", administrator=True)
    build.account("Sofie", "Schema", scheduler=True)
    school.round_id, school.evening_id, school.slots, school.offers = build.round(
        "Oudercontact 2", starts_at
    )
    school.student_round_id, _evening, school.student_slots, school.student_offers = build.round(
        "Leerlingcontact", starts_at + timedelta(days=7), participants="student", open_to="students"
    )
    session.commit()
    return school


class _Builder:
    def __init__(self, session: Session, school: SmallSchool, now: datetime) -> None:
        self.session, self.school, self.now = session, school, now
        self.rooms = {}

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row

    def person(self, first, last, prefix="", salutation="", mail=None):
        mail = f"{names.fold(first)}@family.example" if mail is None else mail
        row = self.add(
            Person(
                given_name=first,
                prefix=prefix,
                family_name=last,
                salutation=salutation,
                sort_key=names.sort_key(first, prefix, last),
                search_key=names.search_key(first, prefix, last),
                email=mail,
                email_key=names.email_key(mail),
            )
        )
        self.school.people[first] = row.id
        return row

    def structure(self):
        self.add(School(name="Het Baken", contact_name="Anna Admin", contact_phone="030 123 45 67"))
        department = self.add(Department(source="test", source_id="h2", code="h2"))
        self.home_class = self.add(
            HomeClass(source="test", source_id="h2a", name="h2a", department_id=department.id)
        )
        for code, name in (("ne", "Nederlands"), ("wi", "Wiskunde"), ("en", "Engels")):
            self.add(Subject(code=code, name=name))

    def teacher(self, first, salutation, prefix, last):
        person = self.person(first, last, prefix, salutation, f"{first.lower()}@school.example")
        row = self.add(
            Teacher(person_id=person.id, source="test", source_id=first, code=first[:3].lower())
        )
        self.school.teachers[first] = row.id
        self.rooms[first] = self.add(Room(name=f"B{len(self.rooms) + 1:02}")).id
        self.school.actors[first] = Actor(
            None, person.id, first, frozenset({Role.TEACHER}), teacher_id=row.id
        )

    def guardian(self, first, last, person=None):
        person_id = person or self.person(first, last).id
        row = self.add(Guardian(person_id=person_id, source="test", source_id=first))
        teacher_id = self.school.teachers.get(first)
        roles = {Role.GUARDIAN} | ({Role.TEACHER} if teacher_id else set())
        self.school.actors[first] = Actor(
            None,
            person_id,
            f"{first} {last}",
            frozenset(roles),
            guardian_id=row.id,
            teacher_id=teacher_id,
        )
        return row

    def family(self, guardians, children, *, apart=False):
        sets = [[g] for g in guardians] if apart else [guardians]
        households = [self.household(members) for members in sets]
        for i, (first, last) in enumerate(children):
            person = self.person(first, last, mail="")
            student = self.add(
                Student(
                    person_id=person.id,
                    source="test",
                    source_id=first,
                    number=f"0{person.id}",
                    birth_date=date(2013 + i, 5, 1),
                    home_class_id=self.home_class.id,
                    apart=apart,
                    said_apart=apart,
                    apart_in_source=apart,
                )
            )
            self.school.students[first] = student.id
            self.school.actors[first] = Actor(
                None, person.id, first, frozenset({Role.STUDENT}), student_id=student.id
            )
            for guardian in guardians:
                self.add(Guardianship(student_id=student.id, guardian_id=guardian.id))
            for household in households:
                self.add(HouseholdStudent(household_id=household.id, student_id=student.id))

    def household(self, guardians):
        key = "-".join(str(g.id) for g in sorted(guardians, key=lambda g: g.id))
        row = self.add(Household(guardian_key=key))
        for guardian in guardians:
            self.add(HouseholdGuardian(household_id=row.id, guardian_id=guardian.id))
            self.school.households[guardian.source_id] = row.id
        return row

    def account(self, first, last, **roles):
        person = self.person(first, last, mail=f"{first.lower()}@school.example")
        account = self.add(Account(person_id=person.id, **roles))
        self.school.actors[first] = Actor(
            account.id, person.id, first, frozenset(Role(role) for role in roles)
        )

    def round(self, name, first, **values):
        """Create a round: one evening of twelve talks from ``first``, with a break halfway."""
        row = self.add(
            Round(
                name=name,
                state="published",
                opens_at=self.now - timedelta(days=1),
                closes_at=first - timedelta(days=2),
                cancel_until=first - timedelta(days=1),
                max_per_child=2,
                walking_minutes=5,
                reference_week="2027-W03",
                teachers_may_block=True,
                **values,
            )
        )
        self.add(RoundClass(round_id=row.id, home_class_id=self.home_class.id))
        evening = self.add(
            Evening(
                round_id=row.id,
                day=first.date(),
                first_start="18:30",
                end="20:40",
                talk_minutes=10,
            )
        )
        self.add(Break(evening_id=evening.id, start="19:30", end="19:40"))
        slots = []
        for i in range(13):
            start = first + timedelta(minutes=10 * i)
            if i != 6:  # the break
                slot = Slot(
                    evening_id=evening.id, starts_at=start, ends_at=start + timedelta(minutes=10)
                )
                slots.append(self.add(slot).id)
        offers = {}
        for first_name, teacher_id in self.school.teachers.items():
            self.add(
                EveningRoom(
                    evening_id=evening.id, teacher_id=teacher_id, room_id=self.rooms[first_name]
                )
            )
            subject = {"Vera": "ne", "Bart": "wi", "Kader": "en"}[first_name]
            for student, student_id in self.school.students.items():
                offer = self.add(
                    Offer(
                        round_id=row.id,
                        student_id=student_id,
                        subject_code=subject,
                        teacher_key=str(teacher_id),
                    )
                )
                self.add(OfferTeacher(offer_id=offer.id, teacher_id=teacher_id))
                offers[student, first_name] = offer.id
        return row.id, evening.id, slots, offers
