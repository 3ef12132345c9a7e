"""The opening rush: real server processes, real databases, everybody at once."""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from http.client import IncompleteRead

import pytest
from sqlalchemy import delete, func, select, update

from app.bookings.models import Booking, Claim, Unavailability
from app.core import clock
from app.extensions import db
from app.rounds.models import Round, Slot
from app.school.models import Person
from tests.race.crowd import Phone, add_families, at_once
from tests.small_school import open_school
from tests.talks import block

pytestmark = pytest.mark.race


@pytest.fixture(scope="module")
def opened(shared_site):
    """A site with several processes, and the small school on it."""
    site = shared_site(workers=3, threads=8)
    return site, open_school(site)


@pytest.fixture
def rush(opened):
    """Put families on the site; afterwards nothing is booked any more."""
    site, school = opened

    def families(count: int, *, guardians: int = 1) -> list[list[Phone]]:
        return add_families(site, school, count, guardians=guardians)

    families.site, families.school = site, school
    yield families
    with site.app.app_context():
        for table in (Claim, Booking, Unavailability):
            db.session.execute(delete(table))
        db.session.execute(update(Person).values(revision=Person.revision + 1))
        db.session.commit()


def bookings(site):
    """Return the live talks and check that claims agree with them: nobody in two places."""
    with site.app.app_context():
        live = db.session.execute(
            select(Booking.id, Booking.student_id, Booking.teacher_key, Booking.starts_at).where(
                Booking.cancelled_at.is_(None)
            )
        ).all()
        claimed = dict(
            row
            for row in db.session.execute(
                select(Claim.booking_id, func.count())
                .where(Claim.kind == "teach", Claim.booking_id.is_not(None))
                .group_by(Claim.booking_id)
            )
        )
        assert claimed == {row.id: 2 for row in live}, "every talk holds its ten minutes"
        doubles = Counter((row.teacher_key, row.starts_at) for row in live)
        assert not [cell for cell, times in doubles.items() if times > 1]
        db.session.remove()
        return live


def test_two_hundred_tries_for_one_cell_give_one_booking(rush):
    phones = [family[0] for family in rush(200)]
    answers = at_once([partial(p.book, p.cell("Vera", 0)) for p in phones])

    assert Counter(a.status for a in answers) == {200: 1, 409: 199}
    assert len(bookings(rush.site)) == 1
    for loser in (a for a in answers if a.status == 409):
        assert "De Vries" in loser.text
        assert "18.30" in loser.text  # what was lost
        assert "18.40" in loser.text  # and the nearest that was free


def test_one_household_on_six_devices_for_one_time_gives_one(rush):
    (guardians,) = rush(1, guardians=2)
    teachers = ["Vera", "Bart", "Kader"] * 2
    phones = [guardians[i % 2].fresh() for i in range(6)]
    answers = at_once(
        [partial(p.book, p.cell(teacher, 2)) for p, teacher in zip(phones, teachers, strict=True)]
    )

    # The winner's teacher was tapped on two devices: the second is told it is theirs already.
    assert {a.status for a in answers} <= {200, 409}
    assert len(bookings(rush.site)) == 1


def test_the_maximum_per_child_holds_when_all_devices_book_at_once(rush):
    (guardians,) = rush(1, guardians=2)
    phones = [guardians[i % 2].fresh() for i in range(6)]
    cells = [("Vera", 0), ("Bart", 2), ("Kader", 4)] * 2
    at_once([partial(p.book, p.cell(*c)) for p, c in zip(phones, cells, strict=True)])

    assert len(bookings(rush.site)) == 2  # the round's maximum


def test_the_same_form_sent_many_times_at_once_books_once_and_answers_the_same(rush):
    ((phone,),) = rush(1)
    answers = at_once([partial(phone.book, phone.cell("Vera", 3))] * 12)

    assert {a.status for a in answers} == {200}
    assert all("18.30" not in a.text or "19.00" in a.text for a in answers)
    assert len(bookings(rush.site)) == 1


def test_crossing_moves_end_well(rush):
    """Families who want each other's time at the same moment: nobody ends without a talk."""
    phones = [family[0] for family in rush(8)]
    for slot, phone in enumerate(phones):
        assert phone.book(phone.cell("Vera", slot)).status == 200
    ids = {row.student_id: row.id for row in bookings(rush.site)}
    for _round in range(3):
        answers = at_once(
            [
                partial(
                    p.fresh().post,
                    f"/talks/{ids[p.student_id]}/move",
                    ("cell", p.cell("Vera", (slot + 1) % len(phones))),
                )
                for slot, p in enumerate(phones)
            ]
        )
        assert {a.status for a in answers} <= {200, 409}
        assert sorted(row.student_id for row in bookings(rush.site)) == sorted(ids)


