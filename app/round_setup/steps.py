"""The steps of a round, by hand or by date: teachers check, families see it, it is archived."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.audit import service as audit
from app.audit.actions import Action
from app.audit.models import AuditEntry
from app.core.access import Actor
from app.core.errors import DomainError, found
from app.core.i18n import moment_text, time_text
from app.core.transaction import transaction
from app.extensions import db
from app.outbox import service as outbox
from app.outbox.kinds import Promise
from app.round_setup import recipients
from app.round_setup.recipients import Letter
from app.rounds import service as rounds
from app.rounds.models import Round, RoundState
from app.rounds.phases import STEPS, Phase, is_ahead
from app.rounds.queries import load_round

NUDGE_REST = timedelta(days=1)
REMINDER_REST = timedelta(hours=1)


class NotNow(DomainError):
    """The action makes no sense at this moment."""


def take(round_id: int, state: RoundState, actor: Actor | None, *, now: datetime) -> None:
    """Set a round's state, and tell the people concerned once.

    ``actor`` is None if the step was scheduled. Raises WrongState and NotFoundError.
    """
    with transaction():
        row = found(db.session.get(Round, round_id, with_for_update=True))
        rounds.set_state(round_id, state, actor, now=now)
        # Without recipients nobody was told; a later change of classes or lessons may add some.
        asks = state is RoundState.CHECK and row.teachers_told_at is None
        if asks and (teachers := recipients.teachers_of(round_id)):
            row.teachers_told_at = now
            _promise(row, Letter.CHECK, teachers, actor, now)
        invites = state is RoundState.PUBLISHED and row.families_told_at is None
        if (
            invites
            and now < row.closes_at
            and (families := recipients.families_of(round_id, now=now))
        ):
            row.families_told_at = now
            _promise(row, Letter.INVITATION, families, actor, now)


def take_due(*, now: datetime) -> list[int]:
    """Take the steps that are due; return the rounds changed. Idempotent for the same moment."""
    due = db.session.scalars(
        select(Round.id)
        .where(
            Round.state != RoundState.ARCHIVED,
            or_(Round.check_at <= now, Round.publish_at <= now, Round.archive_at <= now),
        )
        .order_by(Round.id)
    ).all()
    return [round_id for round_id in due if _take_due(round_id, now)]


def show_timetable(round_id: int, actor: Actor, *, visible: bool, now: datetime) -> None:
    """Show teachers who comes to them, or hide it again. Raises NotFoundError."""
    with transaction():
        row = found(db.session.get(Round, round_id, with_for_update=True))
        if row.timetable_visible != visible:
            row.timetable_visible = visible
            audit.record(actor, Action.ROUND_TIMETABLE, now=now, round_id=round_id, visible=visible)


def remind_teachers(round_id: int, actor: Actor, *, now: datetime) -> int:
    """Remind the teachers who have not checked their times; return how many.

    Raises NotNow if teachers do not check the round now or were reminded less than an hour ago;
    NotFoundError.
    """
    with transaction():
        row = found(db.session.get(Round, round_id, with_for_update=True))
        if load_round(round_id).phase(now) is not Phase.CHECK:
            raise NotNow(_("Teachers do not check this round at the moment."))
        last = _reminded_at(round_id)
        if last is not None and abs(now - last) < REMINDER_REST:
            raise NotNow(
                _("They were reminded at %(time)s. Give them an hour.", time=time_text(last))
            )
        late = recipients.teachers_of(round_id, unchecked=True)
        _promise(row, Letter.REMINDER, late, actor, now)
        return len(late)


def remind_families(round_id: int, actor: Actor, *, now: datetime) -> int:
    """Mail the families of whom nobody has said anything; return to how many people.

    Raises NotNow if families cannot choose or ask now, or got such a mail less than a day ago;
    NotFoundError.
    """
    with transaction():
        row = found(db.session.get(Round, round_id, with_for_update=True))
        if load_round(round_id).phase(now) is not Phase.OPEN:
            raise NotNow(_("Families can choose or ask for nothing in this round at the moment."))
        last = _reminded_at(round_id, Letter.NUDGE)
        if last is not None and abs(now - last) < NUDGE_REST:
            raise NotNow(
                _("They got a mail %(moment)s. Give them a day.", moment=moment_text(last))
            )
        silent = recipients.families_of(round_id, now=now, silent=True)
        _promise(row, Letter.NUDGE, silent, actor, now)
        return len(silent)


def _take_due(round_id: int, now: datetime) -> bool:
    with transaction():
        row = found(db.session.get(Round, round_id, with_for_update=True))
        state = RoundState(row.state)
        # Latest due step only: after downtime, do not ask teachers to check a public round.
        for name, to in reversed(STEPS.items()):
            moment = getattr(row, name)
            if moment is None or moment > now or not is_ahead(state, to):
                continue
            if to is RoundState.ARCHIVED and state is not RoundState.PUBLISHED:
                continue  # never archive a round that was not published
            take(round_id, to, None, now=now)
            return True
        return False


def _promise(
    row: Round, letter: Letter, people: list[int], actor: Actor | None, now: datetime
) -> None:
    """Add a promise of a mail to each of these people to the outbox, and log how many."""
    outbox.enqueue_all(
        Promise.ROUND_MAIL,
        [{"letter": letter, "round_id": row.id, "person_id": person} for person in people],
        now=now,
    )
    audit.record(
        actor, Action(f"round.told_{letter}"), now=now, round_id=row.id, readers=len(people)
    )


def _reminded_at(round_id: int, letter: Letter = Letter.REMINDER) -> datetime | None:
    return db.session.scalar(
        select(AuditEntry.at)
        .where(
            AuditEntry.round_id == round_id,
            AuditEntry.action == f"round.told_{letter}",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
