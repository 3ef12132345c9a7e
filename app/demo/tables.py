"""The demo school as the tables that the import reads. Pure, apart from writing files."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from app.demo import families, lessons
from app.demo.families import DemoClass, Stars
from app.demo.lessons import SchoolYear, Teaching
from app.demo.subjects import BRANCHES, DEPARTMENTS, NAMES
from app.rounds.reference_week import school_year

CLASS_SEATS = 28.6
SEED = 20100210

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class DemoSchool:
    """An invented school: its tables by name, and its people."""

    tables: dict[str, Rows]  # the first row is the header
    stars: Stars
    teaching: Teaching
    year: SchoolYear


def invent_school(students: int, today: date) -> DemoSchool:
    """Invent a school of ``students`` students; the same number and day give the same school.

    Needs at least two students per class. The number of teachers grows with the students: 30 for
    400, 110 for 1600.
    """
    random = Random(SEED)  # noqa: S311  names, not secrets
    year = SchoolYear(school_year(today))
    classes = _classes(students)
    people = families.invent(classes, year.start, random)
    teachers = max(20, 30 + (students - 400) // 15)
    teaching = lessons.invent(classes, people.students, teachers, year, today, random)
    tables = {
        **_structure(classes, teaching),
        **_people(people, teaching),
        **_teaching_tables(teaching),
    }
    return DemoSchool(tables, people.stars, teaching, year)


def write_tables(school: DemoSchool, folder: Path) -> None:
    """Write each table to the folder as a CSV file."""
    for name, rows in school.tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def _classes(students: int) -> list[DemoClass]:
    count = max(len(DEPARTMENTS), round(students / CLASS_SEATS))
    classes = []
    for index, department in enumerate(DEPARTMENTS):
        parallel = len(range(index, count, len(DEPARTMENTS)))
        classes += [(f"{department.code}{chr(ord('a') + i)}", department) for i in range(parallel)]
    return [
        DemoClass(name, department, len(range(index, students, count)))
        for index, (name, department) in enumerate(classes)
    ]


def _structure(classes: Iterable[DemoClass], teaching: Teaching) -> dict[str, Rows]:
    return {
        "vestigingen": [
            ("code", "naam", "brin"),
            *(
                (code, name, f"99ZZ{number:02}")
                for number, (code, name) in enumerate(BRANCHES.items())
            ),
        ],
        "afdelingen": [
            ("sleutel", "code", "vestiging", "leerjaar", "niveau"),
            *((d.key, d.code, d.branch, str(d.year), d.level) for d in DEPARTMENTS),
        ],
        "stamklassen": [
            ("sleutel", "naam", "afdeling", "vestiging", "mentor"),
            *(
                (
                    *(c.key, c.name, c.department.key, c.department.branch),
                    teaching.tutors[c.key].code,
                )
                for c in classes
            ),
        ],
        "vakken": [("code", "naam"), *NAMES.items()],
    }


def _people(people: families.Families, teaching: Teaching) -> dict[str, Rows]:
    return {
        "docenten": [
            (
                *("code", "aanhef", "voornaam", "tussenvoegsel", "achternaam"),
                *("email", "personeelsnummer", "vestiging"),
            ),
            *(
                (
                    *(t.code, t.salutation, t.given, t.family.prefix, t.family.text),
                    *(t.mail, f"P{number:05}", DEPARTMENTS[0].branch),
                )
                for number, t in enumerate(teaching.teachers, 1)
            ),
        ],
        "leerlingen": [
            (
                *("leerlingnummer", "voornamen", "roepnaam", "tussenvoegsel", "achternaam"),
                *("geslacht", "geboortedatum", "email", "stamklas", "afdeling", "aparte_aanvragen"),
            ),
            *(
                (
                    *(s.number, s.given, s.given, s.family.prefix, s.family.text),
                    *(s.sex, f"{s.birth:%d-%m-%Y}", s.mail),
                    *(s.home_class.key, s.home_class.department.key, _yes(s.apart)),
                )
                for s in people.students
            ),
        ],
        "ouders": [
            ("oudercode", "voornaam", "tussenvoegsel", "achternaam", "email", "telefoon", "taal"),
            *(
                (g.code, g.given, g.family.prefix, g.family.text, g.mail, "", g.language)
                for g in people.guardians
            ),
        ],
        "ouder_leerling": [
            ("oudercode", "leerlingnummer", "relatie", "gezag", "apart"),
            *(
                (link.guardian.code, s.number, link.relation, _yes(link.authority), _yes(s.apart))
                for s in people.students
                for link in s.links
            ),
        ],
    }


def _teaching_tables(teaching: Teaching) -> dict[str, Rows]:
    return {
        "pakketten": [
            ("leerlingnummer", "vak"),
            *(
                (s.number, subject)
                for s, package in teaching.packages.items()
                for subject in package
            ),
        ],
        "lesgroepen": [
            ("sleutel", "naam", "afdeling", "vak"),
            *((g.key, g.name, g.department, g.subject) for g in teaching.groups),
        ],
        "groepsindeling": [
            ("lesgroep", "leerlingnummer"),
            *((g.key, s.number) for g in teaching.groups for s in g.members),
        ],
        "lessenverdeling": [
            (
                *("les_id", "lesgroep", "vak", "docent", "type", "vervangt"),
                *("van_week", "tot_week", "uren"),
            ),
            *(
                (
                    *(
                        str(line.number),
                        line.group.key,
                        line.group.subject,
                        line.teacher.code,
                    ),
                    "vervanger" if line.replaces else "regulier",
                    line.replaces.code if line.replaces else "",
                    *(line.from_week, line.to_week, str(line.hours)),
                )
                for line in teaching.lessons
            ),
        ],
    }


def _yes(value: bool) -> str:  # noqa: FBT001  converts a boolean to a letter
    return "J" if value else "N"
