"""Two workers, and two people of the office, at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update

from app.audit.models import AuditEntry
from app.extensions import db
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.review import service
from app.review.entries import ReviewKind
from app.review.models import ReviewItem
from app.review.queries import load_page
from app.school.models import Guardian, Person
from tests.small_school import NOW, small_school

pytestmark = pytest.mark.race

AT_ONCE = 4


@pytest.fixture(autouse=True)
def _at_night():
    """The threads run on the real clock."""


@pytest.fixture
def here(own_app):
    """The small school without the addresses of its parents, in a database of its own."""
    with own_app.app_context():
        school = small_school(db.session)
        parents = select(Guardian.person_id)
        db.session.execute(
            update(Person).where(Person.id.in_(parents)).values(email="", email_key="")
        )
        db.session.commit()
        yield school


def together(app, *calls):
    """Do all of it at the same time."""
    barrier = Barrier(len(calls))

    def do(call):
        with app.app_context():
            barrier.wait()
            return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(do, calls))


def test_two_workers_promise_one_mail(own_app, here):
    for _night in range(5):
        for table in (ReviewItem, OutboxMessage):
            db.session.execute(delete(table))
        db.session.commit()
        together(own_app, *[lambda: service.tell(now=NOW)] * AT_ONCE)
        mails = db.session.scalars(
            select(OutboxMessage.payload).where(OutboxMessage.kind == Promise.REVIEW_MAIL)
        ).all()
        assert mails == [{"person_id": here.people["Anna"], "counts": {"no_address": 6}}]


def test_all_is_ticked_off_once_beside_a_worker(own_app, here):
    (group,) = load_page(NOW).groups
    subjects = [entry.subject for entry in group.open]
    db.session.rollback()

    def settle(order):
        return service.settle(
            here.actors["Anna"], ReviewKind.NO_ADDRESS, subjects[::order], shall=True, now=NOW
        )

    done = together(
        own_app,
        *[lambda order=order: settle(order) for order in (1, -1)],
        *[lambda: service.tell(now=NOW)] * 2,
    )
    assert sorted(done[:2]) == [0, 6]
    (group,) = load_page(NOW).groups
    assert (len(group.open), len(group.settled)) == (0, 6)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["review.settled"]
