"""Mail addresses that several people share and about which the office has something to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.accounts.policy import Resident, Way, people_among, way_in
from app.accounts.residents import load_neighbours
from app.core import clock
from app.core.access import Role
from app.core.i18n import local_day


class SharedKind(StrEnum):
    """What the office can do about a shared address."""

    TEACHER_IS_GUARDIAN = "teacher-is-guardian"  # join the two
    ONE_PERSON_SEVERAL_ROWS = "one-person-several-rows"  # merge the rows
    OTHER = "other"  # have the addresses corrected; until then nobody there signs in by mail


@dataclass(frozen=True)
class SharedPerson:
    """One of those who share an address, with the ids of all roles."""

    person_id: int
    name: str
    guardian_id: int | None
    teacher_id: int | None
    student_id: int | None


@dataclass(frozen=True)
class SharedAddress:
    """An address and those whom it is about; ``may_choose``: they can sign in by mail meanwhile."""

    email: str
    kind: SharedKind
    may_choose: bool
    people: tuple[SharedPerson, ...]


def shared_addresses(today: date | None = None) -> tuple[SharedAddress, ...]:
    """Return what the office must look at, by address; one address can have several entries.

    What can be merged comes first: each person with several rows is an entry of these rows. OTHER
    names everybody at the address. Whose address lets them in and who have one row each, such as
    parents of the same children, are not listed.
    """
    homes = load_neighbours(today=today or local_day(clock.now()))
    return tuple(
        entry for _key, residents in sorted(homes.items()) for entry in _entries(residents)
    )


def _entries(residents: Sequence[Resident]) -> list[SharedAddress]:
    people = people_among(residents)
    may_choose = way_in(residents) is Way.LINK
    several = [
        _entry(SharedKind.ONE_PERSON_SEVERAL_ROWS, rows, may_choose)
        for rows in people
        if len(rows) > 1
    ]
    if may_choose or len(people) == 1:
        return several
    if not _is_teacher_with_guardian(people):
        return [*several, _entry(SharedKind.OTHER, residents, may_choose)]
    # Which guardian the teacher is can be said once the guardian is one.
    return several or [_entry(SharedKind.TEACHER_IS_GUARDIAN, residents, may_choose)]


def _is_teacher_with_guardian(people: Sequence[Sequence[Resident]]) -> bool:
    held = [{role for one in rows for role in one.roles} for rows in people]
    teachers = [roles for roles in held if Role.TEACHER in roles and Role.GUARDIAN not in roles]
    guardians = [roles for roles in held if Role.GUARDIAN in roles and Role.TEACHER not in roles]
    return len(teachers) == len(guardians) == 1 and len(people) == 2


def _entry(kind: SharedKind, residents: Sequence[Resident], may_choose: bool) -> SharedAddress:  # noqa: FBT001
    return SharedAddress(
        residents[0].email,
        kind,
        may_choose,
        tuple(
            SharedPerson(one.person_id, one.name, one.guardian_id, one.teacher_id, one.student_id)
            for one in residents
        ),
    )
