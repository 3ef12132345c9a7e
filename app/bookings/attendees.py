"""Who attends a talk for the family, and whose time it takes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from app.bookings.models import Claim, ClaimKind
from app.core.errors import DomainError
from app.extensions import db
from app.rounds.info import RoundInfo
from app.rounds.models import Participants
from app.school.models import Guardian, HouseholdGuardian, HouseholdStudent, Student
from app.school.queries import Child


class GuardiansApart(DomainError):
    """A student cannot choose for guardians who each have their own talks."""


_PEOPLE = (
    select(Guardian.person_id)
    .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
    .where(HouseholdGuardian.household_id == bindparam("household_id"))
)


@dataclass(frozen=True)
class Attendees:
    """The family's attendees, as person ids; no household if the student comes alone."""

    household_id: int | None
    people: frozenset[int]


def guardians_of(student_ids: Collection[int]) -> set[int]:
    """Return the person ids of all guardians of these students."""
    people = (
        select(Guardian.person_id)
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
        .join(HouseholdStudent, HouseholdStudent.household_id == HouseholdGuardian.household_id)
        .where(HouseholdStudent.student_id.in_(student_ids))
    )
    return set(db.session.scalars(people))


def of_child(round_: RoundInfo, child: Child) -> Attendees:
    """Return who attends when this child's talk is booked from the actor's own household.

    Raises GuardiansApart if a student books for guardians with separate talks.
    """
    household = coming(round_, child)
    if round_.participants is not Participants.STUDENT and not child.is_alone and household is None:
        apart = db.session.scalars(
            select(HouseholdStudent.household_id)
            .where(HouseholdStudent.student_id == child.student_id)
            .limit(1)
        ).first()
        if apart is not None:
            raise guardians_apart()
    return of_booking(child, household)


def coming(round_: RoundInfo, child: Child) -> int | None:
    """Return the household that attends the child's talks; None if the student comes alone."""
    return None if round_.participants is Participants.STUDENT else child.household_id


def guardians_apart() -> GuardiansApart:
    """Return the error for a student whose guardians have separate talks."""
    return GuardiansApart(_("Your parents each choose their own talks."))


def of_booking(child: Child, household_id: int | None) -> Attendees:
    """Return who attends a talk of this household, or of the student alone if it is None."""
    if household_id is None:
        people = db.session.scalars(select(Student.person_id).where(Student.id == child.student_id))
        return Attendees(None, frozenset(people))
    return Attendees(household_id, of_household(household_id))


def of_household(household_id: int) -> frozenset[int]:
    """Return the ids of the people in a household."""
    return frozenset(db.session.scalars(_PEOPLE, {"household_id": household_id}))


def of_households(household_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Return the ids of the people in several households, by household."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for household_id, person_id in db.session.execute(
        select(HouseholdGuardian.household_id, Guardian.person_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(HouseholdGuardian.household_id.in_(household_ids))
    ):
        people[household_id].add(person_id)
    return {id_: frozenset(ids) for id_, ids in people.items()}


def of_claims(booking_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Return the ids of the teachers and of the people whose time these talks claim."""
    rows = db.session.execute(
        select(Claim.kind, Claim.resource_id).where(Claim.booking_id.in_(booking_ids)).distinct()
    ).all()
    return (
        {resource for kind, resource in rows if kind == ClaimKind.TEACH},
        {resource for kind, resource in rows if kind == ClaimKind.PERSON},
    )
