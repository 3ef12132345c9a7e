"""Comparing what a source brings with what is there: namesakes, doubles, and what only we know."""

import pytest
from sqlalchemy import select

from app.accounts.models import SignInSession
from app.extensions import db as _db
from app.imports.diff import differences, drop_doubles, propose
from app.imports.guard import MOST_LOST, MOST_LOST_SHARE, too_many
from app.school.models import Guardian, Person, Student, Teacher
from app.school.rows import GuardianRow, LinkRow, Present, StudentRow
from tests.imports.conftest import BASE, NOW, run
from tests.school.conftest import TODAY
from tests.signing_in import new_session


def student(number, born=TODAY):
    return StudentRow(number, "Noor", "", "Smit", "", born, "", "", apart=False)


def link(guardian, number):
    return LinkRow(guardian, number, "moeder", authority=True, apart=False)


def keyed(*rows):
    return {row.key: row for row in rows}


def proposals(before, incoming):
    """What is proposed when these students, all of Alice, are there and these ones come."""
    links = [keyed(*(link("alice", row.key) for row in rows)) for rows in (before, incoming)]
    present = Present({StudentRow: keyed(*before), LinkRow: links[0]})
    found = propose({StudentRow: keyed(*incoming), LinkRow: links[1]}, present)
    return [(one.old, one.new) for one in found]


def test_a_student_who_was_there_already_is_nobodys_new_number():
    assert proposals([student("1")], [student("2")]) == [("1", "2")]
    assert proposals([student("1"), student("2")], [student("2")]) == []


def test_without_a_birth_date_nobody_is_recognised():
    assert proposals([student("1", born=None)], [student("2", born=None)]) == []


@pytest.mark.parametrize("numbers", [("1a", "1b"), ("1b", "1a")])
def test_of_two_links_to_one_person_the_one_that_is_there_stays(numbers):
    rows = {LinkRow: keyed(*(link(number, "9") for number in numbers))}
    there = link("1b", "9")
    drop_doubles(rows, Present({LinkRow: keyed(there)}, same={"1b": "1a"}))
    assert list(rows[LinkRow]) == [there.key]


def test_a_guardian_whose_other_row_is_there_has_not_gone():
    one, other = (GuardianRow(key, "Alice", "", "Jansen", "", "") for key in ("1a", "1b"))
    present = Present(
        {GuardianRow: keyed(one)}, ended={GuardianRow: keyed(other)}, same={"1b": "1a"}
    )
    assert differences({GuardianRow: keyed(other)}, present)[GuardianRow].gone == []
    assert differences({GuardianRow: {}}, present)[GuardianRow].gone == [one]


def test_who_goes_with_the_last_child_counts_once_also_when_the_row_says_something_new():
    before, now = (GuardianRow("a", name, "", "Jansen", "", "") for name in ("Ali", "Alice"))
    present = Present({GuardianRow: keyed(before), LinkRow: keyed(link("a", "1"))})
    change = differences({GuardianRow: keyed(now), LinkRow: {}}, present)[GuardianRow]
    assert (len(change.changed), len(change.gone), change.unchanged) == (1, 1, 0)


@pytest.mark.parametrize(
    ("gone", "there", "many"),
    [
        (MOST_LOST, MOST_LOST * MOST_LOST_SHARE, False),
        (MOST_LOST + 1, 10_000, True),
        (2, 2 * MOST_LOST_SHARE, False),
        (2, 2 * MOST_LOST_SHARE - 1, True),
    ],
)
def test_so_many_students_are_not_gone_in_one_night(gone, there, many):
    assert too_many(gone, there) is many


@pytest.mark.usefixtures("there")
def test_a_salutation_that_the_source_does_not_have_is_no_change(db):
    assert not run(BASE).changes
    teacher = select(Person).join(Teacher, Teacher.person_id == Person.id).order_by(Person.id)
    db.scalars(teacher.limit(1)).one().salutation = "mevr."
    db.commit()
    assert not run(BASE).changes


