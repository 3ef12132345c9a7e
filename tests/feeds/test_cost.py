"""A fetch without news costs little more than a poll without news."""

from datetime import timedelta
from time import process_time

import pytest
from flask import g
from icalendar import Calendar
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.bookings import picture
from app.bookings.models import Booking
from tests.markers import table_marker
from tests.signing_in import cookie_of
from tests.small_school import NOW

TALKS = 60


def add_talks(db, booking_id):
    """Copy a talk to other days and other teachers' keys; only the feed looks at them."""
    first = db.get(Booking, booking_id)
    row = {column.name: getattr(first, column.name) for column in Booking.__table__.columns}
    for number in range(1, TALKS):
        times = {key: row[key] + timedelta(days=number) for key in ("starts_at", "ends_at")}
        changed = {"id": None, "uid": f"talk-{number}", "offer_id": row["offer_id"]}
        db.add(Booking(**{**row, **times, **changed, "cancelled_at": NOW}))
    db.commit()


def seconds(app, times, **request):
    """The processor time of one such request, of the site alone."""
    environ = EnvironBuilder(**request).get_environ()
    statuses = set()

    def ask():
        g.__dict__.clear()  # shared with the context of the test
        _body, status, _headers = run_wsgi_app(app.wsgi_app, dict(environ))
        statuses.add(status[:3])

    ask()
    before = process_time()
    for _ in range(times):
        ask()
    return (process_time() - before) / times, statuses


@pytest.mark.long
def test_a_fetch_without_news_costs_at_most_half_more_than_a_poll(
    app, client, db, school, choose, address, monkeypatch
):
    monkeypatch.setattr(picture, "LOOK_EVERY", 0.25)  # as a site in use
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    add_talks(db, talk)
    path = address("Alice")
    answer = client.get(path)
    assert answer.data.count(b"UID:") == TALKS + 2
    assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == TALKS + 2

    noor = school.students["Noor"]
    table = {
        "path": f"/rounds/{school.round_id}/children/{noor}",
        "query_string": {
            "marker": table_marker(school.actors["Alice"], school.round_id, noor, now=NOW)
        },
        "headers": {
            "HX-Request": "true",
            "Cookie": cookie_of(app, school.people["Alice"]),
            "User-Agent": "Mobi",
        },
    }
    feed = {"path": path, "headers": {"If-None-Match": answer.headers["ETag"]}}
    rounds = [(seconds(app, 200, **table), seconds(app, 200, **feed)) for _ in range(3)]
    polls, fetches = zip(*rounds, strict=True)
    assert {frozenset(statuses) for _s, statuses in polls} == {frozenset({"204"})}
    assert {frozenset(statuses) for _s, statuses in fetches} == {frozenset({"304"})}
    assert min(fetches)[0] <= 1.5 * min(polls)[0], (min(fetches), min(polls))
