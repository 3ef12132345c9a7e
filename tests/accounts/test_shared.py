"""Which shared addresses the office must look at, and what it can do about each."""

import pytest

from app.accounts.policy import Way, way_in
from app.accounts.residents import load_residents
from app.accounts.shared import SharedKind, shared_addresses
from app.people.joining import load_join
from app.people.merging import load_merge
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from tests.accounts.walk import set_mail
from tests.small_school import NOW

ADDRESS = "Gezin@Family.example"


@pytest.fixture
def share(db, school):
    """Give people one address, and one name where it is given."""

    def share_(*names, given="", address=ADDRESS):
        for name in names:
            set_mail(db, school.people[name], address.casefold())
            person = db.get(Person, school.people[name])
            person.email = address
            if given:
                person.given_name, person.prefix, person.family_name = given, "", "Jansen"
        db.commit()

    return share_


def found(school):
    """The entries as kind, whether they may choose, and first names in the small school."""
    names = {id_: name for name, id_ in school.people.items()}
    return [
        (entry.kind, entry.may_choose, [names[one.person_id] for one in entry.people])
        for entry in shared_addresses()
    ]


def test_nobody_shares_an_address_in_the_small_school(school):
    assert shared_addresses() == ()


def test_a_teacher_and_a_guardian_may_be_one(school, share):
    share("Vera", "Carol")

    assert found(school) == [(SharedKind.TEACHER_IS_GUARDIAN, False, ["Vera", "Carol"])]
    (entry,) = shared_addresses()
    vera, carol = entry.people
    assert entry.email == ADDRESS
    assert (vera.name, vera.guardian_id, vera.student_id) == ("Vera de Vries", None, None)
    assert (carol.teacher_id, carol.guardian_id) == (None, school.actors["Carol"].guardian_id)
    assert carol.person_id in {one.person_id for one in load_join(vera.teacher_id).candidates}


def test_guardians_of_one_name_may_be_one(school, share):
    share("Alice", "Carol", given="Alice")

    assert found(school) == [(SharedKind.ONE_PERSON_SEVERAL_ROWS, True, ["Alice", "Carol"])]
    (entry,) = shared_addresses()
    one, other = entry.people
    candidates = load_merge(one.guardian_id, now=NOW).candidates
    assert [candidate.entry.id for candidate in candidates] == [other.guardian_id]


def test_initials_are_enough_to_ask_the_office(school, share):
    share("Alice", "Carol", given="A.")

    assert found(school) == [(SharedKind.ONE_PERSON_SEVERAL_ROWS, False, ["Alice", "Carol"])]


def test_one_of_the_rows_may_be_a_teacher_too(school, share):
    share("Bart", "Carol", given="Bart")

    assert found(school) == [(SharedKind.ONE_PERSON_SEVERAL_ROWS, False, ["Bart", "Carol"])]


def test_guardians_of_one_name_and_one_child_are_not_proposed(db, school, share):
    share("Alice", "Carol", given="Alice")
    guardian_id, noor = school.actors["Carol"].guardian_id, school.students["Noor"]
    db.add(Guardianship(guardian_id=guardian_id, student_id=noor, ended_at=NOW))
    db.commit()

    assert found(school) == [(SharedKind.OTHER, False, ["Alice", "Carol"])]
    alice = school.actors["Alice"].guardian_id
    assert load_merge(alice, now=NOW).candidates == ()


def test_parents_of_the_same_children_are_not_listed(school, share):
    share("Alice", "Adam")

    assert shared_addresses() == ()


@pytest.mark.parametrize(
    "names",
    [("Bob", "Bea"), ("Alice", "Carol"), ("Noor", "Alice"), ("Vera", "Kader"), ("Vera", "Bart")],
)
def test_others_cannot_sign_in_by_mail(school, share, names):
    share(*names)

    ((kind, may_choose, people),) = found(school)
    assert (kind, may_choose, set(people)) == (SharedKind.OTHER, False, set(names))
    residents = load_residents(ADDRESS.casefold(), today=NOW.date())
    assert way_in(residents) is Way.SCHOOL


def test_rows_are_merged_before_the_teacher_is_joined(school, share):
    share("Alice", "Carol", "Vera", given="Vera")

    assert found(school) == [(SharedKind.ONE_PERSON_SEVERAL_ROWS, False, ["Alice", "Carol"])]


def test_what_remains_beside_the_rows_of_one_person_is_listed_too(school, share):
    share("Alice", "Carol", given="Alice")
    share("Noor")

    kinds = [(kind, set(people)) for kind, _may, people in found(school)]
    assert kinds == [
        (SharedKind.ONE_PERSON_SEVERAL_ROWS, {"Alice", "Carol"}),
        (SharedKind.OTHER, {"Alice", "Carol", "Noor"}),
    ]


@pytest.mark.parametrize("role", [Guardian, Person])
def test_who_has_left_shares_nothing(db, school, share, role):
    share("Vera", "Carol")
    id_ = school.people["Carol"] if role is Person else school.actors["Carol"].guardian_id
    db.get(role, id_).ended_on = NOW.date()
    db.commit()

    assert shared_addresses() == ()


def test_a_teacher_who_left_is_no_teacher(db, school, share):
    share("Bart", "Carol", given="Bart")
    db.get(Teacher, school.teachers["Bart"]).ended_on = NOW.date()
    db.commit()

    assert found(school) == [(SharedKind.ONE_PERSON_SEVERAL_ROWS, True, ["Bart", "Carol"])]


def test_addresses_come_in_order_and_in_as_many_statements_as_one(db, school, share, statements):
    share("Bob", "Bea", address="b@family.example")
    one = statements(lambda: shared_addresses(NOW.date()))
    share("Vera", "Carol", address="a@family.example")
    share("Alice", "Kader", address="c@family.example")

    # One, and the savepoint of the test.
    assert statements(lambda: shared_addresses(NOW.date())) == one == 2
    emails = [entry.email[0] for entry in shared_addresses()]
    assert emails == ["a", "b", "c"]


def test_a_student_who_comes_of_age_ends_what_the_parents_share(db, school, share):
    share("Alice", "Adam")
    for name in ("Noor", "Sem"):
        student = db.get(Student, school.students[name])
        student.birth_date = NOW.date().replace(year=2009)
    db.commit()

    assert found(school) == [(SharedKind.OTHER, False, ["Alice", "Adam"])]