@pytest.mark.usefixtures("there")
def test_a_new_student_whose_row_is_wrong_is_wrong_once(files):
    """Not once more for each row that names the student."""
    files.add("leerlingen.csv", "20269999,Nieuw,Nieuw,,Smit,V,31-02-2011,,A.bk1a,A.bk1,N")
    files.add("ouder_leerling.csv", "ouder00224,20269999,moeder,J,N")
    assert [fault.file for fault in run(files.folder).faults] == ["leerlingen.csv"]


@pytest.mark.usefixtures("there")
def test_a_link_does_not_stay_for_the_sake_of_a_wrong_one_once_its_student_is_gone(files):
    """Who is linked to somebody unknown keeps the links that are there, to students who are."""
    sizes = [len((BASE / "ouder_leerling.csv").read_text(encoding="utf-8").splitlines())]
    for file in ("leerlingen", "ouder_leerling", "pakketten", "groepsindeling"):
        files.remove_lines(f"{file}.csv", "20260001")
    sizes.append(
        len((files.folder / "ouder_leerling.csv").read_text(encoding="utf-8").splitlines())
    )
    files.add("ouder_leerling.csv", "ouder00224,99999999,moeder,J,N")
    report = run(files.folder)
    (links,) = [table for table in report.tables if table.file == "ouder_leerling.csv"]
    assert (links.gone, links.faulty) == (sizes[0] - sizes[1], 1)


@pytest.mark.usefixtures("there")
def test_who_leaves_is_signed_out(db, files):
    teacher = select(Teacher.person_id).where(Teacher.source_id == "men")
    new_session(db.scalars(teacher).one(), now=NOW)
    files.remove_lines("docenten.csv", "men,Raphaël,ten,Berge")
    assert run(files.folder).applied
    assert ended(db) == [True]


@pytest.fixture
def shared(there, files):
    """The guardians of a student share a mail address; return files that say so, and a session."""
    hafsa = "hafsa.aitbenhaddou224@ouder.example"
    files.replace("ouders.csv", "abdelrahman.benali225@ouder.example", hafsa)
    assert run(files.folder).applied
    person = select(Person.id).where(Person.email == hafsa).order_by(Person.id).limit(1)
    new_session(_db.session.scalars(person).one(), now=NOW)
    return files


def ended(db):
    return [at is not None for at in db.scalars(select(SignInSession.ended_at))]


def test_who_shares_an_address_is_signed_out_when_a_link_of_the_child_changes(db, shared):
    shared.replace(
        "ouder_leerling.csv", "ouder00225,20260001,vader,J", "ouder00225,20260001,vader,N"
    )
    assert run(shared.folder).applied
    assert ended(db) == [True]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("ouder_leerling.csv", "ouder00225,20260001,vader,J,N\n", ""),
        ("leerlingen.csv", "A.bk1a,A.bk1,N", "A.bk1a,A.bk1,J"),
        ("ouders.csv", "ouder00224,Hafsa,", "ouder00224,Hafza,"),
    ],
    ids=["link", "apart", "name"],
)
def test_also_when_it_goes_they_come_apart_or_one_has_another_name(db, shared, file, old, new):
    """By what is one mailbox they may have been taken for each other, or for one person."""
    shared.replace(file, old, new)
    assert run(shared.folder).applied
    assert ended(db) == [True]


def test_and_is_not_signed_out_by_what_is_of_others(db, shared):
    """Also where these guardians came apart before, which this night does not change."""
    student = db.scalars(select(Student).where(Student.source_id == "20260001")).one()
    student.apart, student.apart_reason = True, "By the office."
    db.commit()
    shared.replace("docenten.csv", "Jurriën", "Jur")
    assert run(shared.folder).applied
    assert ended(db) == [False]


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("old", "new", "signed_out"),
    [
        ("ouder00224,Hafsa,", "ouder00224,Hafza,", False),
        ("hafsa.aitbenhaddou224@ouder.example", "hafsa@ouder.example", True),
    ],
)
def test_who_gets_another_address_is_signed_out_and_who_gets_another_name_is_not(
    db, files, old, new, signed_out
):
    hafsa = select(Guardian.person_id).where(Guardian.source_id == "ouder00224")
    new_session(db.scalars(hafsa).one(), now=NOW)
    files.replace("ouders.csv", old, new)
    assert run(files.folder).changes
    assert ended(db) == [signed_out]
