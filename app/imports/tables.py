"""The twelve tables of the CSV set: columns, and how to parse a line into a row. Pure functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Reference:
    """A column that refers to a row of another table, and our row's field for it.

    ``whole_row``: without the referenced row this row is meaningless and is left out.
    """

    column: str
    field: str
    table: type[SchoolRow]
    whole_row: bool = True


@dataclass(frozen=True)
class ImportColumn:
    """A column and our row's field for it; ``field`` is empty if no field comes from it alone.

    ``keeps``: an empty cell leaves what is stored, because a guess in either direction would show a
    child to the wrong person, or greet somebody wrongly.
    """

    name: str
    field: str = ""
    needed: bool = False
    keeps: bool = False


@dataclass(frozen=True)
class ImportTable:
    """A file: its key, its other columns, and its references."""

    name: str
    row: type[SchoolRow]
    read: Callable[[Cells], SchoolRow]
    key: tuple[str, ...]
    columns: tuple[ImportColumn, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which the file cannot be read."""
        return (*self.key, *(column.name for column in self.columns if column.needed))

    @property
    def optional(self) -> tuple[str, ...]:
        """The columns that may be absent."""
        return tuple(column.name for column in self.columns if not column.needed)

    def untold(self, values: Mapping[str, str]) -> frozenset[str]:
        """Return the fields about which a row says nothing, so that what is stored stays."""
        return frozenset(
            column.field
            for column in self.columns
            if column.field
            and (column.name not in values or (column.keeps and not values[column.name].strip()))
        )


def _branch(cells: Cells) -> SchoolRow:
    return BranchRow(cells.key("code"), cells.text("naam"))


def _department(cells: Cells) -> SchoolRow:
    return DepartmentRow(
        cells.key("sleutel"),
        cells.text("code"),
        cells.reference("vestiging"),
        cells.number("leerjaar"),
        cells.text("niveau"),
    )


def _subject(cells: Cells) -> SchoolRow:
    return SubjectRow(cells.key("code"), cells.text("naam"))


def _teacher(cells: Cells) -> SchoolRow:
    return TeacherRow(
        cells.key("code"),
        cells.text("voornaam"),
        cells.text("tussenvoegsel"),
        cells.text("achternaam"),
        cells.email("email"),
        cells.text("aanhef"),
    )


def _home_class(cells: Cells) -> SchoolRow:
    return HomeClassRow(
        cells.key("sleutel"),
        cells.text("naam"),
        cells.reference("afdeling"),
        cells.reference("vestiging"),
        cells.reference("mentor"),
    )


def _student(cells: Cells) -> SchoolRow:
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


def _guardian(cells: Cells) -> SchoolRow:
    return GuardianRow(
        cells.key("oudercode"),
        cells.text("voornaam"),
        cells.text("tussenvoegsel"),
        cells.text("achternaam"),
        cells.email("email"),
        cells.text("taal") or "nl",
    )


def _link(cells: Cells) -> SchoolRow:
    return LinkRow(
        cells.key("oudercode"),
        cells.key("leerlingnummer"),
        cells.text("relatie"),
        cells.flag("gezag", default=True),
        cells.flag("apart", default=False),
    )


def _enrolment(cells: Cells) -> SchoolRow:
    return EnrolmentRow(cells.key("leerlingnummer"), cells.key("vak"))


def _group(cells: Cells) -> SchoolRow:
    return GroupRow(
        cells.key("sleutel"), cells.text("naam"), cells.reference("afdeling"), cells.key("vak")
    )


def _member(cells: Cells) -> SchoolRow:
    return MemberRow(cells.key("lesgroep"), cells.key("leerlingnummer"))


def _lesson(cells: Cells) -> SchoolRow:
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


BRANCH = Reference("vestiging", "branch", BranchRow, whole_row=False)
DEPARTMENT = Reference("afdeling", "department", DepartmentRow, whole_row=False)
HOME_CLASS = Reference("stamklas", "home_class", HomeClassRow, whole_row=False)
TUTOR = Reference("mentor", "tutor", TeacherRow, whole_row=False)
STUDENT = Reference("leerlingnummer", "student", StudentRow)
GUARDIAN = Reference("oudercode", "guardian", GuardianRow)
SUBJECT = Reference("vak", "subject", SubjectRow)
GROUP = Reference("lesgroep", "group", GroupRow)
TEACHER = Reference("docent", "teacher", TeacherRow)
REPLACED = Reference("vervangt", "replaces", TeacherRow)

PREFIX = ImportColumn("tussenvoegsel", "prefix")
EMAIL = ImportColumn("email", "email")
OF_DEPARTMENT = ImportColumn("afdeling", "department")
OF_BRANCH = ImportColumn("vestiging", "branch")

