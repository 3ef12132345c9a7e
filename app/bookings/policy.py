"""Who may book, change and read talks. Pure."""

from app.core.access import Actor, Role
from app.rounds.models import OpenTo


def may_book_in(actor: Actor, open_to: str) -> bool:
    """Whether the round is open to people such as the actor; whose child it is, queries decide."""
    if actor.has(Role.GUARDIAN) and open_to in (OpenTo.GUARDIANS, OpenTo.BOTH):
        return True
    return actor.has(Role.STUDENT) and open_to in (OpenTo.STUDENTS, OpenTo.BOTH)


def acting_role(actor: Actor) -> Role:
    """Return as whom somebody changes a talk; a parent who also runs the office acts as a parent."""
    for role in (Role.GUARDIAN, Role.STUDENT):
        if actor.has(role):
            return role
    return min(actor.roles)


def shares_talk(child_household: int | None, talk_household: int | None) -> bool:
    """Whether a talk about a visible child is one's own.

    A talk without household is the student's own. Else it belongs to one household:
    a guardian who comes apart does not share it.
    """
    return talk_household is None or talk_household == child_household


def may_see(actor: Actor, open_to: str) -> bool:
    """Whether the round's table is shown: to those who may book, and to guardians in any case."""
    return actor.has(Role.GUARDIAN) or may_book_in(actor, open_to)


def office_role(actor: Actor) -> Role:
    """Return as whom somebody of the office acts, whatever else the person is."""
    return Role.ADMINISTRATOR if actor.has(Role.ADMINISTRATOR) else Role.SCHEDULER
