"""Mails about a round: ask teachers to check it, and invite families.

Each mail checks again, when it is sent, that it still has a reason: a round that was withdrawn
invites nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from app.bookings.absences import may_block
from app.extensions import db
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.round_setup import recipients
from app.round_setup.recipients import Letter
from app.rounds.models import Mode, Participants, Round
from app.rounds.phases import Phase, phase_of
from app.rounds.queries import load_evenings
from app.school.reading import load_reader

PAGES = {
    Letter.CHECK: "teaching.overview",
    Letter.REMINDER: "teaching.overview",
    Letter.INVITATION: "family.start",
    Letter.NUDGE: "family.start",
}
TEMPLATES = {
    Letter.CHECK: "round_check",
    Letter.REMINDER: "round_check",
    Letter.INVITATION: "round_invitation",
    Letter.NUDGE: "round_invitation",
}


def send_one(letter: str, round_id: int, person_id: int, *, now: datetime) -> None:
    """Send one recipient a letter about a round, unless it no longer has a reason."""
    what = Letter(letter)
    round_ = db.session.get(Round, round_id)
    if round_ is None or not _still_for(what, round_, person_id, now):
        return
    reader = load_reader(person_id)
    send_letter(
        TEMPLATES[what],
        reader.email,
        reader.language,
        now=now,
        is_student=reader.is_student,
        page=page_url(PAGES[what]),
        name=round_.name,
        explanation=round_.explanation,
        children=_children(what, round_id, person_id, now),
        again=what in {Letter.REMINDER, Letter.NUDGE},
        asks=round_.mode == Mode.REQUESTS,
        takes_requests=round_.mode != Mode.TIMES,
        of_student=round_.participants == Participants.STUDENT,
        evenings=[it for it in load_evenings(round_id) if it.slots and it.ends_at > now],
        until=_check_until(round_, now),
        may_block=may_block(round_, now),
        opens_at=round_.opens_at,
        is_open=round_.opens_at <= now,
        closes_at=round_.closes_at,
    )


def _check_until(round_: Round, now: datetime) -> datetime | None:
    """Return until when teachers check, or None: the office can ask when each moment is over."""
    moments = (round_.teachers_block_until, round_.publish_at, round_.opens_at)
    return next((moment for moment in moments if moment and moment > now), None)


def _children(what: Letter, round_id: int, person_id: int, now: datetime) -> Sequence[str]:
    """Return the children whom a letter is about; none is named in one to all families."""
    if what is not Letter.NUDGE:
        return ()
    return recipients.silent_children(round_id, person_id, now=now)


def _still_for(what: Letter, round_: Round, person_id: int, now: datetime) -> bool:
    phase = phase_of(round_, now)
    if what is Letter.INVITATION:
        return phase in {Phase.ANNOUNCED, Phase.OPEN} and bool(
            recipients.families_of(round_.id, now=now, only=person_id)
        )
    if what is Letter.NUDGE:
        silent = recipients.families_of(round_.id, now=now, only=person_id, silent=True)
        return phase is Phase.OPEN and bool(silent)
    return phase is Phase.CHECK and bool(
        recipients.teachers_of(round_.id, unchecked=True, only=person_id)
    )
