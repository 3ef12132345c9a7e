"""Who may sign in how, and for how long. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.core import clock
from app.core.access import Role
from app.school.names import fold

STAFF = frozenset({Role.TEACHER, Role.SCHEDULER, Role.ADMINISTRATOR})
# After this, changing the password requires the old one or a new sign-in.
FRESH = timedelta(minutes=10)

LIVES = {
    "link": timedelta(minutes=10),
    "invitation": timedelta(days=14),
    "reset": timedelta(minutes=60),
}
"""How long each kind of mailed secret works."""


@dataclass(frozen=True)
class Limits:
    """The idle and absolute limits of a session."""

    idle: timedelta
    absolute: timedelta


_FAMILY = Limits(timedelta(hours=2), timedelta(hours=12))
REMEMBERED_LIFE = timedelta(days=30)
_REMEMBERED = Limits(REMEMBERED_LIFE, REMEMBERED_LIFE)
_OFFICE = Limits(timedelta(minutes=15), timedelta(hours=4))
_LIMITS = {
    Role.GUARDIAN: _FAMILY,
    Role.STUDENT: _FAMILY,
    Role.TEACHER: Limits(timedelta(hours=1), timedelta(hours=10)),
    Role.SCHEDULER: _OFFICE,
    Role.ADMINISTRATOR: _OFFICE,
}


def is_staff(roles: Collection[Role]) -> bool:
    """Whether somebody works at the school, whatever other roles they have."""
    return not STAFF.isdisjoint(roles)


def session_limits(roles: Collection[Role], *, remembered: bool) -> Limits:
    """Return the limits of a session; the strictest role counts.

    Only families can be remembered on a device: a session of teachers or the office opens too much.
    """
    if remembered and roles and not is_staff(roles):
        return _REMEMBERED
    strictest = [_LIMITS[role] for role in roles] or [_OFFICE]
    return Limits(min(one.idle for one in strictest), min(one.absolute for one in strictest))


def session_ends_at(
    roles: Collection[Role], *, remembered: bool, created_at: datetime, seen_at: datetime
) -> datetime:
    """Return when a session ends if it is not used again."""
    limits = session_limits(roles, remembered=remembered)
    return min(seen_at + limits.idle, created_at + limits.absolute)


def time_ahead(ahead: timedelta, seen_at: datetime, now: datetime) -> timedelta:
    """Return by how much the time of a session is ahead of the machine's clock.

    It never goes back. When the clock is put back, a session goes on from where it was last seen,
    so that it ends neither sooner nor later than otherwise; when the clock is put right again, it
    follows the clock. Without that, whoever was here in the meantime would be signed out then.
    """
    if now >= seen_at - clock.STEP:
        return timedelta(0)
    return ahead if now + ahead >= seen_at - clock.STEP else seen_at - now


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """Whether the user has proved only recently who they are."""
    return now - signed_in_at <= FRESH


@dataclass(frozen=True)
class Resident:
    """A person with a given mail address, as the school lists people; maybe one row of several."""

    person_id: int
    name: str
    email: str
    language: str
    roles: frozenset[Role]
    children: frozenset[int] = frozenset()  # students whom this guardian may see
    closed: frozenset[int] = frozenset()  # other students of whom it is or was a guardian
    apart: bool = False  # the guardians of one of these children come apart
    child_names: tuple[str, ...] = ()  # of ``children``, eldest first
    has_first_name: bool = True  # not just initials or a family name
    guardian_id: int | None = None
    teacher_id: int | None = None
    student_id: int | None = None


class Way(Enum):
    """How the people with a mail address may sign in."""

    NONE = "nobody is known there"
    LINK = "by a link in a mail"
    PASSWORD = "staff: never by a mail link alone"  # noqa: S105  not a secret
    SCHOOL = "the school must sort out first whose address it is"


def way_in(residents: Sequence[Resident]) -> Way:
    """Return how the people with one mail address may sign in.

    Several rows may share it only if the mailbox reveals nothing new to anybody. So all are
    guardians, and either they are one person, of whom a school system makes a row per child, or
    these people are guardians of exactly the same children and come together for them.
    """
    if not residents:
        return Way.NONE
    if len(residents) == 1:
        return Way.PASSWORD if is_staff(residents[0].roles) else Way.LINK
    people = people_among(residents)
    guardians = all(one.roles == {Role.GUARDIAN} for one in residents)
    # To propose a merge to the office initials are enough; to let somebody in they are not.
    certain = all(one.has_first_name for rows in people if len(rows) > 1 for one in rows)
    families = {frozenset[int]().union(*(one.children for one in rows)) for rows in people}
    apart = any(one.apart for one in residents)
    together = len(people) == 1 or (len(families) == 1 and not apart)
    return Way.LINK if guardians and certain and together and all(families) else Way.SCHOOL


def people_among(residents: Sequence[Resident]) -> tuple[tuple[Resident, ...], ...]:
    """Group the rows with one mail address by the person whom they probably are.

    Guardians of one name are one person, unless two of them are or were guardians of the same
    child: those are different people, such as a father and a son, whatever each of them may see of
    that child. ``people.merging`` refuses to merge the same ones.
    """
    named: dict[str | int, list[Resident]] = {}
    for one in residents:
        name = fold(one.name) if Role.GUARDIAN in one.roles else ""
        named.setdefault(name or one.person_id, []).append(one)
    people: list[tuple[Resident, ...]] = []
    for rows in named.values():
        people += [tuple(rows)] if _can_be_one(rows) else [(one,) for one in rows]
    return tuple(people)


def _can_be_one(rows: Sequence[Resident]) -> bool:
    children = [child for one in rows for child in one.children | one.closed]
    works = [one for one in rows if is_staff(one.roles)]
    return len(children) == len(set(children)) and len(works) <= 1


def choices(residents: Sequence[Resident]) -> tuple[Resident, ...]:
    """Return the rows to choose from at sign-in: of several, those that have a child to see."""
    return tuple(one for one in residents if one.children or len(residents) == 1)
