"""From 18 on a student decides what guardians see: who is of age, and who may see whom."""

from datetime import date

from sqlalchemy import ColumnElement, Date, and_, bindparam, literal, or_

from app.school.models import Guardianship, Student

_GROWN = bindparam("grown", type_=Date())


def is_open(today: date) -> ColumnElement[bool]:
    """Return the condition that a guardian may see the student, for a query that joins both.

    Closed links count only if somebody at the school opened them; links to students of 18 and
    older only if that was done since then.
    """
    return _is_open(Student, literal(_eighteen_years_before(today)))


def is_of_age(today: date) -> ColumnElement[bool]:
    """Return the condition that a student is 18 or older and decides what guardians see."""
    return Student.birth_date <= literal(_eighteen_years_before(today))


def is_grown(born: date | None, today: date) -> bool:
    """Return whether who was born then is 18 or older; without a date nobody is."""
    return born is not None and born <= _eighteen_years_before(today)


def _is_open(student: type[Student], grown: ColumnElement[date]) -> ColumnElement[bool]:
    of_minor = and_(
        is_open_by_rule(),
        or_(student.birth_date.is_(None), student.birth_date > grown),
    )
    return and_(Guardianship.ended_at.is_(None), or_(Guardianship.opened_of_age, of_minor))


def is_open_by_rule(link: type[Guardianship] = Guardianship) -> ColumnElement[bool]:
    """Return the condition that nothing but the student's age can close the link: the source does
    not, or the school opened it.
    """
    return or_(link.closed_reason == "", link.opened_at.is_not(None))


def is_open_to_guardian(student: type[Student] = Student) -> ColumnElement[bool]:
    """Return ``is_open`` for a statement that is built once; ``opened_on`` returns its parameter.

    ``student`` may be an alias.
    """
    return _is_open(student, _GROWN)


def is_of_age_then(student: type[Student] = Student) -> ColumnElement[bool]:
    """Return ``is_of_age`` for a statement that is built once, like ``is_open_to_guardian``."""
    return student.birth_date <= _GROWN


def is_closed_by_age(student: type[Student], link: type[Guardianship]) -> ColumnElement[bool]:
    """Return the condition that a link is closed, but was open until the student was of age.

    For a statement that is built once, like ``is_open_to_guardian``.
    """
    return and_(
        link.ended_at.is_(None),
        is_open_by_rule(link),
        ~link.opened_of_age,
        is_of_age_then(student),
    )


def opened_on(today: date) -> dict[str, date]:
    """Return the parameter of statements that are built once."""
    return {"grown": _eighteen_years_before(today)}


def _eighteen_years_before(today: date) -> date:
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - 18, day=28 if leap_day else today.day)
