"""Queries for who somebody is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Row, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import aliased

from app.accounts.models import Account, SignInSession, SignInToken
from app.accounts.secrets import digest
from app.core import compiled
from app.core.access import Actor, Role
from app.core.memory import Memory, Stamp
from app.core.versions import Version
from app.extensions import db
from app.school.models import Guardian, Person, Student, Teacher
from app.school.names import full_name
from app.school.queries import CIRCLE_REVISIONS, circle_of
from app.settings.models import School
from app.settings.queries import SCHOOL, SchoolInfo, school_of


@dataclass(frozen=True)
class SignedIn:
    """A live session and its owner."""

    session_id: int
    actor: Actor
    remembered: bool
    ahead: timedelta  # of its own time, in which the next three are: see ``policy.time_ahead``
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    school: SchoolInfo  # loaded too, because every page needs it
    stamp: Stamp


_Rows: TypeAlias = Select[*tuple[Any, ...]]

_PERSON = (
    Person.id.label("person_id"),
    Person.given_name,
    Person.prefix,
    Person.family_name,
    Person.email,
    Person.reads(),
    Account.id.label("account_id"),
    Account.administrator,
    Account.scheduler,
    Guardian.id.label("guardian_id"),
    Student.id.label("student_id"),
    Student.birth_date,
    Teacher.id.label("teacher_id"),
)


def _with_roles(statement: _Rows) -> _Rows:
    return (
        statement.outerjoin(
            Guardian, and_(Guardian.person_id == Person.id, Guardian.ended_on.is_(None))
        )
        .outerjoin(Student, and_(Student.person_id == Person.id, Student.ended_on.is_(None)))
        .outerjoin(Teacher, and_(Teacher.person_id == Person.id, Teacher.ended_on.is_(None)))
        .where(Person.ended_on.is_(None), Account.closed_at.is_(None))
    )


# Session, account, person, roles, the school, and the version under which all of them stand.
_SIGNED_IN = _with_roles(
    select(
        *_PERSON,
        SignInSession.id.label("session_id"),
        SignInSession.remembered,
        SignInSession.ahead,
        SignInSession.created_at,
        SignInSession.seen_at,
        SignInSession.expires_at,
        Version.number.label("version"),
        Version.details,
        *SCHOOL,
    )
    .select_from(SignInSession)
    .join(Account, Account.id == SignInSession.account_id)
    .join(Person, Person.id == Account.person_id)
    .join(Version, true())
    .outerjoin(School, true())
).where(SignInSession.token_hash == bindparam("token_hash"), SignInSession.ended_at.is_(None))

# The one statement of each request whose session is remembered.
_STILL = (
    select(
        SignInSession.seen_at,
        SignInSession.ahead,
        Version.number,
        Version.details,
        CIRCLE_REVISIONS,
    )
    .select_from(SignInSession)
    .join(Version, true())
    .where(SignInSession.token_hash == bindparam("token_hash"), SignInSession.ended_at.is_(None))
)

_SESSIONS: Memory[str, SignedIn] = Memory(4096)

PEOPLE = _with_roles(
    select(*_PERSON, Account.password_hash)
    .select_from(Person)
    .outerjoin(Account, Account.person_id == Person.id)
)
"""People who have not left, with their account and roles; callers add conditions and an order."""


def roles_of(row: Row[*tuple[Any, ...]]) -> frozenset[Role]:
    """Return the roles in a row of ``PEOPLE``."""
    held = {
        Role.GUARDIAN: row.guardian_id,
        Role.STUDENT: row.student_id,
        Role.TEACHER: row.teacher_id,
        Role.SCHEDULER: row.scheduler,
        Role.ADMINISTRATOR: row.administrator,
    }
    return frozenset(role for role, value in held.items() if value)


def name_of(row: Row[*tuple[Any, ...]]) -> str:
    """Return the full name in a row of ``PEOPLE``."""
    return full_name(row.given_name, row.prefix, row.family_name)


def actor_of(row: Row[*tuple[Any, ...]]) -> Actor:
    """Return the person in a row of ``PEOPLE`` as an actor."""
    return Actor(
        row.account_id,
        row.person_id,
        name_of(row),
        roles_of(row),
        guardian_id=row.guardian_id,
        student_id=row.student_id,
        teacher_id=row.teacher_id,
        born=row.birth_date,
    )


def load_signed_in(token: str) -> SignedIn | None:
    """Return the session with this token, or None if it, the account or the person has ended.

    The caller must check the time limits: ``policy.session_ends_at``.
    """
    token_hash = digest(token)
    known = _SESSIONS.get(token_hash) or _load(token_hash)
    while known is not None:
        still = compiled.look(_STILL, token_hash=token_hash, circle=known.stamp.circle)
        if not still:
            return None
        seen_at, ahead, version, details, revisions = still[0]
        stamp = Stamp(version, details, revisions, known.stamp.circle)
        if stamp.version != known.stamp.version:
            known = _load(token_hash)
            if known is None or known.stamp._replace(revisions=stamp.revisions) != stamp:
                continue
        return replace(known, seen_at=seen_at, ahead=timedelta(seconds=ahead), stamp=stamp)
    return None


def _load(token_hash: str) -> SignedIn | None:
    rows = compiled.look(_SIGNED_IN, token_hash=token_hash)
    if not rows:
        return None
    row = rows[0]
    actor = actor_of(row)
    known = SignedIn(
        row.session_id,
        actor,
        row.remembered,
        timedelta(seconds=row.ahead),
        row.created_at,
        row.seen_at,
        row.expires_at,
        school_of(row),
        Stamp(row.version, row.details, 0, circle_of(actor)),
    )
    _SESSIONS.put(token_hash, known)
    return known


class Owner(NamedTuple):
    """Whose session may be opened; no actor if the account is closed or the person left."""

    actor: Actor | None
    email_key: str
    language: str  # as chosen on the site, or ""
    newest: datetime | None = None  # when anybody signed in last


_LAST = aliased(SignInSession)
_NEWEST = select(_LAST.created_at).where(
    _LAST.id == select(func.max(SignInSession.id)).scalar_subquery()
)
_OWNERS = PEOPLE.add_columns(
    Person.email_key, Person.own_language, _NEWEST.scalar_subquery().label("newest")
)
_OF_ACCOUNT = _OWNERS.where(Account.id == bindparam("account_id"))
_OF_PERSON = _OWNERS.where(Person.id == bindparam("person_id"))


def load_owner(account_id: int) -> Owner:
    """Return the person of an account."""
    return _owner(_OF_ACCOUNT, account_id=account_id)


def load_person(person_id: int) -> Owner:
    """Return a person like ``load_owner``; the actor has no account id if there is no account."""
    return _owner(_OF_PERSON, person_id=person_id)


def _owner(statement: _Rows, **which: int) -> Owner:
    rows = compiled.read(statement, **which)
    if not rows:
        return Owner(None, "", "")
    row = rows[0]
    return Owner(actor_of(row), row.email_key, row.own_language, row.newest)


def load_actor(account_id: int) -> Actor | None:
    """Return an account's person as an actor; None if the account is closed or the person left."""
    return load_owner(account_id).actor


