"""Warnings about an odd reference week; they never block saving."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from sqlalchemy import exists, select

from app.extensions import db
from app.rounds.reference_week import is_week, school_year, school_year_of_week
from app.school.models import Lesson


class Doubt(StrEnum):
    """What is odd about the reference week of a round."""

    EMPTY = "empty"  # nobody has lessons in it
    NOT_THESE = "not-these"  # others do, but not the round's classes
    OTHER_YEAR = "other-year"  # not the school year of the evenings


def doubt_of(week: str, days: Collection[date]) -> Doubt | None:
    """Return what is odd about a week for evenings on these days; None if it is not a week."""
    if not is_week(week):
        return None
    if not db.session.scalar(
        select(exists().where(Lesson.from_week <= week, Lesson.to_week >= week))
    ):
        return Doubt.EMPTY
    if days and school_year_of_week(week) not in map(school_year, days):
        return Doubt.OTHER_YEAR
    return None
