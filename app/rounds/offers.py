"""Derive the offers of a round from its students' packages, groups and lessons."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, select

from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.rounds.reference_week import GroupTeachers, LessonLine, teachers_of_groups
from app.school.models import (
    Enrolment,
    GroupMember,
    Lesson,
    LessonKind,
    Person,
    Student,
    Subject,
    Teacher,
    TeachingGroup,
)
from app.school.reading import NAME


class NoOfferReason(StrEnum):
    """Why a student has no talk option for a subject of its package."""

    NO_GROUP = "no_group"
    NO_TEACHER = "no_teacher"  # nobody taught the group in the reference week


@dataclass(frozen=True, order=True)
class WantedOffer:
    """A student should be able to meet these teachers, named in this order."""

    student_id: int
    subject_code: str
    teacher_ids: tuple[int, ...]

    @property
    def teacher_key(self) -> str:
        """The same key for the same teachers in any order: "7-12"."""
        return "-".join(str(teacher_id) for teacher_id in sorted(self.teacher_ids))

    @property
    def key(self) -> tuple[int, str, str]:
        """The key that is unique within a round."""
        return self.student_id, self.subject_code, self.teacher_key


@dataclass(frozen=True, order=True)
class NoOffer:
    """A student, a subject of the package, and the reason why no teacher can be offered."""

    student_id: int
    subject_code: str
    reason: NoOfferReason


@dataclass(frozen=True, order=True)
class DoubtfulGroup:
    """A group for which the office may prefer other teachers than those derived."""

    name: str
    group_id: int
    teacher_ids: tuple[int, ...]


@dataclass(frozen=True)
class Derived:
    """What follows from the school's data; every tuple is sorted."""

    wanted: tuple[WantedOffer, ...]
    missing: tuple[NoOffer, ...]
    doubtful: tuple[DoubtfulGroup, ...]


def is_offered(*, wanted: bool, offered: bool, in_package: bool) -> bool:
    """Whether an offer can be booked once offers follow the school's data again.

    The office's manual changes stay: offers outside the package, and offers it withdrew although
    the package includes them.
    """
    return offered or not in_package if wanted else offered and not in_package


def is_bookable() -> ColumnElement[bool]:
    """Return the condition for offers that families can book: none of the teachers has left.

    Offers that follow from lessons are withdrawn when a teacher leaves. Those made by hand stay,
    because nothing would bring them back with the teacher.
    """
    left = exists().where(
        OfferTeacher.offer_id == Offer.id,
        Teacher.id == OfferTeacher.teacher_id,
        Teacher.ended_on.is_not(None),
    )
    return and_(Offer.offered, ~left.correlate(Offer))


def withdrawn_by(
    round_id: int, home_class_ids: Collection[int], week: str
) -> frozenset[tuple[int, str]]:
    """Return the offers a round would lose with these classes and this week; writes nothing.

    Each is a student id and a teacher key, whatever the subject.
    """
    wanted = {offer.key for offer in derive_offers(home_class_ids, week).wanted}
    before, after = set(), set()
    for student_id, subject_code, teacher_key, offered, in_package in db.session.execute(
        select(
            Offer.student_id,
            Offer.subject_code,
            Offer.teacher_key,
            Offer.offered,
            Offer.in_package,
        ).where(Offer.round_id == round_id)
    ):
        key = student_id, subject_code, teacher_key
        if offered:
            before.add((student_id, teacher_key))
        if is_offered(wanted=key in wanted, offered=offered, in_package=in_package):
            after.add((student_id, teacher_key))
        wanted.discard(key)  # the remaining keys are new
    new = {(student_id, teacher_key) for student_id, _subject, teacher_key in wanted}
    return frozenset(before - after - new)


@dataclass(frozen=True)
class _Group:
    id: int
    name: str


def derive_offers(home_class_ids: Collection[int], week: str) -> Derived:
    """Return the offers that follow from the lessons in ``week`` for students of these classes."""
    groups = _groups(home_class_ids)
    teachers = _teachers({group.id for of_one in groups.values() for group in of_one}, week)
    wanted, missing, doubtful = set(), set(), set()
    for student_id, subject_id, code in _packages(home_class_ids):
        own = groups[student_id, subject_id]
        taught = [group for group in own if group.id in teachers]
        if not taught:
            reason = NoOfferReason.NO_TEACHER if own else NoOfferReason.NO_GROUP
            missing.add(NoOffer(student_id, code, reason))
        for group in taught:
            of_group = teachers[group.id]
            wanted.add(WantedOffer(student_id, code, of_group.teacher_ids))
            if of_group.doubtful:
                doubtful.add(DoubtfulGroup(group.name, group.id, of_group.teacher_ids))
    return Derived(tuple(sorted(wanted)), tuple(sorted(missing)), tuple(sorted(doubtful)))


def _packages(home_class_ids: Collection[int]) -> Collection[tuple[int, int, str]]:
    rows = db.session.execute(
        select(Student.id, Subject.id, Subject.code)
        .join(Enrolment, Enrolment.student_id == Student.id)
        .join(Subject, Subject.id == Enrolment.subject_id)
        .where(Student.home_class_id.in_(home_class_ids), Student.ended_on.is_(None))
    )
    return [(student_id, subject_id, code) for student_id, subject_id, code in rows]


def _groups(home_class_ids: Collection[int]) -> Mapping[tuple[int, int], list[_Group]]:
    """Return the groups of each student and subject."""
    groups: dict[tuple[int, int], list[_Group]] = defaultdict(list)
    for student_id, group in db.session.execute(
        select(GroupMember.student_id, TeachingGroup)
        .join(TeachingGroup, TeachingGroup.id == GroupMember.group_id)
        .join(Student, Student.id == GroupMember.student_id)
        .where(Student.home_class_id.in_(home_class_ids))
    ):
        groups[student_id, group.subject_id].append(_Group(group.id, group.name))
    return groups


def _teachers(group_ids: Collection[int], week: str) -> Mapping[int, GroupTeachers]:
    lessons = db.session.scalars(
        select(Lesson)
        .join(Teacher, Teacher.id == Lesson.teacher_id)
        .where(
            Lesson.group_id.in_(group_ids),
            Lesson.from_week <= week,
            Lesson.to_week >= week,
            Teacher.ended_on.is_(None),  # teachers who left the school cannot be booked
        )
    )
    lines = (
        LessonLine(
            group_id=lesson.group_id,
            teacher_id=lesson.teacher_id,
            replaces_id=lesson.replaces_id,
            substitute=lesson.kind == LessonKind.SUBSTITUTE,
            from_week=lesson.from_week,
            to_week=lesson.to_week,
            hours=lesson.hours,
        )
        for lesson in lessons
    )
    return teachers_of_groups(lines, week)


def teachers_by_offer(
    offer_ids: Collection[int] | Select[int],
) -> dict[int, list[tuple[int, str]]]:
    """Return the teachers of offers, also of withdrawn ones: id and formal name, the first first."""
    teachers: dict[int, list[tuple[int, str]]] = {}
    for offer_id, teacher_id, name in db.session.execute(
        select(OfferTeacher.offer_id, OfferTeacher.teacher_id, NAME)
        .join(Teacher, Teacher.id == OfferTeacher.teacher_id)
        .join(Person, Person.id == Teacher.person_id)
        .where(OfferTeacher.offer_id.in_(offer_ids))
        .order_by(OfferTeacher.offer_id, OfferTeacher.position)
    ):
        teachers.setdefault(offer_id, []).append((teacher_id, name.formal))
    return teachers
