"""Secret addresses at which somebody's talks are read without signing in.

A program that shows a calendar cannot sign in, so its address is the key. It is derived from a
random seed and the site's key: then its owner can look it up again for a second device, and the
database alone, or a backup of it, opens nothing. Each look asks anew whether the address and the
person's role still stand.
"""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app
from sqlalchemy import bindparam, delete, select, true

from app.accounts.models import FeedAddress, FeedKind
from app.accounts.queries import PEOPLE, actor_of
from app.accounts.secrets import digest, new_token
from app.audit import service as audit
from app.audit.actions import Action
from app.core import compiled
from app.core.access import FAMILY, Actor, Role
from app.core.errors import NotFoundError
from app.core.i18n import known_language
from app.core.memory import Memory, Stamp
from app.core.statements import dialect, insert_of
from app.core.transaction import transaction
from app.core.versions import Version
from app.extensions import db
from app.school.models import Person
from app.school.queries import CIRCLE_REVISIONS, circle_of
from app.settings.models import School
from app.settings.queries import SCHOOL, SchoolInfo, school_of

ROLES = {
    FeedKind.FAMILY: FAMILY,
    FeedKind.TEACHING: (Role.TEACHER,),
    FeedKind.BOARD: (Role.TEACHER,),
}


@dataclass(frozen=True)
class Subscriber:
    """Whose talks an address shows, as of now; ``stamp`` was read before anything else."""

    address_id: int
    kind: FeedKind
    actor: Actor
    language: str
    made_at: datetime
    school: SchoolInfo
    stamp: Stamp


def secret_of(actor: Actor, kind: FeedKind) -> str | None:
    """Return the secret of an own address; None if there is none.

    It is empty if the site's key is another one now: the address works, but nobody can say it.
    """
    row = db.session.execute(
        select(FeedAddress.seed, FeedAddress.secret_hash).where(
            FeedAddress.person_id == actor.person_id, FeedAddress.kind == kind
        )
    ).one_or_none()
    if row is None:
        return None
    secret = _derived(row.seed)
    return secret if hmac.compare_digest(digest(secret), row.secret_hash) else ""


def make_address(actor: Actor, kind: FeedKind, *, now: datetime) -> None:
    """Make an own address, or another one in place of it, which then no longer works.

    Raises NotFoundError for whoever has no such talks.
    """
    if not actor.has(*ROLES[kind]):
        raise NotFoundError
    seed = new_token()
    values = {"seed": seed, "secret_hash": digest(_derived(seed)), "made_at": now}
    with transaction():
        db.session.execute(
            insert_of(FeedAddress, dialect())
            .values(person_id=actor.person_id, kind=kind, **values)
            .on_conflict_do_update(index_elements=["person_id", "kind"], set_=values)
        )
        audit.record(actor, Action.FEED_MADE, now=now, name=kind)


def stop_address(actor: Actor, kind: FeedKind, *, now: datetime) -> None:
    """End an own address; a no-op if there is none."""
    own = delete(FeedAddress).where(
        FeedAddress.person_id == actor.person_id, FeedAddress.kind == kind
    )
    with transaction():
        if db.session.execute(own.returning(FeedAddress.id)).first() is not None:
            audit.record(actor, Action.FEED_STOPPED, now=now, name=kind)


def _derived(seed: str) -> str:
    key: str = current_app.config["SECRET_KEY"]
    made = hmac.digest(key.encode(), f"feed {seed}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


_SUBSCRIBER = (
    PEOPLE.add_columns(
        FeedAddress.id.label("address_id"),
        FeedAddress.kind,
        FeedAddress.made_at,
        Version.number.label("version"),
        Version.details,
        *SCHOOL,
    )
    .join(FeedAddress, FeedAddress.person_id == Person.id)
    .join(Version, true())
    .outerjoin(School, true())
    .where(FeedAddress.secret_hash == bindparam("secret_hash"))
)

# The one statement of a fetch by somebody who is remembered.
_STILL = (
    select(Version.number, Version.details, CIRCLE_REVISIONS, Person.reads())
    .select_from(FeedAddress)
    .join(Person, Person.id == FeedAddress.person_id)
    .join(Version, true())
    .where(FeedAddress.secret_hash == bindparam("secret_hash"))
)

_SUBSCRIBERS: Memory[str, Subscriber] = Memory(4096)


def load_subscriber(secret: str, kinds: Collection[FeedKind]) -> Subscriber | None:
    """Return whose address of one of these kinds this is, or None.

    It is nobody's if the person left, has the role no longer, or if the account is closed.
    """
    secret_hash = digest(secret)
    known = _SUBSCRIBERS.get(secret_hash) or _load(secret_hash)
    while known is not None and known.kind in kinds:
        still = compiled.look(_STILL, secret_hash=secret_hash, circle=known.stamp.circle)
        if not still:
            return None
        version, details, revisions, language = still[0]
        stamp = Stamp(version, details, revisions, known.stamp.circle)
        if stamp.version != known.stamp.version:
            known = _load(secret_hash)
            if known is None or known.stamp._replace(revisions=stamp.revisions) != stamp:
                continue
        # Choosing another language raises no version.
        return replace(known, stamp=stamp, language=known_language(language))
    return None


def _load(secret_hash: str) -> Subscriber | None:
    rows = compiled.look(_SUBSCRIBER, secret_hash=secret_hash)
    if not rows:
        return None
    row = rows[0]
    actor, kind = actor_of(row), FeedKind(row.kind)
    if not actor.has(*ROLES[kind]):
        return None
    circle = circle_of(actor) if kind is FeedKind.FAMILY else (actor.person_id,)
    known = Subscriber(
        row.address_id,
        kind,
        actor,
        known_language(row.language),
        row.made_at,
        school_of(row),
        Stamp(row.version, row.details, 0, circle),
    )
    _SUBSCRIBERS.put(secret_hash, known)
    return known