@dataclass(frozen=True)
class Keyholder:
    """A person at a mail address who can sign in with a password."""

    account_id: int
    password_hash: str


def load_keyholders(email_key: str) -> list[Keyholder]:
    """Return the accounts with a password at one mail address, by id."""
    rows = db.session.execute(
        PEOPLE.where(Person.email_key == email_key, Account.password_hash != "").order_by(
            Account.id
        )
    )
    return [Keyholder(row.account_id, row.password_hash) for row in rows]


@dataclass(frozen=True)
class Addressee:
    """The mail address and language of an account's person."""

    account_id: int
    name: str
    email: str
    language: str
    is_student: bool


def load_addressee(account_id: int) -> Addressee | None:
    """Return the recipient; None if closed, ended or without a mail address."""
    row = db.session.execute(PEOPLE.where(Account.id == account_id)).one_or_none()
    if row is None or not row.email:
        return None
    is_student = Role.STUDENT in roles_of(row)
    return Addressee(account_id, name_of(row), row.email, row.language, is_student)


def load_token_account(token: str, now: datetime) -> int | None:
    """Return the account whose password an invitation or reset may set, or None."""
    account_id: int | None = db.session.scalar(
        select(SignInToken.account_id).where(
            SignInToken.token_hash == digest(token),
            SignInToken.kind.in_(("invitation", "reset")),
            SignInToken.used_at.is_(None),
            SignInToken.expires_at > now,
        )
    )
    return account_id if account_id and load_actor(account_id) else None
