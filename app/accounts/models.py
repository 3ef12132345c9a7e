"""Accounts, the secrets that open them, sessions, and addresses that need none."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class FeedKind(StrEnum):
    """What a secret address shows."""

    FAMILY = "family"  # the talks of a guardian's children, or of a student, as a calendar
    TEACHING = "teaching"  # a teacher's own talks, as a calendar
    BOARD = "board"  # the same as a page within another site


class Account(Base):
    """The sign-in of one person, with the roles that the school grants; others are imported."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    password_hash: Mapped[str] = mapped_column(default="")
    administrator: Mapped[bool] = mapped_column(default=False)
    scheduler: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]


class SignInToken(Base):
    """A secret sent by mail or handed out, stored only as SHA-256.

    Kinds: "link" (10 minutes; belongs to a mail address, because two guardians can share one), and
    "invitation", "reset" and "code" (which the office hands out; belong to one account).
    """

    __tablename__ = "sign_in_tokens"
    __table_args__ = (
        CheckConstraint("kind IN ('link', 'invitation', 'reset', 'code')", name="kind"),
        Index("ix_sign_in_tokens_email_key", "email_key", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str] = mapped_column(default="")
    browser_hash: Mapped[str] = mapped_column(default="", index=True)
    email_key: Mapped[str] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInSession(Base):
    """A signed-in browser; its idle and absolute limits depend on the roles."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    device: Mapped[str] = mapped_column(default="")  # "Firefox, Android": in words, for the list
    remembered: Mapped[bool] = mapped_column(default=False)
    ahead: Mapped[int] = mapped_column(default=0)  # seconds: see ``policy.time_ahead``
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInTry(Base):
    """A counter of attempts (``counters``), so that limits hold across workers."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(primary_key=True)  # of a SHA-256: no address in clear text
    empty_at: Mapped[datetime]  # nothing counts any more from then on


class FeedAddress(Base):
    """A secret address at which one person's talks are read without signing in.

    The secret is derived from ``seed`` and the site's key, so the page can show it again, and who
    has only the database cannot make it. It is found by its SHA-256.
    """

    __tablename__ = "feed_addresses"
    __table_args__ = (
        UniqueConstraint("person_id", "kind"),
        CheckConstraint("kind IN ('family', 'teaching', 'board')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    seed: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
