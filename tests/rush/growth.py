"""Years of use for the school of the rush, on PostgreSQL: families, and the talks that they had."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, insert, literal, select, text

from app.accounts.models import Account, SignInSession, SignInToken, SignInTry
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim, Submission
from app.core import clock
from app.core.ticks import ticks
from app.extensions import db
from app.outbox.kinds import Urgency
from app.outbox.models import OutboxMessage
from app.rounds.models import Evening, Offer, OfferTeacher, Round, RoundClass, Slot
from app.school.models import (
    Guardian,
    Guardianship,
    HomeClass,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Teacher,
)
from tests.rush.school import PER_CHILD, TALK, TEACHERS, TIMES

PER_ROUND = 3  # talks of each child in each earlier round
FIRST_DAY = datetime(2020, 9, 7, 15, tzinfo=UTC)
BASE = 1_000_000  # the first id of what is added


def grow(families: int, rounds: int) -> None:
    """Add families of a child and two guardians, who came to all these earlier rounds; commit.

    They have offers in the round of the rush too. Everybody is in one place at a time by
    arithmetic, so nothing has to be tried.
    """
    assert families % TEACHERS == 0
    # The rows fit by construction: looking up each foreign key would only take time.
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    (round_now,) = db.session.scalars(select(Round.id))
    _families(families)
    for which in range(PER_CHILD):
        _offers(round_now, families, which)
    for number in range(rounds):
        _held(number, families)
    _numbers_after()
    db.session.commit()
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("VACUUM (ANALYZE)")


def _each(count: int) -> ColumnElement[int]:
    return func.generate_series(0, count - 1, type_=Integer).column_valued("n")


def _fill(table: type, **values: Any) -> None:
    """Insert a row for each number of the series in these values, with the other columns' defaults."""
    columns = [v if isinstance(v, ColumnElement) else literal(v) for v in values.values()]
    db.session.execute(insert(table).from_select(list(values), select(*columns)))


