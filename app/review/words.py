"""The words of what the office has to look at."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.imports.report import Verdict
from app.review.entries import ReviewKind

TITLES: Mapping[str, LazyString] = {
    ReviewKind.REFUSED: _l("The last import was stopped"),
    ReviewKind.TEACHER_LEFT: _l("Teachers who left, with talks to come"),
    ReviewKind.STUDENT_LEFT: _l("Students who left, with talks to come"),
    ReviewKind.NEW_NUMBER: _l("Students with another number, it seems"),
    ReviewKind.TEACHER_AND_PARENT: _l("Teachers who may be parents here too"),
    ReviewKind.ONE_PERSON: _l("Parents who stand here more than once"),
    ReviewKind.SHARED_ADDRESS: _l("A mail address of several people"),
    ReviewKind.LEFT_OUT: _l("Rows that were left out"),
    ReviewKind.NO_GUARDIAN: _l("Students without a parent"),
    ReviewKind.NO_CLASS: _l("Students without a class"),
    ReviewKind.NO_ADDRESS: _l("Parents without a mail address"),
}

EXPLANATIONS: Mapping[ReviewKind, LazyString] = {
    ReviewKind.REFUSED: _l(
        "Nothing was changed: the data of the import before it stand. Read why, and put the files "
        "right or say that it is right."
    ),
    ReviewKind.TEACHER_LEFT: _l(
        "The school's administration does not have this teacher any more, but families still come. "
        "Open the teacher: move the talks, give them to a colleague or call them off."
    ),
    ReviewKind.STUDENT_LEFT: _l(
        "The school's administration does not have this student any more. The talks keep their "
        "time until you call them off. Open the student to do so."
    ),
    ReviewKind.NEW_NUMBER: _l(
        "Somebody of the same name, birth date and parent came under another number. Nothing was "
        "changed for them. Give the student the new number, and talks and account stay."
    ),
    ReviewKind.TEACHER_AND_PARENT: _l(
        "A teacher and a parent have the same mail address. Until you say whether they are one "
        "person, that address lets nobody in."
    ),
    ReviewKind.ONE_PERSON: _l(
        "The same name and the same mail address, more than once. Make one person of them, and "
        "this parent sees all children at once."
    ),
    ReviewKind.SHARED_ADDRESS: _l(
        "These people share an address, and it lets none of them in: one would see what is the "
        "other's. Have an address corrected in the school's administration."
    ),
    ReviewKind.LEFT_OUT: _l(
        "The last import left these rows out. What is here of them stays as it is."
    ),
    ReviewKind.NO_GUARDIAN: _l(
        "Nobody can reserve for these students but you. Parents come from the school's "
        "administration."
    ),
    ReviewKind.NO_CLASS: _l(
        "These students are in no class, so a class teacher's talk cannot be offered to them."
    ),
    ReviewKind.NO_ADDRESS: _l(
        "These parents get no mail and cannot sign in. Their address comes from the school's "
        "administration."
    ),
}

VERDICTS: Mapping[Verdict, LazyString] = {
    Verdict.ACCEPTED: _l("All is in"),
    Verdict.PARTIAL: _l("In, but rows were left out"),
    Verdict.REJECTED: _l("Refused: a file cannot be read"),
    Verdict.BLOCKED: _l("Stopped: somebody has to look first"),
}
