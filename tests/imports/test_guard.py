"""So much at once is not believed: each table stops for itself, and a yes holds for what it saw."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.access import Actor, Role
from app.core.errors import NotFoundError
from app.imports import guard, runs, service
from app.imports.faults import Code
from app.imports.models import ImportStop
from app.imports.report import Verdict
from app.school.rows import StudentRow
from tests.imports.conftest import BASE, NOW, run
from tests.imports.dump import dump
from tests.imports.test_absent import rows, write

ADMINISTRATOR = Actor(None, 1, "Ingrid van Dam", frozenset({Role.ADMINISTRATOR}))


def agree(db):
    """Say on the page that the one thing that stopped the import is right."""
    stop = db.scalars(select(ImportStop)).one()
    runs.agree(ADMINISTRATOR, stop.run_id, stop.id, now=NOW)


def halved(folder, file):
    lines = rows(file)
    write(folder, file, lines[: len(lines) // 2])


@pytest.mark.usefixtures("there")
class TestATableThatIsCutOff:
    @pytest.mark.parametrize(
        "name",
        ["leerlingen", "docenten", "ouders", "ouder_leerling", "pakketten", "groepsindeling"],
    )
    def test_stops_and_names_who_until_somebody_says_yes(self, files, name):
        before = dump()
        halved(files.folder, f"{name}.csv")
        report = run(files.folder)
        assert (report.verdict, report.applied) == (Verdict.BLOCKED, False)
        assert dump() == before
        (stop,) = [one for one in report.stops if one.table == name]
        assert len(stop.names) == len(stop.keys)
        assert guard.too_many(len(stop.keys), stop.present)
        fault = next(one for one in report.faults if one.file == f"{name}.csv")
        assert fault.code == Code.MASS_REMOVAL
        assert stop.names[0] in fault.text
        assert run(files.folder, allow=[one.table for one in report.stops]).applied

    def test_a_yes_to_one_table_is_no_yes_to_another(self, files):
        for name in ("ouders", "groepsindeling"):
            halved(files.folder, f"{name}.csv")
        assert [one.table for one in run(files.folder, allow=["ouders"]).stops] == [
            "groepsindeling"
        ]
        assert run(files.folder, allow_removal=True).applied

    def test_two_guardians_of_all_are_not_the_whole_school(self, files):
        write(files.folder, "ouders.csv", rows("ouders.csv")[:2])
        report = run(files.folder)
        (stop,) = report.stops
        assert (stop.table, len(stop.keys), stop.present) == ("ouders", 269, 271)

    def test_rows_that_refer_to_what_is_cut_off_are_not_told_once_more(self, files):
        halved(files.folder, "ouders.csv")
        assert [one.code for one in run(files.folder).faults] == [Code.MASS_REMOVAL]

    def test_classes_and_subjects_are_not_lost_with_their_file(self, files):
        for name in ("stamklassen", "vakken", "lesgroepen", "afdelingen"):
            halved(files.folder, f"{name}.csv")
        before = dump()
        report = run(files.folder)
        assert report.stops == ()
        assert dump() == before


@pytest.mark.usefixtures("there")
class TestWhatIsSmall:
    def test_is_named_and_goes(self, files):
        files.remove_lines("docenten.csv", "men,Raphaël,ten,Berge")
        report = run(files.folder)
        assert report.applied
        (teachers,) = [one for one in report.tables if one.file == "docenten.csv"]
        assert teachers.who_went == ("Raphaël ten Berge (men)",)

    def test_what_a_student_takes_along_is_no_loss_of_its_own(self, files):
        for file in ("leerlingen", "ouder_leerling", "pakketten", "groepsindeling"):
            files.remove_lines(f"{file}.csv", "20260001")
        report = run(files.folder)
        assert report.applied
        who = {one.file: one.who_went for one in report.tables}
        assert len(who["leerlingen.csv"]) == 1
        assert who["ouder_leerling.csv"] == who["pakketten.csv"] == who["groepsindeling.csv"] == ()

    def test_a_value_that_is_emptied_is_told_with_its_column(self, files):
        files.replace("leerlingen.csv", "A.bk1a,A.bk1,N", ",A.bk1,N")
        report = run(files.folder)
        assert report.applied
        (students,) = [one for one in report.tables if one.file == "leerlingen.csv"]
        assert ["stamklas A.bk1a → –" in one for one in students.what_changed] == [True]


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("column", "words", "lost"),
    [("relatie", {"moeder": "mother", "vader": "father"}, 347), ("gezag", {"N": "J"}, 3)],
)
def test_a_column_in_other_words_opens_and_closes_nobody(files, column, words, lost):
    """All mothers would be strangers; or all whom a judge keeps away would see the child."""
    before, lines = dump(), rows("ouder_leerling.csv")
    other = [{**line, column: words.get(line[column], line[column])} for line in lines]
    write(files.folder, "ouder_leerling.csv", other)
    report = run(files.folder)
    assert [(one.column, len(one.keys)) for one in report.stops] == [(column, lost)]
    assert dump() == before


@pytest.mark.usefixtures("there")
def test_other_addresses_for_many_are_a_loss_too(files):
    """Shifted by one row, everybody would sign in as their neighbour."""
    before = dump()
    lines = rows("ouders.csv")
    mails = [line["email"] for line in lines]
    moved = [
        {**line, "email": mail} for line, mail in zip(lines, mails[1:] + mails[:1], strict=True)
    ]
    write(files.folder, "ouders.csv", moved)
    report = run(files.folder)
    assert [(one.table, one.column) for one in report.stops] == [("ouders", "email")]
    assert dump() == before


class TestTheFirstImport:
    def test_with_a_tenth_of_its_rows_faulty_goes_in_for_nobody(self, files):
        lines = rows("leerlingen.csv")
        wrong = [
            {**line, "geboortedatum": "09/01/2014" if number < 21 else line["geboortedatum"]}
            for number, line in enumerate(lines)
        ]
        write(files.folder, "leerlingen.csv", wrong)
        report = run(files.folder)
        assert report.verdict == Verdict.BLOCKED
        assert dump()[0][StudentRow] == {}
        (stop,) = report.stops
        assert (stop.table, stop.is_new, len(stop.keys)) == ("leerlingen", True, 21)
        assert not run(files.folder, allow_removal=True).applied
        assert run(files.folder, allow=["leerlingen"]).verdict == Verdict.PARTIAL

    def test_with_fewer_goes_in_without_them(self, files):
        files.replace("leerlingen.csv", "29-10-2014", "29/10/2014")
        report = run(files.folder)
        assert (report.verdict, report.applied) == (Verdict.PARTIAL, True)


@pytest.mark.usefixtures("there")
class TestAYesOnThePage:
    def test_holds_for_the_same_rows(self, db, files):
        halved(files.folder, "groepsindeling.csv")
        assert not run(files.folder).applied
        agree(db)
        assert run(files.folder).applied
        assert runs.agreed_keys(service.SOURCE) == {}

    def test_and_fewer_but_for_no_others(self, db, files):
        halved(files.folder, "groepsindeling.csv")
        run(files.folder)
        agree(db)
        lines = rows("groepsindeling.csv")
        write(files.folder, "groepsindeling.csv", lines[len(lines) // 2 :])
        assert not run(files.folder).applied
        write(files.folder, "groepsindeling.csv", lines[: len(lines) * 2 // 3])
        assert run(files.folder).applied

    def test_and_for_the_same_addresses_of_the_same_people(self, db, files):
        """Shifted by one row after the yes, everybody would sign in as their neighbour."""
        lines = rows("ouders.csv")
        new = [{**line, "email": f"{line['oudercode']}@new.example"} for line in lines[:40]]
        write(files.folder, "ouders.csv", [*new, *lines[40:]])
        assert not run(files.folder).applied
        agree(db)
        mails = [line["email"] for line in new]
        other = [
            {**line, "email": mail} for line, mail in zip(new, mails[1:] + mails[:1], strict=True)
        ]
        write(files.folder, "ouders.csv", [*other, *lines[40:]])
        assert not run(files.folder).applied
        write(files.folder, "ouders.csv", [*new, *lines[40:]])
        assert run(files.folder).applied

    def test_and_not_after_an_import_that_went_in(self, db, files):
        halved(files.folder, "groepsindeling.csv")
        run(files.folder)
        agree(db)
        assert service.run(BASE, now=NOW + timedelta(days=1)).applied
        assert not service.run(files.folder, now=NOW + timedelta(days=2)).applied


@pytest.mark.usefixtures("there")
def test_only_an_administrator_says_yes_and_to_the_run_that_was_stopped(db, files):
    halved(files.folder, "groepsindeling.csv")
    run(files.folder)
    stop = db.scalars(select(ImportStop)).one()
    scheduler = Actor(None, 1, "Sofie", frozenset({Role.SCHEDULER}))
    for actor, run_id in ((scheduler, stop.run_id), (ADMINISTRATOR, stop.run_id + 1)):
        with pytest.raises(NotFoundError):
            runs.agree(actor, run_id, stop.id, now=NOW)
    assert not run(files.folder).applied
