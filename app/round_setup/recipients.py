"""The recipients of a round's mails."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased

from app.core.i18n import local_day
from app.extensions import db
from app.requests.silent import is_silent
from app.rounds.models import Offer, OfferTeacher, OpenTo, Round, RoundCheck
from app.school.age import is_of_age, is_open
from app.school.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
    Teacher,
)
from app.school.reading import STUDENTS


class Letter(StrEnum):
    """The subject of a mail about a round."""

    CHECK = "check"
    REMINDER = "reminder"
    INVITATION = "invitation"
    NUDGE = "nudge"  # to families of whom nobody has said anything


def teachers_of(round_id: int, *, unchecked: bool = False, only: int | None = None) -> list[int]:
    """Return the person ids of a round's teachers who have a mail address.

    ``unchecked``: only those who have not confirmed their times yet; ``only``: at most that
    person.
    """
    checked = exists().where(RoundCheck.round_id == round_id, RoundCheck.teacher_id == Teacher.id)
    return list(
        db.session.scalars(
            select(Person.id)
            .join(Teacher, Teacher.person_id == Person.id)
            .where(
                Teacher.id.in_(offered_teachers(round_id)),
                Teacher.ended_on.is_(None),
                *_reachable(only),
                *([~checked] if unchecked else []),
            )
            .order_by(Person.id)
        )
    )


def offered_teachers(round_id: int) -> Select[int]:
    """Return a query for the ids of the teachers offered in a round."""
    return (
        select(OfferTeacher.teacher_id)
        .join(Offer, Offer.id == OfferTeacher.offer_id)
        .where(Offer.round_id == round_id, Offer.offered)
    )


def families_of(
    round_id: int, *, now: datetime, only: int | None = None, silent: bool = False
) -> list[int]:
    """Return the person ids to invite to a round: one per mailbox and household.

    A guardian whom the school lists once per child is one too, with one letter for all children.
    Guardians with access to a student who is offered a teacher, and such students themselves if
    the round is open to them or they are of age; all have a mail address. ``only``: at most that
    person; ``silent``: only of students for whom nobody booked, asked, or said that no talk is needed.
    """
    of = [is_silent(round_id)] if silent else []
    open_to = db.session.scalars(select(Round.open_to).where(Round.id == round_id)).one()
    people: list[int] = []
    if open_to in (OpenTo.GUARDIANS, OpenTo.BOTH):
        people += _one_per_mailbox(_guardians(round_id, now, only, of))
    if open_to == OpenTo.GUARDIANS:
        of = [*of, is_of_age(local_day(now))]  # who may choose in every round
    people += _students(round_id, only, of)
    return list(dict.fromkeys(people))


def silent_children(round_id: int, person_id: int, *, now: datetime) -> Sequence[str]:
    """Return the names of the children of whom a guardian has said nothing, for the letter.

    Those of namesakes with the same mailbox are among them: it is one letter for all children.
    """
    reader, guardian = aliased(Person), aliased(Person)
    rows = db.session.execute(
        STUDENTS.join(Guardianship, Guardianship.student_id == Student.id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(guardian, guardian.id == Guardian.person_id)
        .join(
            reader,
            (reader.email_key == guardian.email_key) & (reader.sort_key == guardian.sort_key),
        )
        .where(
            reader.id == person_id,
            Guardian.ended_on.is_(None),
            is_open(local_day(now)),
            is_silent(round_id),
        )
        .order_by(Student.birth_date, Person.sort_key, Student.id)
    )
    return list({row.id: row.name.full for row in rows}.values())


def _guardians(
    round_id: int, now: datetime, only: int | None, of: Sequence[ColumnElement[bool]]
) -> list[tuple[int, int, str, str]]:
    """Return person, household, name and mailbox of each guardian of a student with offers."""
    rows = db.session.execute(
        select(Person.id, HouseholdStudent.household_id, Person.sort_key, Person.email_key)
        .join(Guardian, Guardian.person_id == Person.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Student, Student.id == Guardianship.student_id)
        .join(HouseholdStudent, HouseholdStudent.student_id == Student.id)
        .join(
            HouseholdGuardian,
            (HouseholdGuardian.household_id == HouseholdStudent.household_id)
            & (HouseholdGuardian.guardian_id == Guardian.id),
        )
        .where(
            Student.id.in_(_students_with_offers(round_id)),
            Guardian.ended_on.is_(None),
            is_open(local_day(now)),
            *of,
            *_reachable(only),
        )
        .distinct()
        .order_by(Person.id, HouseholdStudent.household_id)
    )
    return [(person, household, name, mailbox) for person, household, name, mailbox in rows]


def _one_per_mailbox(rows: Iterable[tuple[int, int, str, str]]) -> list[int]:
    """Return the people, leaving out those whose household or namesake reads the same mailbox."""
    seen: set[tuple[int | str, str]] = set()
    chosen: dict[int, None] = {}
    for person, household, name, mailbox in rows:
        if person in chosen or seen.isdisjoint({(household, mailbox), (name, mailbox)}):
            seen |= {(household, mailbox), (name, mailbox)}
            chosen[person] = None
    return list(chosen)


def _students(round_id: int, only: int | None, of: Sequence[ColumnElement[bool]]) -> list[int]:
    return list(
        db.session.scalars(
            select(Person.id)
            .join(Student, Student.person_id == Person.id)
            .where(
                Student.id.in_(_students_with_offers(round_id)),
                Student.ended_on.is_(None),
                *of,
                *_reachable(only),
            )
            .order_by(Person.id)
        )
    )


def _students_with_offers(round_id: int) -> Select[int]:
    return select(Offer.student_id).where(Offer.round_id == round_id, Offer.offered)


def _reachable(only: int | None) -> list[ColumnElement[bool]]:
    conditions = [Person.ended_on.is_(None), Person.email != ""]
    return conditions if only is None else [*conditions, Person.id == only]
