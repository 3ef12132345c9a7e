"""What is wrong in one place of an otherwise good set."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.imports.faults import Code
from app.imports.report import Verdict
from app.school.models import Guardian, Guardianship, Person, Student, Teacher
from tests.imports.conftest import BASE, NOW, run
from tests.imports.dump import dump, homes

FIRST = "20260001,Sanne,Sanne,,Ben Ali,V,29-10-2014,"


@pytest.fixture
def app(imported_app):
    """Here the school has been imported already."""
    return imported_app


def person(role, key):
    return db.session.scalar(
        select(Person).join(role, role.person_id == Person.id).where(role.source_id == key)
    )


@pytest.mark.parametrize(
    "day",
    ["31-02-2011", "02/03/2011", "1-2", "1-2-11", "29-10-14", "2011-13-01", "42000", "31-2-2011"],
)
def test_a_doubtful_date_leaves_out_the_row_and_keeps_the_student(files, day):
    before = dump()
    files.replace("leerlingen.csv", "29-10-2014", day)
    report = run(files.folder)
    [fault] = report.faults
    assert (fault.file, fault.line, fault.column, fault.value, fault.code) == (
        "leerlingen.csv",
        2,
        "geboortedatum",
        day,
        Code.BAD_VALUE,
    )
    assert report.verdict == Verdict.PARTIAL
    assert dump() == before


def test_a_number_that_a_spreadsheet_made_stops_the_import(files):
    before = dump()
    files.replace("leerlingen.csv", FIRST, FIRST.replace("20260001", "2.02E+07"))
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    assert [(fault.line, fault.value, fault.code) for fault in report.faults] == [
        (2, "2.02E+07", Code.BAD_VALUE)
    ]
    assert dump() == before


def test_lost_zeros_stop_the_import_and_the_number_is_suggested(files):
    files.replace("leerlingen.csv", "\n0012345,", "\n12345,")
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    assert any(fault.value == "12345" and "0012345" in fault.text for fault in report.faults)


def test_spoilt_letters_block_and_good_names_stay(files):
    before = dump()
    files.replace("leerlingen.csv", "Raphaël,Raphaël", "RaphaÃ«l,RaphaÃ«l")
    report = run(files.folder)
    assert report.verdict == Verdict.BLOCKED
    assert report.faults[0].line == 3
    assert "Raphaël" in report.faults[0].text
    assert dump() == before


def test_many_gone_at_once_are_blocked_until_somebody_allows_it(files):
    before = dump()
    lines = (BASE / "leerlingen.csv").read_text(encoding="utf-8").splitlines()
    files.remove_lines("leerlingen.csv", *(f"{line.split(',')[0]}," for line in lines[1:30]))
    report = run(files.folder)
    assert report.verdict == Verdict.BLOCKED
    assert Code.MASS_REMOVAL in {fault.code for fault in report.faults}
    assert dump() == before
    assert run(files.folder, allow_removal=True).applied


@pytest.mark.parametrize("name", ["leerlingen.csv", "docenten.csv"])
def test_a_set_without_its_main_files_is_refused(files, name):
    (files.folder / name).unlink()
    report = run(files.folder)
    assert [(fault.file, fault.code) for fault in report.faults] == [(name, Code.MISSING_FILE)]
    assert report.verdict == Verdict.REJECTED


def test_a_table_that_is_absent_leaves_what_is_there(files):
    before = dump()
    for name in ("ouders", "ouder_leerling", "pakketten", "lesgroepen", "lessenverdeling"):
        (files.folder / f"{name}.csv").unlink()
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert dump() == before


def test_a_header_alone_is_not_an_empty_school(files):
    before = dump()
    path = files.folder / "ouders.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    report = run(files.folder)
    assert [fault.code for fault in report.faults] == [Code.EMPTY_FILE]
    assert dump() == before


def test_an_unknown_class_leaves_the_student_in_the_old_one(files):
    before = dump()
    files.replace("leerlingen.csv", "A.bk1a,A.bk1,N", "A.zzz,A.bk1,N")
    report = run(files.folder)
    assert report.verdict == Verdict.PARTIAL
    assert [(fault.line, fault.column) for fault in report.faults] == [(2, "stamklas")]
    assert dump() == before


def test_columns_that_are_too_much_are_named_and_never_kept(files):
    path = files.folder / "leerlingen.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "".join(f"{line},{'BSN' if i == 0 else '999999990'}\n" for i, line in enumerate(lines))
    )
    report = run(files.folder)
    assert report.verdict == Verdict.ACCEPTED
    [notice] = report.notices
    assert (notice.column, notice.value) == ("BSN", "")
    assert "999999990" not in repr(dump())


def test_a_bad_mail_address_is_a_notice_and_the_parent_comes_in(files):
    files.replace("ouders.csv", "noor.jansen1@ouder.example", "noor@jansen@ouder.example")
    report = run(files.folder)
    assert report.verdict == Verdict.ACCEPTED
    assert [(one.line, one.column) for one in report.notices] == [(2, "email")]
    assert person(Guardian, "ouder00001").email == ""


def test_a_formula_is_a_name_like_any_other(files):
    files.replace("leerlingen.csv", "Sanne,Sanne", '"=HYPERLINK(""x"")","=HYPERLINK(""x"")"')
    run(files.folder)
    assert person(Student, "20260001").given_name == '=HYPERLINK("x")'


def test_a_name_on_two_lines_is_written_on_one(files):
    files.replace("leerlingen.csv", "Sanne,Sanne", '"Sanne","Sanne\r\nMaria"')
    report = run(files.folder)
    assert report.verdict == Verdict.ACCEPTED
    assert person(Student, "20260001").given_name == "Sanne Maria"


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f"])
def test_what_is_no_letter_is_told_and_not_kept(files, sign):
    files.replace("leerlingen.csv", "Sanne,Sanne", f"Sanne,San{sign}ne")
    report = run(files.folder)
    assert report.verdict == Verdict.PARTIAL
    assert (report.faults[0].line, report.faults[0].column) == (2, "roepnaam")
    assert sign not in report.faults[0].value
    assert person(Student, "20260001").given_name == "Sanne"


def test_a_column_twice_is_refused_for_nobody_knows_which_is_meant(files):
    files.replace("leerlingen.csv", "voornamen,roepnaam", "roepnaam,roepnaam")
    report = run(files.folder)
    assert report.verdict == Verdict.REJECTED
    assert [(one.line, one.column, one.code) for one in report.faults] == [
        (1, "roepnaam", Code.BAD_VALUE)
    ]


def test_decomposed_accents_are_no_change(files):
    files.replace("leerlingen.csv", "Raphaël", "Raphae\u0308l", count=-1)
    assert run(files.folder).changes == 0


def test_a_name_of_more_than_200_letters_is_told_not_cut(files):
    files.replace("leerlingen.csv", "Ben Ali", "x" * 201)
    report = run(files.folder)
    assert report.verdict == Verdict.PARTIAL
    assert [(one.file, one.line, one.column) for one in report.faults] == [
        ("leerlingen.csv", 2, "achternaam")
    ]


def test_what_people_of_the_school_set_stays(files):
    link = (
        select(Guardianship.id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Student, Student.id == Guardianship.student_id)
    )
    closed = db.session.scalars(
        link.where(Guardian.source_id == "ouder00005", Student.source_id == "20260007")
    ).one()
    mother = db.session.scalars(
        link.where(Guardian.source_id == "ouder00224", Student.source_id == "20260001")
    ).one()
    db.session.execute(
        update(Guardianship),
        [{"id": closed, "opened_at": NOW, "opened_reason": "asked"}],
    )
    db.session.execute(update(Guardianship), [{"id": mother, "closed_reason": "school"}])
    person(Teacher, "men").salutation = "mevr."
    db.session.commit()
    files.replace("docenten.csv", "men,Raphaël,ten,Berge", "men,Rafaël,ten,Berge")
    files.replace("ouder_leerling.csv", "ouder00224,20260001,moeder", "ouder00224,20260001,voogd")
    assert run(files.folder).changes == 2
    assert db.session.get(Guardianship, closed).opened_reason == "asked"
    assert db.session.get(Guardianship, mother).closed_reason == "school"
    assert db.session.get(Guardianship, mother).relation == "voogd"
    assert (person(Teacher, "men").given_name, person(Teacher, "men").salutation) == (
        "Rafaël",
        "mevr.",
    )
    assert any("ouder00005" in guardians for guardians in homes()["20260007"])
    assert all("ouder00224" not in guardians for guardians in homes()["20260001"])


def test_a_salutation_of_the_source_is_taken(files):
    path = files.folder / "docenten.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "".join(f"{line},{'aanhef' if i == 0 else 'dhr.'}\n" for i, line in enumerate(lines)),
        encoding="utf-8",
    )
    assert run(files.folder).notices == ()
    assert person(Teacher, "men").salutation == "dhr."


def test_people_are_never_merged_by_name_or_mail(files):
    files.add("ouders.csv", "ouder90000,Noor,,Jansen,noor.jansen1@ouder.example,,nl")
    files.add("ouder_leerling.csv", "ouder90000,20260001,moeder,J,N")
    run(files.folder)
    first, other = person(Guardian, "ouder00001"), person(Guardian, "ouder90000")
    assert first.id != other.id
    assert first.email_key == other.email_key
