"""Measure each office page at a school of 1,600 students and 110 teachers.

It requests every URL under /office, so that no new page is forgotten. Times are CPU times of one
process on SQLite; the numbers of statements hold anywhere.
"""

import gc
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from flask import Flask, url_for
from flask_migrate import upgrade
from sqlalchemy import event, func, select
from werkzeug.routing import Rule

from app.accounts.models import Account
from app.bookings.models import Booking
from app.core import clock
from app.core.access import Role
from app.demo.service import seed
from app.extensions import db
from app.rounds.models import Evening
from app.school.models import Guardianship, Teacher
from tests.signing_in import cookie_of
from tests.sites import make_app

STUDENTS = 1600
TRIES = 5


def main(students: int = STUDENTS) -> None:
    """Print each page's statements, milliseconds and bytes."""
    with tempfile.TemporaryDirectory(prefix="tienminuten-bench-") as name:
        address = os.environ.get("BENCH_DATABASE", f"sqlite:///{Path(name)}/office.db")
        app = make_app(address, demo=True)
        with app.app_context():
            upgrade()
            made = seed(students, now=clock.now())
            ids = _ids()
            person = db.session.scalar(select(Account.person_id).where(Account.administrator))
            key, _, cookie = cookie_of(app, person).partition("=")
            engine = db.engine
        print(f"\nthe office, {made.students} students, {made.teachers} teachers, ", end="")
        print(f"{made.talks} talks\n{'statements':>10}{'ms':>7}{'KiB':>7}")
        client = app.test_client()
        client.set_cookie(key, cookie, domain="localhost")
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *it: statements.append(it[2]))
        gc.collect()
        gc.freeze()  # as wsgi.py does
        for path in _paths(app, ids):
            statements.clear()
            response = client.get(path)
            count, size = len(statements), len(response.data)
            took = []
            for _try in range(TRIES):
                start = time.process_time()
                client.get(path)
                took.append((time.process_time() - start) * 1000)
            note = "" if response.status_code < 400 else f"  ({response.status_code})"
            print(f"{count:10}{median(took):7.0f}{size / 1024:7.0f}  {path}{note}")
        with app.app_context():
            db.engine.dispose()


def _ids() -> dict[str, int]:
    """Return an id for each URL parameter: the round with the most talks, and rows in it."""
    live = (Booking.cancelled_at.is_(None), Booking.starts_at > clock.now())
    round_id = db.session.scalar(
        select(Booking.round_id).where(*live).group_by(Booking.round_id).order_by(-func.count())
    )
    booking = db.session.scalars(
        select(Booking).where(Booking.round_id == round_id, *live).order_by(Booking.id).limit(1)
    ).one()
    return {
        "round_id": booking.round_id,
        "evening_id": db.session.scalar(
            select(Evening.id).where(Evening.round_id == booking.round_id).order_by(Evening.day)
        ),
        "student_id": booking.student_id,
        "booking_id": booking.id,
        "teacher_id": int(booking.teacher_key.split("-")[0]),
        "guardian_id": db.session.scalar(
            select(Guardianship.guardian_id).where(Guardianship.student_id == booking.student_id)
        ),
        "person_id": db.session.scalar(select(Teacher.person_id).limit(1)),
    }


def _paths(app: Flask, ids: dict[str, int]) -> list[str]:
    def fits(rule: Rule) -> bool:
        access = getattr(app.view_functions[rule.endpoint], "access", ())
        asked = "GET" in (rule.methods or ()) and rule.rule.startswith("/office")
        return asked and Role.ADMINISTRATOR in access and rule.arguments <= ids.keys()

    with app.test_request_context():
        rules = filter(fits, app.url_map.iter_rules())
        paths = {url_for(r.endpoint, **{name: ids[name] for name in r.arguments}) for r in rules}
    return sorted(paths)


if __name__ == "__main__":
    main()
