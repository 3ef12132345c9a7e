"""Who comes back is as before: what is stored of people and links that ended holds again."""

import pytest
from sqlalchemy import select

from app.core.access import Actor, Role
from app.imports.check import Stored
from app.imports.diff import propose
from app.imports.tables import BY_ROW
from app.people.removal import remove_person
from app.people.service import change_access
from app.school.models import Guardian, Guardianship, Student
from app.school.present import load_present
from app.school.rows import LinkRow, Present, StudentRow
from tests.imports.conftest import NOW, run
from tests.imports.dump import homes
from tests.imports.test_absent import rows, without, write
from tests.imports.test_compared import keyed, link, student

CHILD, FATHER, MOTHER = "20260001", "ouder00225", "ouder00224"
OFFICE = Actor(None, 0, "Anna", frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def app(imported_app):
    return imported_app


def test_a_father_without_authority_comes_back_without_it_and_apart(files):
    """Also by a row that says neither: an absent column opens no child, and puts no parents together."""
    row = f"{FATHER},{CHILD},vader"
    files.replace("ouder_leerling.csv", f"{row},J,N", f"{row},N,J")
    run(files.folder)
    files.remove_lines("ouder_leerling.csv", row)
    assert run(files.folder).applied

    lines = [
        {**line, "gezag": "" if line["oudercode"] == FATHER else line["gezag"], "apart": ""}
        for line in rows("ouder_leerling.csv")
    ]
    write(files.folder, "ouder_leerling.csv", lines)
    report = run(files.folder)

    assert [(one.number, one.apart) for one in report.regrouped] == [(CHILD, True)]
    back = load_present("csv").rows[LinkRow][FATHER, CHILD]
    assert (back.authority, back.apart) == (False, True)
    assert homes()[CHILD] == {frozenset({MOTHER})}


@pytest.mark.parametrize("nights", [["voogd"], [None, "vader"]], ids=["another word", "back"])
def test_whom_the_office_keeps_from_a_child_an_import_does_not_let_in(db, files, nights):
    of_link = select(Guardianship).join(Guardian, Guardian.id == Guardianship.guardian_id)
    one = of_link.join(Student).where(Guardian.source_id == FATHER, Student.source_id == CHILD)
    closed = db.scalars(one).one()
    change_access(
        OFFICE, closed.student_id, closed.guardian_id, opens=False, reason="a judge", now=NOW
    )
    lines = rows("ouder_leerling.csv")
    for relation in nights:
        night = [
            {**line, "relatie": relation or ""} if line["oudercode"] == FATHER else line
            for line in lines
            if relation or line["oudercode"] != FATHER
        ]
        write(files.folder, "ouder_leerling.csv", night)
        assert run(files.folder).changes
    assert homes()[CHILD] == {frozenset({MOTHER})}


@pytest.mark.parametrize(
    "column", ["geboortedatum", "email", "stamklas", "afdeling", "aparte_aanvragen"]
)
def test_a_student_whom_the_office_removed_comes_back_with_all_that_a_column_does_not_say(
    db, files, column
):
    first, *others = rows("leerlingen.csv")
    lines = [{**first, "aparte_aanvragen": "J"}, *others]
    write(files.folder, "leerlingen.csv", lines)
    assert run(files.folder).regrouped
    before, at_home = load_present("csv").rows[StudentRow], homes()
    of_first = select(Student.person_id).where(Student.source_id == first["leerlingnummer"])
    person_id = db.scalars(of_first).one()
    remove_person(OFFICE, person_id, reason="the wrong one", now=NOW)

    write(files.folder, "leerlingen.csv", without(lines, column))
    assert run(files.folder).applied

    assert load_present("csv").rows[StudentRow] == before
    assert homes() == at_home


def test_a_child_that_goes_to_the_other_row_of_a_parent_takes_along_what_was_said():
    there = link("1b", "9")
    stored = Stored(BY_ROW[LinkRow], Present({LinkRow: keyed(there)}, same={"1b": "1a"}))
    assert stored.row_for(link("1a", "9")) == there
    assert stored.row_for(link("1a", "8")) is None


def test_what_is_here_now_counts_and_not_what_ended_before():
    now, before = student("1"), student("1", born=None)
    present = Present({StudentRow: keyed(now)}, ended={StudentRow: keyed(before)})
    assert Stored(BY_ROW[StudentRow], present).row_for(before) is now


def test_who_comes_back_under_an_old_number_is_not_held_back():
    """Nobody could enter that number: it is the student's own, from before."""
    present = Present(
        {StudentRow: keyed(student("2")), LinkRow: keyed(link("alice", "2"))},
        ended={StudentRow: keyed(student("1"))},
    )
    incoming = {StudentRow: keyed(student("1")), LinkRow: keyed(link("alice", "1"))}
    assert propose(incoming, present) == ()
