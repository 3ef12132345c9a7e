"""What a family asks for about one child, as the office changes it for a family that calls."""

from dataclasses import dataclass
from datetime import datetime

from app.bookings.availability import evenings_with_times
from app.people.times import who_comes
from app.requests.office import requests_round
from app.requests.queries import AskingChild, load_child
from app.rounds.info import RoundInfo


@dataclass(frozen=True)
class AskForPage:
    """What a family asks for about one child in a round."""

    round: RoundInfo
    family: tuple[str, ...]
    asking: AskingChild


def load_ask_for(
    round_id: int, student_id: int, household_id: int | None, *, now: datetime
) -> AskForPage:
    """Return what a family asks for; the only one of a child need not be named.

    Raises NotFoundError, and RoundClosed if the office cannot change it.
    """
    round_ = requests_round(round_id, now)
    child, family = who_comes(round_, student_id, household_id)
    evenings = evenings_with_times(round_)
    return AskForPage(round_, family, load_child(round_, child, child.household_id, evenings))
