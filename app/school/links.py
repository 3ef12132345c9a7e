"""A teacher's own link: where those talks are that are held at a link that is always the same."""

from datetime import datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Actor, Role
from app.core.errors import DomainError, NotFoundError, found
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import Teacher

LINK_LENGTH = 500


class BadLink(DomainError):
    """What was given is no link that a family can safely open."""


def set_link(actor: Actor, teacher_id: int, link: str, *, now: datetime) -> None:
    """Save a teacher's own link; an empty one deletes it.

    Raises NotFoundError for anybody but the office and the teacher, and BadLink.
    """
    is_own = actor.teacher_id == teacher_id
    if not (actor.is_office or is_own):
        raise NotFoundError
    link = link.strip()
    if link and not _is_link(link):
        raise BadLink(
            _(
                "Write a whole link that begins with https://, of at most %(max)d characters.",
                max=LINK_LENGTH,
            )
        )
    with transaction():
        teacher = found(db.session.get(Teacher, teacher_id, with_for_update=True))
        if teacher.link == link:
            return
        teacher.link = link
        # Log that it changed, never the link: it lets everybody in.
        audit.record(
            actor,
            Action.SCHOOL_TEACHER_LINK,
            now=now,
            role=Role.TEACHER if is_own else "",
            teacher_id=teacher_id,
        )


def _is_link(text: str) -> bool:
    """Whether this leads to a page over https, with nothing that hides where."""
    if len(text) > LINK_LENGTH or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host and "@" not in parts.netloc
