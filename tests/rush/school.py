"""A school as large as the rush needs: 150 teachers, 30 times, twelve teachers per child."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from app.accounts.models import Account, SignInSession, SignInToken
from app.accounts.secrets import digest, new_token
from app.bookings.models import Claim, Unavailability
from app.core import clock
from app.core.ticks import ticks
from app.extensions import db
from app.rounds.models import Evening, EveningRoom, Offer, OfferTeacher, Round, RoundClass, Slot
from app.school import names
from app.school.models import (
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

TEACHERS, TIMES, BLOCKED, PER_CHILD = 150, 30, 2, 12
TALK = timedelta(minutes=10)


@dataclass
class Family:
    """A household: the secret of its session or of its mailed link, and its children."""

    token: str
    signed_in: bool
    browser: str = field(default_factory=new_token)
    children: list[int] = field(default_factory=list)


@dataclass
class RushSchool:
    """What the generator knows: addresses and secrets, nothing of who teaches whom."""

    round_id: int
    families: list[Family]


def build(families: int, *, signed_in: float = 0.7, seed: int = 1) -> RushSchool:
    """Fill an empty database and commit; every fifth family has two children."""
    chance = random.Random(seed)
    now = clock.now()
    _one(School, id=1, name="Het Baken")
    home_class = _one(HomeClass, source="rush", source_id="h2a", name="h2a")
    for number in range(PER_CHILD):
        _one(Subject, code=f"v{number}", name=f"Vak {number}")
    day = now.astimezone(ZoneInfo("Europe/Amsterdam")).date() + timedelta(days=20)
    first = datetime.combine(day, time(15), UTC)
    round_id = _round(now, day, first)
    _one(RoundClass, round_id=round_id, home_class_id=home_class)
    evening = _one(
        Evening, round_id=round_id, day=day, first_start="16:00", end="21:00", talk_minutes=10
    )
    starts = [first + TALK * index for index in range(TIMES)]
    _many(Slot, [{"evening_id": evening, "starts_at": s, "ends_at": s + TALK} for s in starts])
    teachers = [_teacher(number, evening, starts, chance) for number in range(TEACHERS)]
    offers: list[tuple[dict[str, object], int]] = []
    made = []
    for number in range(families):
        family = Family(new_token(), chance.random() < signed_in)
        household = _one(Household, guardian_key=f"rush-{number}")
        guardians = [_guardian(number, which, household) for which in ("moeder", "vader")]
        _way_in(family, f"moeder{number}@family.example", guardians[0], now)
        for which in range(2 if number % 5 == 0 else 1):
            child = _child(number, which, home_class, household, [g for g, _ in guardians])
            family.children.append(child)
            for index, teacher in enumerate(chance.sample(teachers, PER_CHILD)):
                offer = {"round_id": round_id, "student_id": child, "teacher_key": str(teacher)}
                offers.append((offer | {"subject_code": f"v{index}"}, teacher))
        made.append(family)
    ids = db.session.scalars(
        insert(Offer).returning(Offer.id, sort_by_parameter_order=True),
        [offer for offer, _ in offers],
    ).all()
    _many(
        OfferTeacher,
        [{"offer_id": id_, "teacher_id": t} for id_, (_, t) in zip(ids, offers, strict=True)],
    )
    db.session.commit()
    return RushSchool(round_id, made)


def _one(table, **values) -> int:
    return db.session.execute(insert(table).values(**values)).inserted_primary_key[0]


def _many(table, rows) -> None:
    db.session.execute(insert(table), rows)


def _round(now: datetime, day: date, first: datetime) -> int:
    return _one(
        Round,
        name="Oudercontact",
        state="published",
        opens_at=now - timedelta(seconds=1),
        closes_at=first - timedelta(days=2),
        cancel_until=first - timedelta(days=1),
        max_per_child=6,
        walking_minutes=5,
        reference_week="2027-W03",
    )


def _person(given: str, family: str, mail: str = "") -> int:
    return _one(
        Person,
        given_name=given,
        family_name=family,
        sort_key=names.sort_key(given, "", family),
        search_key=names.search_key(given, "", family),
        email=mail,
        email_key=names.email_key(mail),
    )


def _teacher(number: int, evening: int, starts: list[datetime], chance: random.Random) -> int:
    person = _person("", f"Docent{number:03}")
    teacher = _one(
        Teacher, person_id=person, source="rush", source_id=str(number), code=f"d{number:03}"
    )
    room = _one(Room, name=f"B{number:03}")
    _one(EveningRoom, evening_id=evening, teacher_id=teacher, room_id=room)
    for start in chance.sample(starts, BLOCKED):
        span = {"starts_at": start, "ends_at": start + TALK}
        absence = _one(Unavailability, teacher_id=teacher, evening_id=evening, **span)
        claim = {"kind": "teach", "resource_id": teacher, "unavailability_id": absence}
        _many(Claim, [claim | {"tick": tick} for tick in ticks(start, start + TALK)])
    return teacher


def _guardian(number: int, which: str, household: int) -> tuple[int, int]:
    person = _person(which, f"Familie{number}", f"{which}{number}@family.example")
    source_id = f"{number}-{which}"
    guardian = _one(Guardian, person_id=person, source="rush", source_id=source_id)
    _one(HouseholdGuardian, household_id=household, guardian_id=guardian)
    return guardian, person


def _child(number: int, which: int, home_class: int, household: int, guardians: list[int]) -> int:
    student = _one(
        Student,
        person_id=_person(f"Kind{which}", f"Familie{number}"),
        source="rush",
        source_id=f"{number}-{which}",
        number=f"{number}{which}",
        home_class_id=home_class,
    )
    _one(HouseholdStudent, household_id=household, student_id=student)
    for guardian in guardians:
        _one(Guardianship, student_id=student, guardian_id=guardian)
    return student


def _way_in(family: Family, mail: str, guardian: tuple[int, int], now: datetime) -> None:
    """Keep a session for who signed in before the opening, a mailed link for the others."""
    account = _one(Account, person_id=guardian[1])
    if family.signed_in:
        _one(
            SignInSession,
            token_hash=digest(family.token),
            account_id=account,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
    else:
        _one(
            SignInToken,
            kind="link",
            token_hash=digest(family.token),
            browser_hash=digest(family.browser),
            email_key=names.email_key(mail),
            created_at=now,
            expires_at=now + timedelta(minutes=10),
        )
