"""The twelve tables of the CSV set: their columns, and to what they refer."""

from collections.abc import Mapping

from app.imports import row_readers
from app.imports.columns import ImportColumn, ImportTable, Reference
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
        row_readers.branch,
        ("code",),
        (ImportColumn("naam", "name", needed=True), ImportColumn("brin")),
    ),
    ImportTable(
        "afdelingen",
        DepartmentRow,
        row_readers.department,
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
        "vakken",
        SubjectRow,
        row_readers.subject,
        ("code",),
        (ImportColumn("naam", "name", needed=True),),
    ),
    ImportTable(
        "docenten",
        TeacherRow,
        row_readers.teacher,
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
        row_readers.home_class,
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
        row_readers.student,
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
        row_readers.guardian,
        ("oudercode",),
        (
            ImportColumn("achternaam", "family_name", needed=True),
            ImportColumn("voornaam", "given_name"),
            PREFIX,
            EMAIL,
            ImportColumn("telefoon", "phone"),
            ImportColumn("taal", "language", keeps=True),
        ),
    ),
    ImportTable(
        "ouder_leerling",
        LinkRow,
        row_readers.link,
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
        row_readers.enrolment,
        ("leerlingnummer", "vak"),
        references=(STUDENT, SUBJECT),
    ),
    ImportTable(
        "lesgroepen",
        GroupRow,
        row_readers.group,
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
        row_readers.member,
        ("lesgroep", "leerlingnummer"),
        references=(GROUP, STUDENT),
    ),
    ImportTable(
        "lessenverdeling",
        LessonRow,
        row_readers.lesson,
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
