"""What tests of bookings share."""

from itertools import count

import pytest
from sqlalchemy import update

from app.bookings import service
from app.bookings.choices import Choice
from app.rounds.models import Offer
from tests.school import NOW

_tokens = count()


@pytest.fixture
def book(school):
    """Book as somebody: book("Alice", "Noor", ("Vera", 0), ("Bart", 1))."""

    def book_(actor, student, *cells, together=False, token=None, now=NOW):
        return service.book(
            school.actors[actor],
            school.round_id,
            school.students[student],
            [Choice(*school.choice(student, teacher, slot)) for teacher, slot in cells],
            together=together,
            submission=token or f"submission-{next(_tokens)}",
            now=now,
        )

    return book_


@pytest.fixture
def withdraw(db, school):
    """Offer a child a teacher no more: withdraw("Noor", "Vera")."""

    def withdraw_(student, teacher):
        offer = Offer.id == school.offers[student, teacher]
        db.execute(update(Offer).where(offer).values(offered=False, in_package=False))
        db.commit()

    return withdraw_
