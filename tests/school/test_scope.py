from datetime import date

import pytest

from app.core.errors import NotFoundError
from app.extensions import db
from app.school.households import rebuild_households
from app.school.queries import child_of, children_named, children_of
from tests.school.conftest import NOW, TODAY


def seen(actor, today=TODAY):
    return [child.given_name for child in children_of(actor, today)]


def test_a_guardian_sees_the_own_children_and_no_other(families):
    families.come("alice noor", "alice sem", "bob tim vader")
    assert seen(families.actor("alice")) == ["Noor", "Sem"]
    with pytest.raises(NotFoundError):
        child_of(families.actor("alice"), families.student("tim"), TODAY)
    assert child_of(families.actor("bob"), families.student("tim"), TODAY).full_name == "Tim Smit"


def test_a_closed_link_is_not_seen_until_the_school_opens_it(families):
    families.come("alice noor", "gran noor grootouder")
    assert seen(families.actor("gran")) == []
    families.link("gran", "noor").opened_at = NOW
    db.session.commit()
    rebuild_households(today=TODAY)
    assert seen(families.actor("gran")) == ["Noor"]


def test_a_student_of_18_is_not_seen_until_the_school_opens_it(families):
    families.come("alice noor", born=date(2009, 1, 20))
    rebuild_households(today=date(2027, 1, 19))
    assert seen(families.actor("alice"), date(2027, 1, 19)) == ["Noor"]
    assert seen(families.actor("alice"), date(2027, 1, 20)) == []
    families.link("alice", "noor").opened_of_age = True
    db.session.commit()
    rebuild_households(today=TODAY)
    assert seen(families.actor("alice"), date(2027, 1, 20)) == ["Noor"]


def test_what_the_school_opened_before_a_student_was_18_closes_on_that_day(families):
    families.come("gran noor grootouder", born=date(2009, 1, 20))
    families.link("gran", "noor").opened_at = NOW
    db.session.commit()
    rebuild_households(today=date(2027, 1, 19))
    assert seen(families.actor("gran"), date(2027, 1, 19)) == ["Noor"]
    assert seen(families.actor("gran"), date(2027, 1, 20)) == []


def test_on_a_leap_day_ages_are_counted_too(families):
    families.come("alice noor", born=date(2010, 2, 28))
    assert seen(families.actor("alice"), date(2028, 2, 27)) == ["Noor"]
    assert seen(families.actor("alice"), date(2028, 2, 29)) == []


def test_guardians_apart_each_see_the_child_with_the_own_household(families):
    families.come("bob tim vader", "bea tim", apart={"tim"})
    [his], [hers] = (children_of(families.actor(name), TODAY) for name in ("bob", "bea"))
    assert his.student_id == hers.student_id
    assert his.household_id != hers.household_id
    [own] = children_of(families.pupil("tim"), TODAY)
    assert own.household_id is None


def test_a_child_who_left_is_not_seen(families):
    families.come("alice noor", "alice sem")
    families.leave("noor")
    assert seen(families.actor("alice")) == ["Sem"]


def test_a_student_sees_the_own_self_alone(families):
    families.come("alice noor", "alice sem")
    assert seen(families.pupil("noor")) == ["Noor"]
    with pytest.raises(NotFoundError):
        child_of(families.pupil("noor"), families.student("sem"), TODAY)


def test_mails_name_children_by_id(families):
    families.come("alice noor", "alice sem")
    assert [c.given_name for c in children_named({families.student("sem")})] == ["Sem"]
