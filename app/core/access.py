"""Who is signed in, and the marks that say who may open a page.

Each view carries its mark as data, and ``accounts/session.py`` enforces it. A view without a mark
is refused to everybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import g

F = TypeVar("F", bound=Callable[..., Any])


class Role(StrEnum):
    """A role on this site; one person can have several."""

    GUARDIAN = "guardian"
    STUDENT = "student"
    TEACHER = "teacher"
    SCHEDULER = "scheduler"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """The person who acts, as plain values that outlive the database session."""

    account_id: int | None
    person_id: int
    name: str
    roles: frozenset[Role]
    guardian_id: int | None = None
    student_id: int | None = None
    teacher_id: int | None = None
    born: date | None = None  # of a student, to know who is of age

    def has(self, *roles: Role) -> bool:
        """Whether the actor has at least one of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_office(self) -> bool:
        """Whether the actor runs the rounds for the school."""
        return self.has(*OFFICE)


def public(view: F) -> F:
    """Mark a view as open to everybody, signed in or not."""
    view.access = frozenset()  # type: ignore[attr-defined]
    return view


def requires(*roles: Role) -> Callable[[F], F]:
    """Mark a view as open to people with one of these roles; others get a 404."""
    if not roles:
        raise ValueError("name at least one role, or use @public")

    def mark(view: F) -> F:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


FAMILY = (Role.GUARDIAN, Role.STUDENT)
OFFICE = (Role.ADMINISTRATOR, Role.SCHEDULER)
SIGNED_IN = tuple(Role)
"""For ``@requires(*SIGNED_IN)``: everybody with an account."""


def actor_or_none() -> Actor | None:
    """Return the signed-in actor, or None."""
    actor: Actor | None = g.get("actor")
    return actor


def current_actor() -> Actor:
    """Return the signed-in actor; only for views marked with ``@requires``."""
    actor = actor_or_none()
    if actor is None:
        raise LookupError("nobody is signed in: is this view marked @requires?")
    return actor
