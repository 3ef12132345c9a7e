"""An import beside bookings, on a database that locks rows."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import func, select, text

from app.core.access import Actor, Role
from app.core.transaction import transaction
from app.extensions import db
from app.imports import service
from app.people.renumbering import change_number
from app.school.models import Person, Student
from tests.imports.conftest import BASE, NIGHT, NOW, Files, run

pytestmark = pytest.mark.race

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture(autouse=True)
def _in_english():
    """Nothing is read here, and each thread has its own transaction."""


@pytest.fixture
def app(own_app):
    with own_app.app_context():
        run(BASE)
        db.session.remove()
    return own_app


def wait_for(connection, night):
    """Wait until the import waits for a lock."""
    until = monotonic() + 30
    while not connection.execute(WAITING).scalar_one():
        assert not night.done()
        assert monotonic() < until
        sleep(0.05)


def lock(connection, person_id):
    connection.execute(select(Person.id).where(Person.id == person_id).with_for_update())


@pytest.mark.only_on("postgresql")
def test_an_import_that_waits_for_a_booking_holds_nobody_the_booking_needs(app):
    """Both lock people by id: the booking its first, the import all, the booking its last."""

    def import_() -> bool:
        with app.app_context():
            return run(NIGHT, allow_removal=True).applied

    with app.app_context(), ThreadPoolExecutor(1) as pool, db.engine.connect() as booking:
        first, last = booking.execute(select(func.min(Person.id), func.max(Person.id))).one()
        lock(booking, first)
        night = pool.submit(import_)
        wait_for(booking, night)
        booking.execute(text("SET LOCAL lock_timeout = '3s'"))
        for person_id in range(last, first, -7):
            lock(booking, person_id)
        booking.rollback()
        assert night.result()


def test_what_another_import_changed_meanwhile_is_compared_anew(app, files, monkeypatch, tmp_path):
    """The comparison is made before the lock, and is old when somebody was faster."""
    load, loads = service.load_present, []

    def import_(folder):
        with app.app_context():
            return service.run(folder, now=NOW)

    def meanwhile(source):
        present = load(source)
        loads.append(source)
        if len(loads) == 1:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(import_, files.folder).result().applied
        return present

    mine = Files(Path(shutil.copytree(BASE, tmp_path / "mine")))
    mine.replace("docenten.csv", "Jurriën", "Jur")
    files.remove_lines("docenten.csv", "men,Raphaël,ten,Berge")
    monkeypatch.setattr(service, "load_present", meanwhile)
    report = import_(mine.folder)
    assert report.applied
    (teachers,) = [one for one in report.tables if one.file == "docenten.csv"]
    assert (teachers.added, teachers.changed) == (1, 1)  # by the first comparison all were here
    monkeypatch.undo()
    assert import_(mine.folder).changes == 0


def test_on_sqlite_nothing_is_loaded_twice_when_nobody_wrote(app, files, monkeypatch, request):
    load, loads = service.load_present, []
    monkeypatch.setattr(service, "load_present", lambda source: loads.append(1) or load(source))
    files.replace("docenten.csv", "Jurriën", "Jur")
    with app.app_context():
        assert service.run(files.folder, now=NOW).applied
    assert len(loads) == (1 if request.config.getoption("database") == "sqlite" else 2)


@pytest.mark.only_on("postgresql")
def test_a_number_that_the_office_changes_meanwhile_makes_no_second_student(app, files):
    """The import compares once more when it has waited for the office, not before."""
    administrator = Actor(None, 0, "Anna", frozenset({Role.ADMINISTRATOR}))
    one = select(Student.id).where(Student.source_id == "20260001")
    files.replace("leerlingen.csv", "20260001@leerling", "noor@leerling")

    def import_():
        with app.app_context():
            return service.run(files.folder, now=NOW)

    with ThreadPoolExecutor(1) as pool, app.app_context():
        with transaction():
            change_number(administrator, db.session.scalar(one), "1", reason="new", now=NOW)
            night = pool.submit(import_)
            with db.engine.connect() as other:
                wait_for(other, night)
        assert [(it.old, it.new) for it in night.result().proposals] == [("1", "20260001")]
        assert db.session.scalar(one) is None


def test_two_first_imports_at_once_bring_the_school_once(own_app):
    """Nobody is there yet for whom the second could wait."""

    def import_(_number):
        with own_app.app_context():
            return service.run(BASE, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(import_, range(2)))
    assert sorted(bool(one.changes) for one in reports) == [False, True]
