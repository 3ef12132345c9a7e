from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.accounts.policy import (
    Resident,
    Way,
    choices,
    people_among,
    session_ends_at,
    session_limits,
    way_in,
)
from app.core.access import Role

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

T = datetime(2027, 1, 20, 18, 0, tzinfo=UTC)


_ids = count()


def resident(*roles, children=(), closed=(), apart=False, name="Noor Jansen", **more):
    return Resident(
        next(_ids),
        name,
        "a@b.example",
        "nl",
        frozenset(roles),
        children=frozenset(children),
        closed=frozenset(closed),
        apart=apart,
        **more,
    )


def guardian(name, *children, **more):
    return resident(Role.GUARDIAN, name=name, children=children, **more)


@pytest.mark.parametrize(
    ("roles", "remembered", "idle", "absolute"),
    [
        ({Role.GUARDIAN}, False, timedelta(hours=2), timedelta(hours=12)),
        ({Role.STUDENT}, False, timedelta(hours=2), timedelta(hours=12)),
        ({Role.GUARDIAN}, True, timedelta(days=30), timedelta(days=30)),
        ({Role.TEACHER}, False, timedelta(minutes=60), timedelta(hours=10)),
        ({Role.TEACHER, Role.GUARDIAN}, False, timedelta(minutes=60), timedelta(hours=10)),
        ({Role.TEACHER, Role.GUARDIAN}, True, timedelta(minutes=60), timedelta(hours=10)),
        ({Role.SCHEDULER}, False, timedelta(minutes=15), timedelta(hours=4)),
        ({Role.ADMINISTRATOR, Role.GUARDIAN}, True, timedelta(minutes=15), timedelta(hours=4)),
        (set(), True, timedelta(minutes=15), timedelta(hours=4)),
    ],
)
def test_the_strictest_role_sets_the_limits(roles, remembered, idle, absolute):
    limits = session_limits(roles, remembered=remembered)

    assert (limits.idle, limits.absolute) == (idle, absolute)


def test_a_session_in_use_still_ends_at_its_absolute_limit():
    ends = session_ends_at(
        {Role.GUARDIAN}, remembered=False, created_at=T, seen_at=T + timedelta(hours=11)
    )

    assert ends == T + timedelta(hours=12)


@pytest.mark.parametrize(
    ("residents", "way"),
    [
        ([], Way.NONE),
        ([resident(Role.GUARDIAN, children={1})], Way.LINK),
        ([resident(Role.GUARDIAN, children={1}, apart=True)], Way.LINK),
        ([resident(Role.STUDENT)], Way.LINK),
        ([resident(Role.TEACHER)], Way.PASSWORD),
        ([resident(Role.TEACHER, Role.GUARDIAN, children={1})], Way.PASSWORD),
        ([resident(Role.SCHEDULER)], Way.PASSWORD),
        ([resident(Role.ADMINISTRATOR)], Way.PASSWORD),
    ],
)
def test_one_person_at_an_address_signs_in_by_role(residents, way):
    assert way_in(residents) is way


MOTHER, FATHER = "Noor Jansen", "Piet Jansen"


