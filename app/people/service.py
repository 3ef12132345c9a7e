"""An administrator's decisions about a family: apart or together, open or closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.accounts.service import end_shared_access
from app.audit import service as audit
from app.audit.actions import Action
from app.bookings import claims, policy
from app.bookings.cells import Talk
from app.bookings.models import Booking
from app.bookings.talks import talks_for_mail
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError, found
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.requests.following import regroup
from app.school.age import is_of_age, is_open
from app.school.homes import homes_of
from app.school.models import Guardianship, Student
from app.school.models.family import ClosedReason
from app.school.structure import closed_reason


class NothingToDecide(DomainError):
    """The state is already as asked."""


@dataclass(frozen=True)
class Follows:
    """A future talk that would change: it goes to these guardians, or to nobody."""

    talk: Talk
    guardians: tuple[str, ...]
    is_cancelled: bool  # since the same guardians have another talk with this teacher


class _Rehearsed(Exception):
    """Raised to end a rehearsal and roll it back."""


@retry_deadlock
def set_apart(actor: Actor, student_id: int, *, apart: bool, reason: str, now: datetime) -> None:
    """Set a student's guardians apart, or put them together again; future talks follow.

    Raises NotFoundError if the actor is no administrator, and NothingToDecide.
    """
    _refuse_others(actor)
    with transaction():
        _apart(student_id, apart=apart, reason=reason.strip(), now=now)
        action = Action.FAMILY_SET_APART if apart else Action.FAMILY_PUT_TOGETHER
        _record(actor, action, student_id, now, reason=reason.strip())


@retry_deadlock
def change_access(
    actor: Actor, student_id: int, guardian_id: int, *, opens: bool, reason: str, now: datetime
) -> None:
    """Open or close a student to a guardian; future talks follow the households.

    Raises NotFoundError if the actor is no administrator or the two are not linked, and
    NothingToDecide.
    """
    _refuse_others(actor)
    with transaction():
        _access(student_id, guardian_id, opens=opens, reason=reason.strip(), now=now)
        action = Action.FAMILY_OPENED if opens else Action.FAMILY_CLOSED
        _record(actor, action, student_id, now, reason=reason.strip(), guardian_id=guardian_id)


def rehearse_apart(student_id: int, *, apart: bool, now: datetime) -> tuple[Follows, ...]:
    """Return the student's talks that ``set_apart`` would change. Raises as it does."""
    return _rehearse(student_id, lambda: _apart(student_id, apart=apart, reason="", now=now), now)


def rehearse_access(
    student_id: int, guardian_id: int, *, opens: bool, now: datetime
) -> tuple[Follows, ...]:
    """Return the student's talks that ``change_access`` would change. Raises as it does."""
    return _rehearse(
        student_id,
        lambda: _access(student_id, guardian_id, opens=opens, reason="", now=now),
        now,
    )


def note_addresses_seen(actor: Actor, student_id: int, *, now: datetime) -> None:
    """Log that the actor looked at a family's mail addresses. Raises NotFoundError."""
    _refuse_others(actor)
    with transaction():
        found(db.session.get(Student, student_id))
        _record(actor, Action.FAMILY_ADDRESSES_SEEN, student_id, now)


@retry_deadlock
def _rehearse(student_id: int, change: Callable[[], None], now: datetime) -> tuple[Follows, ...]:
    """Make the change, see what became of the talks, and roll everything back.

    Who gets a talk depends on who booked it and on other talks; a second copy of these rules
    would one day disagree with the real change.
    """
    followed: tuple[Follows, ...] = ()
    try:
        with transaction():
            before = _households(student_id, now)
            change()
            after = _households(student_id, now)
            guardians = {home.household_id: home.guardians for home in homes_of(student_id)}
            changed = [
                id_
                for id_, (household_id, _gone) in after.items()
                if after[id_] != before[id_] or household_id not in {None, *guardians}
            ]
            followed = tuple(
                Follows(
                    talk,
                    guardians.get(after[talk.booking_id][0] or 0, ()),
                    after[talk.booking_id][1],
                )
                for talk in talks_for_mail(changed, now=now)
            )
            raise _Rehearsed
    except _Rehearsed:
        db.session.expire_all()
    return followed


def _households(student_id: int, now: datetime) -> dict[int, tuple[int | None, bool]]:
    rows = db.session.execute(
        select(Booking.id, Booking.household_id, Booking.cancelled_at).where(
            Booking.student_id == student_id,
            Booking.starts_at > now,
            or_(Booking.cancelled_at.is_(None), Booking.cancelled_at == now),
        )
    )
    return {id_: (household_id, gone is not None) for id_, household_id, gone in rows}


def _apart(student_id: int, *, apart: bool, reason: str, now: datetime) -> None:
    claims.lock_child(student_id)
    student = found(db.session.get(Student, student_id, with_for_update=True))
    if student.ended_on is not None:
        raise NotFoundError
    if student.apart == apart:
        raise NothingToDecide(
            _("The parents come apart already.")
            if apart
            else _("The parents come together already.")
        )
    student.apart = apart
    # If the source says the same, imports decide again from now on.
    student.apart_reason = reason if apart != student.apart_in_source else ""
    db.session.flush()
    end_shared_access([student_id], now=now)
    regroup(now=now, regrouped=[student_id])


def _access(student_id: int, guardian_id: int, *, opens: bool, reason: str, now: datetime) -> None:
    claims.lock_child(student_id)
    today = local_day(now)
    link, is_opened, of_age = found(
        db.session.execute(
            select(Guardianship, is_open(today), is_of_age(today))
            .join(Student, Student.id == Guardianship.student_id)
            .where(
                Guardianship.student_id == student_id,
                Guardianship.guardian_id == guardian_id,
                Guardianship.ended_at.is_(None),
            )
            .with_for_update(of=Guardianship)
        ).one_or_none()
    )
    if opens == bool(is_opened):
        raise NothingToDecide(
            _("This parent sees the child already.")
            if opens
            else _("This parent does not see the child any more.")
        )
    if opens:
        link.opened_at, link.opened_reason, link.opened_of_age = now, reason, bool(of_age)
        link.closed_reason = closed_reason(link.relation, authority=link.legal_authority)
    else:
        link.opened_at, link.opened_reason, link.opened_of_age = None, "", False
        link.closed_reason = ClosedReason.SCHOOL
    db.session.flush()
    end_shared_access([student_id], now=now)
    regroup(now=now)


def _refuse_others(actor: Actor) -> None:
    if not actor.has(Role.ADMINISTRATOR):
        raise NotFoundError


def _record(
    actor: Actor,
    action: Action,
    student_id: int,
    now: datetime,
    **details: str | int,
) -> None:
    audit.record(
        actor,
        action,
        now=now,
        role=policy.office_role(actor),
        student_id=student_id,
        **details,
    )
