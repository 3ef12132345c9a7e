"""What the office has to look at: read from the school's data each time, so it is always true."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from app.accounts.shared import SharedAddress, SharedKind, shared_addresses
from app.bookings.left import LeftRole, left_with_talks
from app.core.i18n import local_day
from app.extensions import db
from app.imports.queries import LastRuns, load_last_runs
from app.school import gaps
from app.school.models import Student


class ReviewKind(StrEnum):
    """Why the office has to look; in the order of the page, the most urgent first."""

    REFUSED = "import_refused"
    TEACHER_LEFT = "teacher_left"
    STUDENT_LEFT = "student_left"
    NEW_NUMBER = "new_number"
    TEACHER_AND_PARENT = "teacher_and_parent"
    ONE_PERSON = "one_person"
    SHARED_ADDRESS = "shared_address"
    LEFT_OUT = "rows_left_out"
    NO_GUARDIAN = "no_guardian"
    NO_CLASS = "no_class"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True)
class About:
    """A person of an entry, with the id of the page to open; no id means no page."""

    name: str
    teacher_id: int | None = None
    guardian_id: int | None = None
    student_id: int | None = None


@dataclass(frozen=True)
class ReviewEntry:
    """Something to look at. ``subject`` says by ids what it is about; see ReviewItem."""

    kind: ReviewKind
    subject: str
    people: tuple[About, ...] = ()
    talks: int = 0  # to come, of somebody who left
    first: datetime | None = None  # when the first of them begins, in UTC
    detail: str = ""  # class and student number, the new number, or the files that were faulty
    only_closed: bool = False  # the student has parents, but is closed to each of them
    run_id: int | None = None
    number: int = 0  # of rows that were left out


def load_entries(now: datetime, runs: LastRuns | None = None) -> tuple[ReviewEntry, ...]:
    """Return everything that needs a look now, whether or not somebody dealt with it."""
    runs = runs or load_last_runs()
    return (
        *_of_runs(runs),
        *_left(now),
        *_new_numbers(runs),
        *_shared(shared_addresses(local_day(now))),
        *_gaps(),
    )


def _of_runs(runs: LastRuns) -> Iterator[ReviewEntry]:
    last = runs.last
    if last is not None and last.report.is_refused:
        files = dict.fromkeys(one.file for one in last.report.faults if one.stops)
        yield ReviewEntry(ReviewKind.REFUSED, str(last.id), run_id=last.id, detail=", ".join(files))
    if (applied := runs.applied) is not None and applied.left_out:
        told = sorted({(one.file, one.column, one.value, one.code) for one in applied.left_out})
        # The same faults are the same entry every night.
        subject = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
        yield ReviewEntry(
            ReviewKind.LEFT_OUT, subject, run_id=applied.id, number=applied.report.faulty
        )


def _left(now: datetime) -> Iterator[ReviewEntry]:
    for one in left_with_talks(now):
        if one.role is LeftRole.TEACHER:
            kind, about = ReviewKind.TEACHER_LEFT, About(one.name, teacher_id=one.id)
        else:
            kind, about = ReviewKind.STUDENT_LEFT, About(one.name, student_id=one.id)
        yield ReviewEntry(kind, str(one.id), (about,), talks=one.talks, first=one.first)


def _new_numbers(runs: LastRuns) -> Iterator[ReviewEntry]:
    """Proposals of the last run that could compare, unless the number has been changed since."""
    proposals = {one.old: one for one in runs.proposals}
    rows = db.session.execute(
        select(Student.source_id, Student.id).where(
            Student.source_id.in_(proposals), Student.ended_on.is_(None)
        )
    )
    for old, student_id in rows:
        one = proposals[old]
        about = About(one.name, student_id=student_id)
        subject = f"{student_id}-{one.new}"
        yield ReviewEntry(ReviewKind.NEW_NUMBER, subject, (about,), detail=one.new)


_KINDS = {
    SharedKind.TEACHER_IS_GUARDIAN: ReviewKind.TEACHER_AND_PARENT,
    SharedKind.ONE_PERSON_SEVERAL_ROWS: ReviewKind.ONE_PERSON,
    SharedKind.OTHER: ReviewKind.SHARED_ADDRESS,
}


def _shared(addresses: Iterable[SharedAddress]) -> Iterator[ReviewEntry]:
    for one in addresses:
        people = tuple(
            About(it.name, it.teacher_id, it.guardian_id, it.student_id) for it in one.people
        )
        subject = "-".join(str(id_) for id_ in sorted(it.person_id for it in one.people))
        yield ReviewEntry(_KINDS[one.kind], subject, people)


def _gaps() -> Iterator[ReviewEntry]:
    for kind, students in (
        (ReviewKind.NO_GUARDIAN, gaps.students_without_guardian()),
        (ReviewKind.NO_CLASS, gaps.students_without_class()),
    ):
        for student in students:
            about = About(student.name, student_id=student.student_id)
            detail = " · ".join(part for part in (student.class_name, student.number) if part)
            yield ReviewEntry(
                kind,
                str(student.student_id),
                (about,),
                detail=detail,
                only_closed=student.only_closed,
            )
    for guardian in gaps.guardians_without_address():
        about = About(guardian.name, guardian_id=guardian.guardian_id)
        yield ReviewEntry(ReviewKind.NO_ADDRESS, str(guardian.guardian_id), (about,))
