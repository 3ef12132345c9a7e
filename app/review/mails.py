"""The mail that tells administrators what an import left for them. It holds no names."""

from collections.abc import Mapping
from datetime import datetime

from app.accounts.staff import administrators
from app.imports.queries import load_last_runs
from app.mail.letters import send_letter
from app.mail.message import page_url
from app.review.entries import ReviewKind
from app.review.words import TITLES, VERDICTS
from app.school.reading import load_reader


def send_one(person_id: int, counts: Mapping[str, int], *, now: datetime) -> None:
    """Send one administrator the counts, with the reason of each; to nobody else meanwhile.

    A run that was stopped is no news any more once another one went in.
    """
    last = load_last_runs().last
    is_refused = ReviewKind.REFUSED in counts and last is not None and last.report.is_refused
    others = [(TITLES[kind], counts[kind]) for kind in _OTHERS if kind in counts]
    if person_id not in administrators() or not (is_refused or others):
        return
    reader = load_reader(person_id)
    send_letter(
        "review",
        reader.email,
        reader.language,
        now=now,
        page=page_url("review.entries"),
        verdict=VERDICTS[last.report.verdict] if last and is_refused else "",
        counts=others,
    )


_OTHERS = [kind for kind in ReviewKind if kind is not ReviewKind.REFUSED]