def _families(families: int) -> None:
    n, now = _each(families), clock.now()
    home_class = db.session.scalar(select(HomeClass.id))
    for role, name in enumerate(("Kind", "Moeder", "Vader")):
        _fill(
            Person,
            id=BASE + 3 * n + role,
            given_name=name,
            family_name=func.concat("Vroeger", n),
            sort_key=func.concat("vroeger", n, name),
            search_key=func.concat(name, " vroeger", n),
            email=func.concat(name, n, "@earlier.example") if role else "",
            email_key=func.concat(name, n, "@earlier.example") if role else "",
        )
    _fill(
        Student,
        id=BASE + n,
        person_id=BASE + 3 * n,
        source="grown",
        source_id=func.concat(n),
        number=func.concat("9", n),
        home_class_id=home_class,
    )
    _fill(Household, id=BASE + n, guardian_key=func.concat(BASE + 2 * n, "-", BASE + 2 * n + 1))
    _fill(HouseholdStudent, household_id=BASE + n, student_id=BASE + n)
    for which in range(2):
        guardian = BASE + 2 * n + which
        _fill(
            Guardian,
            id=guardian,
            person_id=BASE + 3 * n + 1 + which,
            source="grown",
            source_id=func.concat(n, "-", which),
        )
        _fill(Guardianship, student_id=BASE + n, guardian_id=guardian)
        _fill(HouseholdGuardian, household_id=BASE + n, guardian_id=guardian)
        _fill(Account, id=guardian, person_id=BASE + 3 * n + 1 + which)
        _fill(
            SignInSession,
            token_hash=func.concat("session ", n, which),
            account_id=guardian,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
        _fill(
            SignInToken,
            kind="link",
            token_hash=func.concat("token ", n, which),
            code_hash=func.concat("code ", n, which),
            browser_hash=func.concat("browser ", n, which),
            email_key=func.concat("vader" if which else "moeder", n, "@earlier.example"),
            created_at=now,
            expires_at=now + timedelta(minutes=10),
        )
        _fill(SignInTry, key=func.concat("mail", n, which), empty_at=now + timedelta(minutes=15))


def _teacher(n: ColumnElement[int], which: int) -> ColumnElement[int]:
    """Teachers were made one after another, so the ids of them and of their people are too."""
    return db.session.scalar(select(func.min(Teacher.id))) + (n + which) % TEACHERS


def _offers(round_id: int, families: int, which: int) -> None:
    n = _each(families)
    last = db.session.scalar(select(func.max(Offer.id)))
    teacher = _teacher(n, which)
    _fill(
        Offer,
        id=last + 1 + n,
        round_id=round_id,
        student_id=BASE + n,
        subject_code=f"v{which}",
        teacher_key=func.concat(teacher),
    )
    _fill(OfferTeacher, offer_id=last + 1 + n, teacher_id=teacher)


def _held(number: int, families: int) -> None:
    """Add a round that is over: all children had their talks, and nobody was in two places."""
    opened = FIRST_DAY + timedelta(days=100 * number)
    round_ = Round(
        name=f"Oudercontact {number}",
        state="archived",
        opens_at=opened - timedelta(days=30),
        closes_at=opened - timedelta(days=2),
        cancel_until=opened - timedelta(days=1),
        reference_week="2020-W30",
    )
    db.session.add(round_)
    db.session.flush()
    db.session.add(
        RoundClass(round_id=round_.id, home_class_id=db.session.scalar(select(HomeClass.id)))
    )
    times = families * PER_ROUND // TEACHERS  # of each teacher
    evenings = [
        Evening(
            round_id=round_.id,
            day=(opened + timedelta(days=day)).date(),
            first_start="16:00",
            end="21:00",
            talk_minutes=10,
        )
        for day in range(-(-times // TIMES))
    ]
    db.session.add_all(evenings)
    db.session.flush()
    starts = [
        opened + timedelta(days=day) + TALK * time
        for day in range(len(evenings))
        for time in range(TIMES)
    ]
    db.session.execute(
        insert(Slot),
        [
            {"evening_id": evenings[i // TIMES].id, "starts_at": s, "ends_at": s + TALK}
            for i, s in enumerate(starts)
        ],
    )
    for which in range(PER_ROUND):
        _offers(round_.id, families, which)
        _talks(round_, evenings[0].id, families, which)


def _talks(round_: Round, evening: int, families: int, which: int) -> None:
    n = _each(families)
    offer = db.session.scalar(select(func.max(Offer.id))) - families + 1
    booking = max(BASE, 1 + (db.session.scalar(select(func.max(Booking.id))) or 0)) + n
    opened = round_.opens_at + timedelta(days=30)
    time = (families * which + n) // TEACHERS
    starts_at = (
        literal(opened)
        + func.make_interval(0, 0, 0, time // TIMES)
        + func.make_interval(0, 0, 0, 0, 0, time % TIMES * 10)
    )
    teacher = _teacher(n, which)
    first = db.session.scalar(select(func.min(Teacher.id)))
    their_first = db.session.scalar(select(func.min(Teacher.person_id)))
    _fill(
        Booking,
        id=booking,
        uid=func.concat("held-", booking),
        round_id=round_.id,
        offer_id=offer + n,
        teacher_key=func.concat(teacher),
        student_id=BASE + n,
        household_id=BASE + n,
        evening_id=evening + time // TIMES,
        starts_at=starts_at,
        ends_at=starts_at + func.make_interval(0, 0, 0, 0, 0, 10),
        booked_by_id=BASE + 3 * n + 1,
        booked_at=round_.opens_at,
        changed_at=round_.opens_at,
        published_at=round_.opens_at,
    )
    tick = ticks(opened, opened + TALK)[0] + time // TIMES * (24 * 12) + time % TIMES * 2
    for kind, resource in (
        ("teach", teacher),
        ("person", teacher - first + their_first),
        ("person", BASE + 3 * n + 1),
        ("person", BASE + 3 * n + 2),
    ):
        for one in range(2):
            _fill(Claim, kind=kind, resource_id=resource, tick=tick + one, booking_id=booking)
    _fill(
        AuditEntry,
        at=round_.opens_at,
        action="booking.booked",
        actor_person_id=BASE + 3 * n + 1,
        round_id=round_.id,
        student_id=BASE + n,
        household_id=BASE + n,
        details=func.json_build_object("booking_id", booking),
    )
    _fill(
        Submission,
        token=func.concat("held-", booking),
        person_id=BASE + 3 * n + 1,
        work="0" * 64,
        answer=func.json_build_object("booked", func.json_build_array(booking)),
        at=round_.opens_at,
    )
    _fill(
        OutboxMessage,
        kind="bookings.booked",
        urgency=Urgency.ANSWER,
        payload=func.json_build_object("booking_ids", func.json_build_array(booking)),
        created_at=round_.opens_at,
        due_at=round_.opens_at,
        attempts=1,
        delivered_at=round_.opens_at,
    )


def _numbers_after() -> None:
    """Let the next rows get the numbers after these."""
    for table in (Person, Student, Guardian, Household, Account, Offer, Booking):
        sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
        last = select(func.max(table.id)).scalar_subquery()
        db.session.execute(select(func.setval(sequence, last)))
