"""The invented school, whole."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import SignInSession
from app.extensions import db
from app.imports.report import Verdict
from app.school.models import (
    Branch,
    Department,
    Enrolment,
    GroupMember,
    Guardian,
    Guardianship,
    HomeClass,
    Lesson,
    Person,
    Student,
    Subject,
    Teacher,
    TeachingGroup,
)
from app.school.rows import GuardianRow
from tests.imports.conftest import DATA, EXPECTED, NIGHT, NOW, imported, run
from tests.imports.conftest import WHOLE as BASE
from tests.imports.dump import dump, homes
from tests.signing_in import new_session

TABLES = {
    "leerlingen": Student,
    "ouders": Guardian,
    "ouder_leerling": Guardianship,
    "docenten": Teacher,
    "afdelingen": Department,
    "vestigingen": Branch,
    "stamklassen": HomeClass,
    "vakken": Subject,
    "lesgroepen": TeachingGroup,
    "groepsindelingen": GroupMember,
    "pakketregels": Enrolment,
    "lessenverdeling": Lesson,
}
TRUTH = EXPECTED["base"]["truth"]
VARIANTS = EXPECTED["variants"]


@pytest.fixture(scope="module")
def whole_app(databases):
    with imported(databases, BASE) as app:
        yield app


@pytest.fixture
def app(request):
    name = "whole_app" if "there" in request.fixturenames else "empty_app"
    return request.getfixturevalue(name)


def count(table, *where):
    return db.session.scalar(select(func.count()).select_from(table).where(*where))


def test_all_of_the_school_comes_in():
    report = run(BASE)
    assert (report.verdict, report.applied, report.faults) == (Verdict.ACCEPTED, True, ())
    counts = EXPECTED["base"]["counts"]
    assert {name: count(table) for name, table in TABLES.items()} == {
        name: counts[name] for name in TABLES
    }
    assert count(Lesson, Lesson.kind == "substitute") == counts["vervangregels"]
    assert count(Student, Student.apart) == counts["leerlingen_aparte_aanvraag"]
    linked = select(Guardianship.student_id)
    assert count(Student, Student.id.not_in(linked)) == counts["leerlingen_zonder_ouder"]
    mails = db.session.scalars(
        select(Person.email_key).join(Guardian, Guardian.person_id == Person.id)
    ).all()
    assert mails.count("") == counts["ouders_zonder_mail"]
    twice = {mail for mail in mails if mail and mails.count(mail) == 2}
    assert len(twice) == counts["mailadressen_van_twee_ouders"]


def test_the_same_files_again_change_nothing_and_it_says_so(there):
    before = dump()
    report = run(BASE)
    assert report.changes == 0
    assert sum(table.unchanged for table in report.tables) > 5000
    assert dump() == before


def test_a_dry_run_counts_and_changes_nothing():
    report = run(BASE, dry_run=True)
    assert report.changes > 5000
    assert not report.applied
    assert count(Person) == 0


@pytest.mark.parametrize("name", VARIANTS)
def test_damaged_sets_have_their_outcome(name):
    expected = VARIANTS[name]
    report = run(DATA / "variants" / name)
    assert report.verdict == expected["verdict"]
    assert report.applied == expected["apply"]
    if not report.applied:
        assert count(Person) == 0
    if expected["code"] is None:
        assert report.faults == ()
        return
    places = [
        fault
        for fault in report.faults
        if (fault.file, fault.code) == (expected["file"], expected["code"])
    ]
    assert [fault.line for fault in places] == expected.get("lines", [expected.get("line")])
    assert {fault.column for fault in places} == {expected.get("column", "")}
    for part in expected.get("text_has", []):
        assert part in f"{places[0].value} {places[0].text}"


@pytest.mark.parametrize("name", ["v01_kolom_ontbreekt", "v02_dubbel_nummer", "v05_ongeldig_utf8"])
def test_a_refused_set_leaves_the_school_as_it_was(name, there):
    before = dump()
    run(DATA / "variants" / name)
    assert dump() == before


def test_an_odd_but_good_set_is_the_same_school(there):
    before = dump()
    report = run(DATA / "variants" / "v07_bom_en_sep")
    assert (report.changes, report.notices) == (0, ())
    assert dump() == before


def test_good_links_stay_when_their_new_rows_are_faulty(there):
    before = dump()
    report = run(DATA / "variants" / "v03_wees_koppeling")
    assert report.verdict == Verdict.PARTIAL
    assert dump() == before


def test_a_next_night_changes_what_changed(there):
    report = run(NIGHT)
    expected = EXPECTED["next_night"]["difference"]
    assert report.verdict == Verdict.ACCEPTED
    students = next(table for table in report.tables if table.file == "leerlingen.csv")
    assert (students.added, students.gone) == (1, 4)
    [number] = expected["leerlingnummer_gewijzigd"]
    assert [(one.old, one.new) for one in report.proposals] == [(number["oud"], number["nieuw"])]
    ended = db.session.scalars(
        select(Student.source_id)
        .join(Person, Person.id == Student.person_id)
        .where(Person.ended_on.is_not(None))
    )
    assert sorted(ended) == expected["leerlingen_vertrokken"]
    ended = db.session.scalars(
        select(Guardian.source_id)
        .join(Person, Person.id == Guardian.person_id)
        .where(Person.ended_on.is_not(None))
    )
    assert sorted(ended) == [
        *expected["ouders_zonder_kind_na_vertrek"],
        TRUTH["ouder_zonder_kind"],
    ]
    for move in expected["klas_gewijzigd"]:
        assert move["naar"] == db.session.scalar(
            select(HomeClass.source_id)
            .join(Student, Student.home_class_id == HomeClass.id)
            .where(Student.source_id == move["leerling"])
        )
    for mail in expected["mail_gewijzigd"]:
        assert mail["nieuw"] == db.session.scalar(
            select(Person.email)
            .join(Guardian, Guardian.person_id == Person.id)
            .where(Guardian.source_id == mail["ouder"])
        )
    for number in expected["nu_apart"]:
        assert all(len(guardians) == 1 for guardians in homes()[number])
        assert len(homes()[number]) == 2
    assert count(Lesson, Lesson.from_week == expected["vervanging_nieuw"]["van"]) == 1
    assert run(NIGHT).changes == 0


def ids_of_students():
    return {key: id_ for key, id_ in db.session.execute(select(Student.source_id, Student.id))}  # noqa: C416


def test_who_went_and_comes_back_is_the_same_person(there):
    before = dump()
    ids = ids_of_students()
    run(NIGHT)
    assert dump() != before
    run(BASE)
    assert dump()[0] == before[0]
    assert dump()[1][GuardianRow] == before[1][GuardianRow]
    assert dump()[4] == before[4]
    back = ids_of_students()
    assert {number: back[number] for number in ids} == ids


def test_households_are_as_the_school_says(there):
    together = homes()
    for one in TRUTH["gescheiden_apart"]:
        for guardians in together.get(one["leerling"], ()):  # nobody comes for who is 18
            assert len(guardians) == 1
    for student in TRUTH["leerlingen_zonder_ouder"]:
        assert student not in together
    for one in TRUTH["ouder_zonder_gezag"]:
        assert all(one["ouder"] not in guardians for guardians in together.get(one["leerling"], ()))
    twins = TRUTH["broers_en_zussen"][0]
    assert together[twins[0]] == together[twins[1]]


def test_windows_1252_keeps_the_better_names(there):
    before = dump()
    report = run(DATA / "csv-1252", encoding="cp1252")
    assert report.verdict == Verdict.ACCEPTED
    lost = {(one.file, one.line) for one in report.notices if "lose letters" in one.text}
    assert len(lost) == EXPECTED["base"]["csv-1252"]["rows_that_lost_letters"]
    assert dump() == before


def test_windows_1252_is_not_guessed():
    report = run(DATA / "csv-1252")
    assert report.verdict == Verdict.REJECTED
    assert "Windows-1252" in report.faults[0].text


def test_a_changed_address_ends_what_the_old_one_opened():
    """Whoever reads the old mailbox has no open session any more; others keep theirs."""
    run(BASE)
    people = {
        key: db.session.scalar(select(Guardian.person_id).where(Guardian.source_id == key))
        for key in ("ouder00022", "ouder00001")
    }
    for person_id in people.values():
        new_session(person_id, now=NOW)
    run(NIGHT)
    ended = db.session.scalars(select(SignInSession.ended_at).order_by(SignInSession.id)).all()
    assert ended == [NOW, None]
