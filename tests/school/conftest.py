"""Families, written as a source writes them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.core.access import Actor, Role
from app.extensions import db
from app.school.models import Guardian, Guardianship, Person, Student
from app.school.rows import Change, GuardianRow, LinkRow, StudentRow, TeacherRow
from app.school.service import apply_school

NOW = datetime(2027, 1, 20, 3, 0, tzinfo=UTC)
TODAY = date(2027, 1, 20)


class Families:
    def come(self, *links, apart=(), born=date(2013, 5, 1)):
        """Write links such as "alice noor" or "bob tim stiefouder"."""
        rows = [self._link(*link.split()) for link in links]
        self._apply(
            StudentRow,
            [
                StudentRow(key, key.title(), "", "Smit", "", born, "", "", apart=key in apart)
                for key in dict.fromkeys(row.student for row in rows)
            ],
        )
        self._apply(
            GuardianRow,
            [
                GuardianRow(key, key.title(), "", "Smit", f"{key}@family.example", "nl")
                for key in dict.fromkeys(row.guardian for row in rows)
            ],
        )
        self._apply(LinkRow, rows)

    def _link(self, guardian, student, relation="moeder", authority="J"):
        return LinkRow(guardian, student, relation, authority == "J", apart=False)

    def _apply(self, table, rows):
        apply_school("csv", {table: Change(added=rows)}, now=NOW)

    def leave(self, *keys):
        rows = [StudentRow(key, "", "", "", "", None, "", "", apart=False) for key in keys]
        apply_school("csv", {StudentRow: Change(gone=rows)}, now=NOW)

    def teacher_leaves(self, key):
        row = TeacherRow(key, "", "", "", "", "")
        apply_school("csv", {TeacherRow: Change(gone=[row])}, now=NOW)

    def set_apart(self, key, apart):
        row = StudentRow(key, key.title(), "", "Smit", "", None, "", "", apart=False)
        change = Change(changed=[replace(row, apart=apart)])
        apply_school("csv", {StudentRow: change}, now=NOW)

    def student(self, key):
        return db.session.scalar(select(Student.id).where(Student.source_id == key))

    def ended(self, role, key):
        return db.session.scalar(select(role.ended_on).where(role.source_id == key))

    def person_ended(self, role, key):
        return db.session.scalar(
            select(Person.ended_on)
            .join(role, role.person_id == Person.id)
            .where(role.source_id == key)
        )

    def link(self, guardian, student):
        return db.session.scalars(
            select(Guardianship)
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .join(Student, Student.id == Guardianship.student_id)
            .where(Guardian.source_id == guardian, Student.source_id == student)
        ).one()

    def actor(self, key):
        row = db.session.scalars(select(Guardian).where(Guardian.source_id == key)).one()
        return Actor(None, row.person_id, key, frozenset({Role.GUARDIAN}), guardian_id=row.id)

    def pupil(self, key):
        row = db.session.scalars(select(Student).where(Student.source_id == key)).one()
        return Actor(None, row.person_id, key, frozenset({Role.STUDENT}), student_id=row.id)


@pytest.fixture
def families():
    return Families()
