from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.policy import Resident, Way, session_ends_at, session_limits, way_in
from app.core.access import Role

T = datetime(2027, 1, 20, 18, 0, tzinfo=UTC)


def resident(*roles, children=(), apart=False):
    return Resident(1, "A", "a@b.example", "nl", frozenset(roles), frozenset(children), apart)


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
        ([resident(Role.GUARDIAN, children={1, 2})] * 2, Way.LINK),
        (
            [resident(Role.GUARDIAN, children={1, 2}), resident(Role.GUARDIAN, children={1})],
            Way.SCHOOL,
        ),
        (
            [
                resident(Role.GUARDIAN, children={1}),
                resident(Role.GUARDIAN, children={1}, apart=True),
            ],
            Way.SCHOOL,
        ),
        ([resident(Role.GUARDIAN)] * 2, Way.SCHOOL),
        ([resident(Role.GUARDIAN, children={1}), resident(Role.STUDENT)], Way.SCHOOL),
        (
            [
                resident(Role.GUARDIAN, children={1}),
                resident(Role.GUARDIAN, Role.TEACHER, children={1}),
            ],
            Way.SCHOOL,
        ),
    ],
)
def test_only_guardians_of_the_same_children_who_come_together_share_an_address(residents, way):
    assert way_in(residents) is way
