"""Kinds of promises. Sites store these values in rows: renaming one needs a migration."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum


class Promise(StrEnum):
    """A kind of outbox row; ``app/handlers.py`` lists its handlers."""

    SEND_LINK = "accounts.send_link"
    SEND_INVITATION = "accounts.send_invitation"
    SEND_PASSWORD_NOTICE = "accounts.send_password_notice"  # noqa: S105  (no password)
    BOOKED = "bookings.booked"
    MOVED = "bookings.moved"
    CANCELLED = "bookings.cancelled"
    SWITCHED = "bookings.switched"
    CALLED_OFF = "bookings.called_off"
    LINK_CAME = "bookings.link_came"
    FAMILY_MAIL = "bookings.mail"
    REGROUPED_MAIL = "bookings.regrouped"
    GROWN_MAIL = "bookings.grown"
    TEACHER_MAIL = "bookings.teacher_mail"
    INVITATION = "feeds.invitation"
    IMPORT_DONE = "imports.done"
    PLANNED = "planner.planned"
    PLANNED_MAIL = "planner.mail"
    PLAN_WAITS = "planner.waits"
    REVIEW_MAIL = "review.mail"
    ROUND_MAIL = "round_setup.mail"


class Urgency(IntEnum):
    """Which of the promises that are due goes first: the lowest number."""

    SIGN_IN = 1  # somebody waits for it and can do nothing else
    ANSWER = 2  # to what somebody has just done
    NEWS = 3  # everything else; there may be thousands at once


_URGENCIES: Mapping[str, Urgency] = {
    Promise.SEND_LINK: Urgency.SIGN_IN,
    Promise.SEND_PASSWORD_NOTICE: Urgency.ANSWER,
    Promise.BOOKED: Urgency.ANSWER,
    Promise.MOVED: Urgency.ANSWER,
    Promise.CANCELLED: Urgency.ANSWER,
    Promise.SWITCHED: Urgency.ANSWER,
    Promise.LINK_CAME: Urgency.ANSWER,
    Promise.FAMILY_MAIL: Urgency.ANSWER,
}


def urgency_of(kind: str) -> Urgency:
    """Return the urgency of a row's kind; a further handler's ("x#2") is as urgent as the first."""
    return _URGENCIES.get(kind.partition("#")[0], Urgency.NEWS)
