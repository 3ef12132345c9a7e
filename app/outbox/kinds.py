"""Kinds of promises. Sites store these values in rows: renaming one needs a migration."""

from enum import StrEnum


class Promise(StrEnum):
    """A kind of outbox row; ``app/handlers.py`` lists its handlers."""

    SEND_LINK = "accounts.send_link"
    SEND_INVITATION = "accounts.send_invitation"
    SEND_PASSWORD_NOTICE = "accounts.send_password_notice"  # noqa: S105  (no password)
    BOOKED = "bookings.booked"
    MOVED = "bookings.moved"
    CANCELLED = "bookings.cancelled"
    CALLED_OFF = "bookings.called_off"
    FAMILY_MAIL = "bookings.mail"
    REGROUPED_MAIL = "bookings.regrouped"
    TEACHER_MAIL = "bookings.teacher_mail"
    IMPORT_DONE = "imports.done"
    REVIEW_MAIL = "review.mail"
    ROUND_MAIL = "round_setup.mail"
