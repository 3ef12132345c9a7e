"""Who may come in which way, and for how long. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.core.access import Role

STAFF = frozenset({Role.TEACHER, Role.SCHEDULER, Role.ADMINISTRATOR})
# After this, changing the password asks for the old one, or for signing in again.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class Limits:
    """How long a session lives without use, and at all."""

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
    """Whether somebody works at the school, whatever else they are."""
    return not STAFF.isdisjoint(roles)


def session_limits(roles: Collection[Role], *, remembered: bool) -> Limits:
    """Return the limits of a session; the strictest role counts.

    "Remember this device" is for families: a teacher's or office session opens too much.
    """
    if remembered and roles and not is_staff(roles):
        return _REMEMBERED
    strictest = [_LIMITS[role] for role in roles] or [_OFFICE]
    return Limits(min(one.idle for one in strictest), min(one.absolute for one in strictest))


def session_ends_at(
    roles: Collection[Role], *, remembered: bool, created_at: datetime, seen_at: datetime
) -> datetime:
    """Return when a session ends if nothing more is done in it."""
    limits = session_limits(roles, remembered=remembered)
    return min(seen_at + limits.idle, created_at + limits.absolute)


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """Whether somebody has proved only just now who they are."""
    return now - signed_in_at <= FRESH


@dataclass(frozen=True)
class Resident:
    """Somebody who has a certain mail address."""

    person_id: int
    name: str
    email: str
    language: str
    roles: frozenset[Role]
    children: frozenset[int] = frozenset()  # students to whom the guardianship is open
    apart: bool = False  # one of these children has guardians who come apart


class Way(Enum):
    """How somebody with a certain mail address may sign in."""

    NONE = "nobody is known there"
    LINK = "by a link in a mail"
    PASSWORD = "staff: never by a mail link alone"  # noqa: S105  not a secret
    SCHOOL = "the school must sort out first whose address it is"


def way_in(residents: Sequence[Resident]) -> Way:
    """Return how the people of one mail address may sign in.

    Several people may share it only when the mailbox tells none of them anything new:
    all are guardians of exactly the same children, and come for these together.
    """
    if not residents:
        return Way.NONE
    if len(residents) == 1:
        return Way.PASSWORD if is_staff(residents[0].roles) else Way.LINK
    first = residents[0].children
    together = all(
        one.roles == {Role.GUARDIAN} and one.children == first and not one.apart
        for one in residents
    )
    return Way.LINK if first and together else Way.SCHOOL