def test_everybody_wants_everything(rush):
    """Crossing orders of three teachers, demand for twice the cells: no double, no error page."""
    phones = [family[0] for family in rush(36)]
    teachers = ["Vera", "Bart", "Kader"]
    answers = at_once(
        [
            partial(
                p.book,
                p.cell(teachers[i % 3], i % 12),
                p.cell(teachers[(i + 1 + i // 12 % 2) % 3], (i + 1 + i // 3) % 12),
            )
            for i, p in enumerate(phones)
            if i % 12 != (i + 1 + i // 3) % 12
        ]
    )
    assert {a.status for a in answers} <= {200, 409}
    assert any(a.status == 409 for a in answers)
    assert len(bookings(rush.site)) >= 12


def test_a_killed_worker_loses_and_doubles_nothing(rush):
    phones = [family[0] for family in rush(80)]
    workers = _children(rush.site.pid)
    assert len(workers) == 3

    def insist(phone: Phone, *cells: str):
        """Send the same form until there is an answer, as a phone in a lift does."""
        for _try in range(20):
            try:
                return phone.book(*cells)
            except (OSError, IncompleteRead):  # the worker died with the connection
                continue
        raise AssertionError("no answer in twenty tries")

    calls = [partial(insist, p, p.cell("Vera", i % 12)) for i, p in enumerate(phones)]
    calls += [partial(os.kill, workers[0], signal.SIGKILL)]
    calls.insert(30, partial(os.kill, workers[1], signal.SIGKILL))
    answers = [a for a in at_once(calls) if a is not None]

    confirmed = {
        phone.student_id
        for phone, answer in zip(phones, answers, strict=True)
        if answer.status == 200
    }
    assert {a.status for a in answers} <= {200, 409}
    assert {row.student_id for row in bookings(rush.site)} == confirmed
    assert len(confirmed) == 12


def _children(pid: int) -> list[int]:
    listing = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in listing.stdout.split()]


def test_a_teacher_blocks_the_evening_in_the_same_second_as_everybody_clicks(rush):
    """Each time ends with the family that clicked or with the teacher's absence, never both."""
    phones = [family[0] for family in rush(12)]
    school = rush.school
    with rush.site.app.app_context():
        first = db.session.get(Slot, school.slots[0]).starts_at
    ends_at = first + timedelta(minutes=130)

    def block_evening():
        with rush.site.app.app_context():
            vera = school.actors["Vera"]
            return block(vera, vera.teacher_id, school.evening_id, first, ends_at, now=clock.now())

    answers = at_once(
        [partial(p.book, p.cell("Vera", slot)) for slot, p in enumerate(phones[:6])]
        + [block_evening]
        + [partial(p.book, p.cell("Vera", slot + 6)) for slot, p in enumerate(phones[6:])]
    )
    talks = answers.pop(6)
    live = bookings(rush.site)

    assert {a.status for a in answers} <= {200, 409}
    assert len(live) == sum(a.status == 200 for a in answers)
    assert set(talks) == {row.id for row in live}  # none came after the block, all are told of
    with rush.site.app.app_context():
        absent = db.session.scalar(
            select(func.count()).where(Claim.kind == "teach", Claim.unavailability_id.is_not(None))
        )
    assert absent == 26 - 2 * len(live)  # of the evening's ticks, all the others


def test_what_the_office_changes_is_on_the_next_page_of_every_process(rush):
    """Every process has read the page before, and remembers what it read."""
    phone = rush(1)[0][0]

    def pages():
        return [answer.text for answer in at_once([partial(phone.send, "GET", phone.path)] * 24)]

    pages()
    for name in ("Oudercontact een", "Oudercontact twee"):
        with rush.site.app.app_context():
            which = Round.id == rush.school.round_id
            db.session.execute(update(Round).where(which).values(name=name))
            db.session.commit()
        assert all(name in page for page in pages())


OTHERS = re.compile(r'<td[^>]*data-state="others"')  # the legend has a sample of it, in no cell


def test_what_others_book_is_soon_on_the_page_of_every_process(rush):
    one, other = (family[0] for family in rush(2))

    def taken():
        calls = [partial(other.send, "GET", f"{other.path}?view=table")] * 24
        return [len(OTHERS.findall(answer.body)) for answer in at_once(calls)]

    time.sleep(1)  # what the test before had booked is gone everywhere
    assert set(taken()) == {0}
    assert one.book(one.cell("Vera", 3)).status == 200
    time.sleep(2)  # the goal; a process looks four times a second
    assert set(taken()) == {1}
