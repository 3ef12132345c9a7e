"""The mail that tells administrators what an import left for them. It holds no names."""

from collections.abc import Mapping
from datetime import datetime

from app.accounts.staff import administrators
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.review.entries import ReviewKind
from app.review.words import TITLES
from app.school.queries import load_reader


def send_one(person_id: int, counts: Mapping[str, int], *, now: datetime) -> None:
    """Send one administrator the counts, with the reason of each; to nobody else meanwhile."""
    if person_id not in administrators():
        return
    reader = load_reader(person_id)
    send_letter(
        "review",
        reader.email,
        reader.language,
        now=now,
        page=page_url("review.entries"),
        is_refused=ReviewKind.REFUSED in counts,
        counts=[(TITLES[kind], counts[kind]) for kind in ReviewKind if kind in counts],
    )