@pytest.mark.parametrize(
    ("residents", "way"),
    [
        # Guardians of the same children who come together.
        ([guardian(MOTHER, 1, 2), guardian(FATHER, 1, 2)], Way.LINK),
        ([guardian(MOTHER, 1, 2), guardian(FATHER, 1)], Way.SCHOOL),
        ([guardian(MOTHER, 1), guardian(FATHER, 2)], Way.SCHOOL),
        ([guardian(MOTHER, 1, apart=True), guardian(FATHER, 1, apart=True)], Way.SCHOOL),
        ([guardian(MOTHER, 1), guardian(FATHER, 1, apart=True)], Way.SCHOOL),
        ([guardian(MOTHER), guardian(FATHER)], Way.SCHOOL),
        # One person with a row per child.
        ([guardian(MOTHER, 1), guardian(MOTHER, 2)], Way.LINK),
        ([guardian(MOTHER, 1), guardian(MOTHER, 2), guardian(MOTHER, 3)], Way.LINK),
        ([guardian("Nóór  JANSEN", 1), guardian("Noor Jansen", 2)], Way.LINK),
        ([guardian(MOTHER, 1, apart=True), guardian(MOTHER, 2)], Way.LINK),
        ([guardian(MOTHER, 1), guardian(MOTHER, closed={2})], Way.LINK),
        ([guardian(MOTHER, closed={1}), guardian(MOTHER, closed={2})], Way.SCHOOL),
        ([guardian(MOTHER), guardian(MOTHER)], Way.SCHOOL),
        ([guardian("", 1), guardian("", 2)], Way.SCHOOL),
        # Initials are no name: these can be Jan and Joke.
        (
            [
                guardian("J. Jansen", 1, has_first_name=False),
                guardian("J. Jansen", 2, has_first_name=False),
            ],
            Way.SCHOOL,
        ),
        # Two people of one name, because they are guardians of one child.
        ([guardian("Jan Smit", 1), guardian("Jan Smit", 1)], Way.LINK),
        ([guardian("Jan Smit", 1, apart=True), guardian("Jan Smit", 1, apart=True)], Way.SCHOOL),
        ([guardian("Jan Smit", 1), guardian("Jan Smit", 1, 2)], Way.SCHOOL),
        ([guardian("Jan Smit", 1), guardian("Jan Smit", 2, closed={1})], Way.SCHOOL),
        ([guardian("Jan Smit", 1), guardian("Jan Smit", closed={1})], Way.SCHOOL),
        ([guardian("Jan Smit", 1), guardian("Jan Smit", 2), guardian("Jan Smit", 1)], Way.SCHOOL),
        # A mother with a row per child, and the father.
        ([guardian(MOTHER, 1), guardian(MOTHER, 2), guardian(FATHER, 1, 2)], Way.LINK),
        (
            [
                guardian(MOTHER, 1),
                guardian(MOTHER, 2),
                guardian(FATHER, 1),
                guardian(FATHER, 2),
            ],
            Way.LINK,
        ),
        ([guardian(MOTHER, 1), guardian(MOTHER, 2), guardian(FATHER, 1)], Way.SCHOOL),
        (
            [
                guardian(MOTHER, 1, apart=True),
                guardian(MOTHER, 2),
                guardian(FATHER, 1, 2, apart=True),
            ],
            Way.SCHOOL,
        ),
        # Not only guardians.
        ([guardian(MOTHER, 1), resident(Role.STUDENT)], Way.SCHOOL),
        ([guardian(MOTHER, 1), resident(Role.TEACHER)], Way.SCHOOL),
        ([guardian(MOTHER, 1), resident(Role.GUARDIAN, Role.TEACHER, children={1})], Way.SCHOOL),
        ([guardian(MOTHER, 1), resident(Role.GUARDIAN, Role.TEACHER, children={2})], Way.SCHOOL),
        ([resident(Role.STUDENT), resident(Role.STUDENT)], Way.SCHOOL),
    ],
)
def test_several_share_an_address_if_it_reveals_nothing_new_to_anybody(residents, way):
    assert way_in(residents) is way
    assert way_in(residents[::-1]) is way


def test_rows_of_one_person_are_grouped_others_are_not():
    one, two = guardian(MOTHER, 1), guardian(MOTHER, 2)
    father, son = guardian("Jan Smit", 3), guardian("Jan Smit", closed={3})
    teacher = resident(Role.TEACHER, name=MOTHER)

    assert people_among([one, father, teacher, two, son]) == (
        (one, two),
        (father,),
        (son,),
        (teacher,),
    )


def test_of_two_who_work_at_the_school_nobody_is_sure_that_they_are_one():
    works = [resident(Role.GUARDIAN, role) for role in (Role.TEACHER, Role.SCHEDULER)]

    assert len(people_among(works)) == 2
    assert len(people_among([works[0], guardian(MOTHER, 1)])) == 1


def test_only_rows_with_a_child_to_see_are_offered():
    sees, sees_nobody = guardian(MOTHER, 1), guardian(MOTHER, closed={2})

    assert choices([sees, sees_nobody]) == (sees,)
    assert choices([sees_nobody]) == (sees_nobody,)
