"""What the office has to check comes with the fact, and goes with it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import office
from app.imports.report import Verdict
from app.people.joining import join_people
from app.people.merging import merge_guardians
from app.people.renumbering import change_number
from app.people.search import Care, count_care
from app.review.queries import load_page
from app.school.models import Guardian, Student
from tests.review.conftest import found
from tests.small_school import NOW


def test_there_is_nothing_to_check_when_the_files_say_what_is_here(files):
    assert files.run().changes == 0
    assert found() == {}


def test_an_import_that_was_refused(files):
    del files.tables["stamklassen"]["h2a"]["naam"]
    assert files.run().verdict == Verdict.REJECTED
    assert found() == {"import_refused": [()]}
    (group,) = load_page(NOW).groups
    assert group.open[0].detail == "stamklassen.csv"
    files.tables["stamklassen"]["h2a"]["naam"] = "h2a"
    files.run()
    assert found() == {}


def test_a_teacher_who_left(files, book_one, call_off):
    talk = book_one("Alice", "Noor", "Vera", 0)
    book_one("Alice", "Sem", "Kader", 2)
    files.drop("Vera")
    assert files.run(allow=["docenten"]).applied
    assert found() == {"teacher_left": [("Vera de Vries",)]}
    (group,) = load_page(NOW).groups
    assert (group.open[0].talks, group.open[0].first > NOW) == (1, True)
    call_off(talk)
    assert found() == {}


def test_a_student_who_left(school, files, book_one):
    talk = book_one("Carol", "Kim", "Vera", 0)
    files.drop("Kim")
    assert files.run(allow=["leerlingen", "ouders", "ouder_leerling"]).applied
    assert found() == {"student_left": [("Kim Öztürk",)]}
    assert load_page(NOW + timedelta(days=60)).groups == ()  # the talk was
    office.cancel_for(school.actors["Anna"], talk, reason="left", now=NOW)
    assert found() == {}


def test_a_new_number(school, files):
    files.renumber("Kim", "20279999")
    assert files.run().proposals
    assert found() == {"new_number": [("Kim Öztürk",)]}
    number = "20279999"
    change_number(school.actors["Anna"], school.students["Kim"], number, reason="moved", now=NOW)
    assert found() == {}
    assert files.run().changes == 0


def test_a_new_number_is_nothing_to_check_of_somebody_who_left(db, school, files):
    files.renumber("Kim", "20279999")
    files.run()
    left = Student.id == school.students["Kim"]
    db.execute(update(Student).where(left).values(ended_on=NOW.date()))
    assert found() == {}


def test_a_teacher_who_may_be_a_parent(school, files):
    files.tables["ouders"]["Carol"]["email"] = "vera@school.example"
    assert files.run(allow=["ouders"]).applied
    assert found() == {"teacher_and_parent": [("Vera de Vries", "Carol Öztürk")]}
    join_people(
        school.actors["Anna"],
        school.teachers["Vera"],
        school.people["Carol"],
        reason="she said so",
        now=NOW,
    )
    assert found() == {}


def test_a_parent_who_is_here_twice(db, school, files):
    files.add_guardian("Carol again", "Lot")
    assert files.run().applied
    assert found() == {"one_person": [("Carol Öztürk", "Carol Öztürk")]}
    other = db.query(Guardian.id).filter_by(source_id="Carol again").scalar()
    carol = school.actors["Carol"].guardian_id
    merge_guardians(school.actors["Anna"], carol, other, reason="one", now=NOW)
    assert found() == {}
    assert files.run().changes == 0


def test_an_address_of_several_people(files):
    files.tables["ouders"]["Bob"]["email"] = "carol@family.example"
    assert files.run(allow=["ouders"]).applied
    assert found() == {"shared_address": [("Bob Smit", "Carol Öztürk")]}
    files.tables["ouders"]["Bob"]["email"] = "bob@family.example"
    assert files.run(allow=["ouders"]).applied
    assert found() == {}


def test_rows_that_were_left_out(files):
    files.tables["leerlingen"]["Kim"]["geboortedatum"] = "31-02-2013"
    files.tables["leerlingen"]["Tim"]["geboortedatum"] = "2013"
    assert files.run().verdict == Verdict.PARTIAL
    assert found() == {"rows_left_out": [()]}
    (group,) = load_page(NOW).groups
    assert group.open[0].number == 2
    for name in ("Kim", "Tim"):
        files.tables["leerlingen"][name]["geboortedatum"] = "01-05-2013"
    assert files.run().verdict == Verdict.ACCEPTED
    assert found() == {}


def test_a_student_without_a_parent(school, files):
    link = files.tables["ouder_leerling"].pop(("Carol", "Kim"))
    assert files.run(allow=["ouder_leerling", "ouders"]).applied
    assert found() == {"no_guardian": [("Kim Öztürk",)]}
    files.tables["ouder_leerling"]["Carol", "Kim"] = link
    assert files.run().applied
    assert found() == {}


def test_a_student_who_is_closed_to_all_parents_counts_in_the_list_of_families_too(office, files):
    files.tables["ouder_leerling"]["Carol", "Kim"]["gezag"] = "N"
    assert files.run(allow=["ouder_leerling"]).applied
    assert found() == {"no_guardian": [("Kim Öztürk",)]}
    assert count_care(NOW.date())[Care.WITHOUT_GUARDIAN] == 1
    assert "parents are known, but none sees this student" in office.get("/office/review").text


def test_a_student_without_a_class(files):
    files.tables["leerlingen"]["Kim"]["stamklas"] = ""
    assert files.run(allow=["leerlingen"]).applied
    assert found() == {"no_class": [("Kim Öztürk",)]}
    files.tables["leerlingen"]["Kim"]["stamklas"] = "h2a"
    assert files.run().applied
    assert found() == {}


def test_parents_without_an_address_as_the_list_of_families_counts_them(files):
    for name in ("Adam", "Bea"):
        files.tables["ouders"][name]["email"] = ""
    assert files.run(allow=["ouders"]).applied
    assert found() == {"no_address": [("Bea van den Berg",), ("Adam Jansen",)]}
    assert count_care(NOW.date())[Care.WITHOUT_MAIL] == 2
    for name in ("Adam", "Bea"):
        files.tables["ouders"][name]["email"] = f"{name.lower()}@family.example"
    assert files.run().applied
    assert found() == {}


def test_a_new_number_is_still_proposed_when_a_later_set_cannot_be_read(files):
    files.renumber("Kim", "20279999")
    files.run()
    del files.tables["stamklassen"]["h2a"]["naam"]
    files.run()
    assert set(found()) == {"import_refused", "new_number"}


@pytest.mark.parametrize("page", ["/office/review", "/office/imports"])
def test_the_number_of_statements_does_not_grow_with_the_entries(statements, office, files, page):
    files.tables["ouders"]["Adam"]["email"] = ""
    files.tables["leerlingen"]["Kim"]["stamklas"] = ""
    files.run(allow=["ouders", "leerlingen"])
    office.get(page)  # who is signed in is read anew after an import
    few = statements(lambda: office.get(page))
    files.add_guardian("Carol again", "Lot")
    for number in range(30):
        files.add_guardian(f"new {number}", "Tim", voornaam=f"Jo {number}", email="")
        files.add_guardian(f"two {number}", "Sem", voornaam="Al", email=f"{number}@family.example")
        files.add_guardian(f"too {number}", "Tim", voornaam="Al", email=f"{number}@family.example")
    for name in ("Lot", "Sem", "Tim"):
        files.tables["leerlingen"][name]["stamklas"] = ""
    files.tables["leerlingen"]["Kim"]["geboortedatum"] = "nooit"
    assert files.run(allow=["leerlingen"]).applied
    office.get(page)
    assert statements(lambda: office.get(page)) == few
    assert {kind: len(entries) for kind, entries in found().items()} == {
        "one_person": 31,
        "rows_left_out": 1,
        "no_class": 4,
        "no_address": 31,
    }
