"""The small school as a source writes it, and imports of it."""

import csv

import pytest
import time_machine
from flask import g
from sqlalchemy import update

from app.handlers import HANDLERS
from app.imports import service
from app.mail import letters
from app.outbox.worker import deliver_due
from app.review.queries import load_page
from app.school.models import Department, Guardian, Guardianship, HomeClass, Student, Teacher
from app.school.present import load_present
from app.school.rows import GuardianRow, HomeClassRow, LinkRow, StudentRow, TeacherRow
from tests.small_school import NOW

SOURCE = "csv"


@pytest.fixture(autouse=True)
def _in_english(request):
    if "school" in request.fixturenames:
        request.getfixturevalue("db")
        g.language = "en"


@pytest.fixture(autouse=True)
def _at_night():
    """Freeze the clock; what the handlers do is done at this time."""
    with time_machine.travel(NOW, tick=False):
        yield


class Files:
    """The source's tables, to change and to import: ``tables["ouders"]["Adam"]["email"] = ""``."""

    def __init__(self, folder):
        self.folder, self.tables = folder, self._written()

    def _written(self):
        rows = {table: found.values() for table, found in load_present(SOURCE).rows.items()}
        return {
            "stamklassen": {
                one.key: {"sleutel": one.key, "naam": one.name, "afdeling": one.department}
                for one in rows[HomeClassRow]
            },
            "docenten": {one.key: _person("code", one) for one in rows[TeacherRow]},
            "leerlingen": {
                one.key: {
                    **_person("leerlingnummer", one),
                    "geboortedatum": one.birth_date.isoformat(),
                    "stamklas": one.home_class,
                }
                for one in rows[StudentRow]
            },
            "ouders": {one.key: _person("oudercode", one) for one in rows[GuardianRow]},
            "ouder_leerling": {
                one.key: {
                    "oudercode": one.guardian,
                    "leerlingnummer": one.student,
                    "relatie": one.relation,
                    "gezag": "J",
                }
                for one in rows[LinkRow]
            },
        }

    def run(self, *, allow=(), now=NOW):
        """Import them; return the report."""
        for name, rows in self.tables.items():
            with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
                writer = csv.DictWriter(text, list(next(iter(rows.values()))))
                writer.writeheader()
                writer.writerows(rows.values())
        return service.run(self.folder, now=now, allow=allow)

    def line_of(self, name, key):
        """Return the line of a row in its file."""
        return list(self.tables[name]).index(key) + 2

    def drop(self, *keys):
        """Take the rows of these students or teachers out, and what refers to them."""
        for name in ("docenten", "leerlingen", "ouder_leerling"):
            rows = self.tables[name]
            for key in [key for key in rows if set(keys) & {key, *key[1:]}]:
                del rows[key]

    def renumber(self, old, new):
        """Let a student have another number."""
        for name in ("leerlingen", "ouder_leerling"):
            for row in self.tables[name].values():
                if row["leerlingnummer"] == old:
                    row["leerlingnummer"] = new

    def add_guardian(self, key, child, **values):
        """Add a guardian of a child."""
        self.tables["ouders"][key] = {**self.tables["ouders"]["Carol"], "oudercode": key, **values}
        self.tables["ouder_leerling"][key, child] = {
            **self.tables["ouder_leerling"]["Carol", "Kim"],
            "oudercode": key,
            "leerlingnummer": child,
        }


def _person(key, row):
    return {
        key: row.key,
        ("roepnaam" if key == "leerlingnummer" else "voornaam"): row.given_name,
        "tussenvoegsel": row.prefix,
        "achternaam": row.family_name,
        "email": row.email,
    }


@pytest.fixture
def files(db, school, tmp_path):
    """The small school's files; nothing is to be checked yet."""
    for table in (Department, HomeClass, Teacher, Student, Guardian):
        db.execute(update(table).values(source=SOURCE))
    db.execute(update(Guardianship).values(relation="voogd"))  # else a new link is closed
    db.commit()
    return Files(tmp_path)


def found():
    """Return what is to be checked now: the kinds, with the names of the people of each entry."""
    return {
        group.kind.value: [tuple(one.name for one in entry.people) for entry in group.open]
        for group in load_page(NOW).groups
        if group.open
    }


@pytest.fixture
def deliver(monkeypatch):
    """Let the worker do what was promised; returns the mails of the review that went out."""
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)

    def deliver_(now=NOW):
        mails.clear()
        deliver_due(HANDLERS, now=now)
        return [mail for mail in mails if "/office/review" in mail.get_body().get_content()]

    return deliver_
