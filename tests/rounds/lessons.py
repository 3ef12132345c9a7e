"""Packages, groups and lessons for the small school: what offers follow from."""

from sqlalchemy import select

from app.school.models import Enrolment, GroupMember, Lesson, Subject, TeachingGroup


class Lessons:
    """Every student takes a subject in one group, h2a.ne, h2a.wi or h2a.en."""

    def __init__(self, session, school):
        self.session, self.school = session, school
        self.subjects = {row.code: row.id for row in session.query(Subject)}
        self.groups = {}

    def group(self, subject, students=None):
        """Put the students, or all, in a group for the subject, and it in their packages."""
        row = TeachingGroup(
            source="test",
            source_id=f"h2a.{subject}",
            name=f"h2a.{subject}",
            subject_id=self.subjects[subject],
        )
        self.session.add(row)
        self.session.flush()
        self.groups[subject] = row.id
        who = students or self.school.students
        ids = [self.school.students[name] for name in who]
        self.session.add_all(GroupMember(group_id=row.id, student_id=each) for each in ids)
        self._packages(ids, subject)

    def package(self, student, subject):
        self._packages([self.school.students[student]], subject)

    def _packages(self, ids, subject):
        """In one statement for all: nearly every test of rounds begins here."""
        subject_id = self.subjects[subject]
        has = select(Enrolment.student_id).where(Enrolment.subject_id == subject_id)
        new = set(ids) - set(self.session.scalars(has))
        self.session.add_all(
            Enrolment(student_id=each, subject_id=subject_id) for each in sorted(new)
        )
        self.session.commit()

    def lesson(self, subject, teacher, replaces=None, weeks=("2026-W35", "2027-W28"), hours=3):
        row = Lesson(
            source="test",
            source_id=f"{subject}-{replaces}",
            group_id=self.groups[subject],
            subject_id=self.subjects[subject],
            teacher_id=self.school.teachers[teacher],
            replaces_id=self.school.teachers[replaces] if replaces else None,
            kind="substitute" if replaces else "regular",
            from_week=weeks[0],
            to_week=weeks[1],
            hours=hours,
        )
        self.session.add(row)
        self.session.commit()
        return row

    def all(self):
        """Vera gives Dutch, Bart maths, Kader English, to everybody."""
        for subject, teacher in (("ne", "Vera"), ("wi", "Bart"), ("en", "Kader")):
            self.group(subject)
            self.lesson(subject, teacher)
