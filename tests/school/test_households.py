import pytest
from sqlalchemy import select

from app.extensions import db
from app.school.households import rebuild_households
from app.school.models import Guardian, Household, Person, Student, Teacher
from app.school.present import load_present
from app.school.rows import StudentRow
from app.school.structure import closed_reason
from tests.imports.dump import homes
from tests.school.conftest import NOW, TODAY


def sets(*guardians):
    return {frozenset(names.split()) for names in guardians}


def test_siblings_share_one_household(families):
    families.come("alice noor", "adam noor vader", "alice sem", "adam sem vader")
    assert homes() == {"noor": sets("alice adam"), "sem": sets("alice adam")}
    assert len(db.session.scalars(select(Household.id)).all()) == 1


def test_guardians_apart_have_a_household_each(families):
    families.come("bob tim vader", "bea tim", apart={"tim"})
    assert homes() == {"tim": sets("bob", "bea")}


def test_a_guardian_of_two_families_is_in_two_households(families):
    families.come("alice noor", "adam noor vader", "adam kim vader", "carol kim")
    assert homes() == {"noor": sets("alice adam"), "kim": sets("adam carol")}


def test_without_authority_or_by_kinship_nobody_is_in_it(families):
    families.come("alice noor", "adam noor vader N", "gran noor grootouder", "bob tim vader N")
    assert homes() == {"noor": sets("alice")}
    assert families.link("adam", "noor").closed_reason == "no_authority"
    assert families.link("gran", "noor").closed_reason == "relative"


def test_who_was_let_in_by_the_school_is_in_it(families):
    families.come("alice noor", "gran noor grootouder")
    families.link("gran", "noor").opened_at = NOW
    db.session.commit()
    rebuild_households(today=TODAY)
    assert homes() == {"noor": sets("alice gran")}


@pytest.mark.parametrize(
    ("relation", "reason"),
    [
        ("vader", ""),
        ("Moeder", ""),
        ("voogd", ""),
        ("pleegouder", ""),
        ("pleegmoeder", ""),
        ("stiefouder", "relative"),
        ("grootouder", "relative"),
        ("familie", "relative"),
        ("", "relative"),
    ],
)
def test_the_relation_says_who_sees_a_child_by_rule(relation, reason):
    assert closed_reason(relation, authority=True) == reason


def test_households_are_kept_when_a_family_comes_apart_and_together_again(families):
    families.come("bob tim vader", "bea tim")
    joint = db.session.scalar(select(Household.id))
    families.set_apart("tim", apart=True)
    assert homes() == {"tim": sets("bob", "bea")}
    assert db.session.get(Household, joint) is not None
    families.set_apart("tim", apart=False)
    assert homes() == {"tim": sets("bob bea")}
    assert len(db.session.scalars(select(Household.id)).all()) == 3


def test_what_the_office_decided_stays_through_the_next_import(families):
    families.come("bob tim vader", "bea tim")
    tim = db.session.get(Student, families.student("tim"))
    tim.apart, tim.apart_reason = True, "a judge said so"
    db.session.commit()
    families.set_apart("tim", apart=False)
    assert homes() == {"tim": sets("bob", "bea")}
    # The source is compared with what it said itself: no import calls that a change.
    assert load_present("csv").rows[StudentRow]["tim"].apart is False


def test_who_leaves_takes_the_guardian_along_only_with_the_last_child(families):
    families.come("alice noor", "alice sem")
    families.leave("noor")
    assert families.ended(Student, "noor") == TODAY
    assert families.link("alice", "noor").ended_at == NOW
    assert families.ended(Guardian, "alice") is None
    assert homes() == {"sem": sets("alice")}
    families.leave("sem")
    assert families.ended(Guardian, "alice") == TODAY
    families.come("alice sem")
    assert families.ended(Guardian, "alice") is None
    assert families.ended(Student, "sem") is None
    assert families.link("alice", "sem").ended_at is None


def test_of_a_guardian_who_also_teaches_one_role_ends_and_the_person_stays(families):
    families.come("bart lot vader")
    person_id = families.actor("bart").person_id
    db.session.add(Teacher(person_id=person_id, source="csv", source_id="bak", code="bak"))
    db.session.commit()

    families.leave("lot")
    assert families.ended(Guardian, "bart") == TODAY
    assert families.ended(Teacher, "bak") is None
    assert families.person_ended(Guardian, "bart") is None

    families.teacher_leaves("bak")
    assert families.person_ended(Guardian, "bart") == TODAY

    families.come("bart lot vader")
    assert families.ended(Guardian, "bart") is None
    assert families.ended(Teacher, "bak") == TODAY
    assert families.person_ended(Guardian, "bart") is None


def test_who_works_in_the_office_does_not_end_with_an_import(families):
    person = Person(family_name="Admin", sort_key="admin", search_key="admin")
    db.session.add(person)
    db.session.commit()

    families.come("bart lot vader")

    assert db.session.get(Person, person.id).ended_on is None
