"""How a line of each of the twelve tables becomes a row. Pure functions."""

from flask_babel import gettext as _

from app.imports.cells import Cells
from app.rounds.reference_week import is_week
from app.school.models import LessonKind
from app.school.rows import (
    BranchRow,
    DepartmentRow,
    EnrolmentRow,
    GroupRow,
    GuardianRow,
    HomeClassRow,
    LessonRow,
    LinkRow,
    MemberRow,
    SchoolRow,
    StudentRow,
    SubjectRow,
    TeacherRow,
)

KINDS = {"regulier": LessonKind.REGULAR.value, "vervanger": LessonKind.SUBSTITUTE.value}


def branch(cells: Cells) -> SchoolRow:
    """Return a site of the school."""
    return BranchRow(cells.key("code"), cells.text("naam"))


def department(cells: Cells) -> SchoolRow:
    """Return a year and level."""
    return DepartmentRow(
        cells.key("sleutel"),
        cells.text("code"),
        cells.reference("vestiging"),
        cells.number("leerjaar"),
        cells.text("niveau"),
    )


def subject(cells: Cells) -> SchoolRow:
    """Return a subject."""
    return SubjectRow(cells.key("code"), cells.text("naam"))


def teacher(cells: Cells) -> SchoolRow:
    """Return a teacher."""
    return TeacherRow(
        cells.key("code"),
        cells.text("voornaam"),
        cells.text("tussenvoegsel"),
        cells.text("achternaam"),
        cells.email("email"),
        cells.text("aanhef"),
    )


def home_class(cells: Cells) -> SchoolRow:
    """Return a home class."""
    return HomeClassRow(
        cells.key("sleutel"),
        cells.text("naam"),
        cells.reference("afdeling"),
        cells.reference("vestiging"),
        cells.reference("mentor"),
    )


def student(cells: Cells) -> SchoolRow:
    """Return a student."""
    return StudentRow(
        cells.key("leerlingnummer"),
        cells.text("roepnaam") or cells.text("voornamen"),
        cells.text("tussenvoegsel"),
        cells.text("achternaam"),
        cells.email("email"),
        cells.day("geboortedatum"),
        cells.reference("stamklas"),
        cells.reference("afdeling"),
        cells.flag("aparte_aanvragen", default=False),
    )


def guardian(cells: Cells) -> SchoolRow:
    """Return a guardian."""
    return GuardianRow(
        cells.key("oudercode"),
        cells.text("voornaam"),
        cells.text("tussenvoegsel"),
        cells.text("achternaam"),
        cells.email("email"),
        cells.text("taal") or "nl",
        cells.text("telefoon"),
    )


def link(cells: Cells) -> SchoolRow:
    """Return a guardian's link to a student."""
    return LinkRow(
        cells.key("oudercode"),
        cells.key("leerlingnummer"),
        cells.text("relatie"),
        cells.flag("gezag", default=True),
        cells.flag("apart", default=False),
    )


def enrolment(cells: Cells) -> SchoolRow:
    """Return a subject that a student takes."""
    return EnrolmentRow(cells.key("leerlingnummer"), cells.key("vak"))


def group(cells: Cells) -> SchoolRow:
    """Return a teaching group."""
    return GroupRow(
        cells.key("sleutel"), cells.text("naam"), cells.reference("afdeling"), cells.key("vak")
    )


def member(cells: Cells) -> SchoolRow:
    """Return a student in a teaching group."""
    return MemberRow(cells.key("lesgroep"), cells.key("leerlingnummer"))


def lesson(cells: Cells) -> SchoolRow:
    """Return a lesson from week to week; the last week may not come before the first."""
    row = LessonRow(
        cells.key("les_id"),
        cells.key("lesgroep"),
        cells.key("vak"),
        cells.key("docent"),
        cells.choice("type", KINDS),
        cells.reference("vervangt"),
        cells.week("van_week"),
        cells.week("tot_week"),
        cells.number("uren") or 0,
    )
    if is_week(row.from_week) and is_week(row.to_week) and row.from_week > row.to_week:
        cells.refuse("tot_week", _("The last week comes before the first. Correct the weeks."))
    return row