TABLES: tuple[ImportTable, ...] = (
    ImportTable(
        "vestigingen",
        BranchRow,
        _branch,
        ("code",),
        (ImportColumn("naam", "name", needed=True), ImportColumn("brin")),
    ),
    ImportTable(
        "afdelingen",
        DepartmentRow,
        _department,
        ("sleutel",),
        (
            ImportColumn("code", "code", needed=True),
            OF_BRANCH,
            ImportColumn("leerjaar", "year"),
            ImportColumn("niveau", "level"),
        ),
        (BRANCH,),
    ),
    ImportTable(
        "vakken", SubjectRow, _subject, ("code",), (ImportColumn("naam", "name", needed=True),)
    ),
    ImportTable(
        "docenten",
        TeacherRow,
        _teacher,
        ("code",),
        (
            ImportColumn("achternaam", "family_name", needed=True),
            ImportColumn("voornaam", "given_name"),
            PREFIX,
            EMAIL,
            ImportColumn("personeelsnummer"),
            ImportColumn("vestiging"),
            ImportColumn("aanhef", "salutation", keeps=True),
        ),
    ),
    ImportTable(
        "stamklassen",
        HomeClassRow,
        _home_class,
        ("sleutel",),
        (
            ImportColumn("naam", "name", needed=True),
            OF_DEPARTMENT,
            OF_BRANCH,
            ImportColumn("mentor", "tutor"),
        ),
        (DEPARTMENT, BRANCH, TUTOR),
    ),
    ImportTable(
        "leerlingen",
        StudentRow,
        _student,
        ("leerlingnummer",),
        (
            ImportColumn("roepnaam", "given_name", needed=True),
            ImportColumn("achternaam", "family_name", needed=True),
            ImportColumn("voornamen"),
            PREFIX,
            ImportColumn("geslacht"),
            ImportColumn("geboortedatum", "birth_date"),
            EMAIL,
            ImportColumn("stamklas", "home_class"),
            OF_DEPARTMENT,
            ImportColumn("aparte_aanvragen", "apart", keeps=True),
        ),
        (HOME_CLASS, DEPARTMENT),
    ),
    ImportTable(
        "ouders",
        GuardianRow,
        _guardian,
        ("oudercode",),
        (
            ImportColumn("achternaam", "family_name", needed=True),
            ImportColumn("voornaam", "given_name"),
            PREFIX,
            EMAIL,
            ImportColumn("telefoon"),
            ImportColumn("taal", "language", keeps=True),
        ),
    ),
    ImportTable(
        "ouder_leerling",
        LinkRow,
        _link,
        ("oudercode", "leerlingnummer"),
        (
            ImportColumn("relatie", "relation", needed=True),
            ImportColumn("gezag", "authority", needed=True, keeps=True),
            ImportColumn("apart", "apart", keeps=True),
        ),
        (GUARDIAN, STUDENT),
    ),
    ImportTable(
        "pakketten",
        EnrolmentRow,
        _enrolment,
        ("leerlingnummer", "vak"),
        references=(STUDENT, SUBJECT),
    ),
    ImportTable(
        "lesgroepen",
        GroupRow,
        _group,
        ("sleutel",),
        (
            ImportColumn("naam", "name", needed=True),
            ImportColumn("vak", "subject", needed=True),
            OF_DEPARTMENT,
        ),
        (DEPARTMENT, SUBJECT),
    ),
    ImportTable(
        "groepsindeling",
        MemberRow,
        _member,
        ("lesgroep", "leerlingnummer"),
        references=(GROUP, STUDENT),
    ),
    ImportTable(
        "lessenverdeling",
        LessonRow,
        _lesson,
        ("les_id", "docent", "van_week"),
        (
            ImportColumn("lesgroep", "group", needed=True),
            ImportColumn("vak", "subject", needed=True),
            ImportColumn("type", "kind", needed=True),
            ImportColumn("tot_week", "to_week", needed=True),
            ImportColumn("vervangt", "replaces"),
            ImportColumn("uren", "hours"),
        ),
        (GROUP, SUBJECT, TEACHER, REPLACED),
    ),
)
"""Ordered so that each table refers only to earlier ones."""

BY_ROW: Mapping[type[SchoolRow], ImportTable] = {table.row: table for table in TABLES}

OBLIGATORY = ("leerlingen", "docenten")
ONE_OF = ("groepsindeling", "stamklassen")

TOO_MUCH = ("bsn", "burgerservicenummer", "rijksregisternummer", "etniciteit", "wachtwoord")
"""Columns that no school may give to a site like this; they are not even read."""

STAYING = frozenset({BranchRow, DepartmentRow, SubjectRow, HomeClassRow, GroupRow})
"""Tables whose rows never go: rounds and talks refer to them, and an empty class does no harm."""
