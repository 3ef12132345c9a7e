"""The tables of the school, one noun per module."""

from app.school.models.family import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
)
from app.school.models.group import (
    Branch,
    Department,
    Enrolment,
    GroupMember,
    HomeClass,
    Subject,
    TeachingGroup,
)
from app.school.models.lesson import Lesson, LessonKind
from app.school.models.person import Person, Student, Teacher
from app.school.models.room import Room

__all__ = [
    "Branch",
    "Department",
    "Enrolment",
    "GroupMember",
    "Guardian",
    "Guardianship",
    "HomeClass",
    "Household",
    "HouseholdGuardian",
    "HouseholdStudent",
    "Lesson",
    "LessonKind",
    "Person",
    "Room",
    "Student",
    "Subject",
    "Teacher",
    "TeachingGroup",
]
