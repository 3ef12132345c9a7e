"""Who may sign in how, and for how long. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.core.access import Role

STAFF = frozenset({Role.TEACHER, Role.SCHEDULER, Role.ADMINISTRATOR})
# After this, changing the password requires the old one or a new sign-in.
FRESH = timedelta(minutes=10)


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


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """Whether the user has proved only recently who they are."""
    return now - signed_in_at <= FRESH


@dataclass(frozen=True)
class Resident:
    """A person with a given mail address."""

    person_id: int
    name: str
    email: str
    language: str
    roles: frozenset[Role]
    children: frozenset[int] = frozenset()  # students whom this guardian may see
    apart: bool = False  # the guardians of one of these children come apart


class Way(Enum):
    """How the people with a mail address may sign in."""

    NONE = "nobody is known there"
    LINK = "by a link in a mail"
    PASSWORD = "staff: never by a mail link alone"  # noqa: S105  not a secret
    SCHOOL = "the school must sort out first whose address it is"


def way_in(residents: Sequence[Resident]) -> Way:
    """Return how the people with one mail address may sign in.

    Several people may share it only if the mailbox reveals nothing new to any of them: all are
    guardians of exactly the same children and come together for them.
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
