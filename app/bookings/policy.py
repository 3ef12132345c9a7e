"""Who may book, change and read talks. Pure."""

from datetime import datetime

from app.core.access import Actor, Role
from app.core.i18n import local_day
from app.rounds.models import OpenTo
from app.school.age import is_grown


def may_book_in(actor: Actor, open_to: str, now: datetime) -> bool:
    """Whether the round is open to the actor's roles; queries check whose child it is.

    Who is of age acts in every round: guardians no longer do so without the student's yes.
    """
    if actor.has(Role.GUARDIAN) and open_to in (OpenTo.GUARDIANS, OpenTo.BOTH):
        return True
    return actor.has(Role.STUDENT) and (
        open_to in (OpenTo.STUDENTS, OpenTo.BOTH) or is_grown(actor.born, local_day(now))
    )


def acting_role(actor: Actor) -> Role:
    """Return the role in which somebody changes a talk; parents in the office act as parents."""
    for role in (Role.GUARDIAN, Role.STUDENT):
        if actor.has(role):
            return role
    return min(actor.roles)


def shares_talk(child_household: int | None, talk_household: int | None) -> bool:
    """Whether the actor shares a talk about a visible child.

    A talk without a household is the student's own. Any other talk belongs to one household, so
    guardians who come apart do not share it.
    """
    return talk_household is None or talk_household == child_household


def may_see(actor: Actor, open_to: str, now: datetime) -> bool:
    """Whether the actor may see the round's table: those who may book, and all guardians."""
    return actor.has(Role.GUARDIAN) or may_book_in(actor, open_to, now)


def office_role(actor: Actor) -> Role:
    """Return the role in which a member of the office acts, whatever other roles they have."""
    return Role.ADMINISTRATOR if actor.has(Role.ADMINISTRATOR) else Role.SCHEDULER
