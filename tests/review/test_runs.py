"""What the office reads of the runs of the import."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.i18n import moment_text
from app.extensions import db as database
from app.imports.models import ImportRun, ImportStop
from app.imports.report import Verdict
from tests.small_school import NOW


def last_run():
    return database.session.scalars(select(ImportRun.id).order_by(ImportRun.id.desc())).first()


def url(run_id=None):
    return f"/office/imports/{run_id or last_run()}"


def text_of(page):
    main = re.search(r"<main.*</main>", page, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.fixture
def read(office):
    def read_(address=None):
        answer = office.get(address or url())
        assert answer.status_code == 200
        return text_of(answer.text)

    return read_


@pytest.fixture
def stopped(files):
    """A run that was stopped: of three teachers one is gone. Returns its page's address."""
    files.drop("Vera")
    assert files.run().verdict == Verdict.BLOCKED
    return url()


def agree(client, page):
    stop_id = database.session.scalars(select(ImportStop.id).order_by(ImportStop.id.desc())).first()
    return client.post(f"{page}/stops/{stop_id}")


def test_there_are_none_yet(school, read):
    assert "No data of the school have been imported yet." in read("/office/imports")


def test_each_stands_in_the_list_latest_first(files, read):
    files.tables["leerlingen"]["Sem"]["roepnaam"] = "Samuel"
    files.run(now=NOW - timedelta(days=1))
    files.tables["leerlingen"]["Kim"]["geboortedatum"] = "31-02-2013"
    files.run()
    page = read("/office/imports")
    moments = [moment_text(NOW), moment_text(NOW - timedelta(days=1))]
    assert sorted(moments, key=page.index) == moments
    assert f"{moments[0]} In, but rows were left out 0 changes, 1 row left out" in page
    assert f"{moments[1]} All is in 1 change" in page


def test_who_came_changed_and_went_is_named(files, read):
    files.add_guardian("new", "Lot", voornaam="عبد", achternaam="الرحمن")
    files.tables["leerlingen"]["Sem"]["roepnaam"] = "Samuel"
    files.tables["ouders"]["Adam"]["email"] = "adam@elsewhere.example"
    files.drop("Vera")
    files.run(allow=["docenten", "ouders"])
    page = read()
    assert "New 1 عبد الرحمن (new)" in page
    assert "Changed 1 Samuel Jansen (Sem): roepnaam Sem → Samuel" in page
    assert "Adam Jansen (Adam): email" in page
    assert "Gone 1 Vera de Vries (Vera)" in page
    assert ".example" not in page


def test_a_fault_has_its_place(files, read):
    files.tables["leerlingen"]["Kim"]["geboortedatum"] = "31-02-2013"
    files.run()
    line = files.line_of("leerlingen", "Kim")
    assert f"Faults 1 leerlingen.csv, line {line}, column geboortedatum: 31-02-2013 " in read()


def test_a_fault_of_an_address_does_not_show_it(files, read):
    files.tables["ouders"]["Adam"]["email"] = "adam at somewhere.example"
    files.run(allow=["ouders"])
    page = read()
    assert f"ouders.csv, line {files.line_of('ouders', 'Adam')}, column email" in page
    assert "somewhere.example" not in page


def test_an_administrator_says_that_a_loss_is_right_and_the_next_import_does_it(
    db, office, files, stopped, read
):
    page = read()
    assert "Stopped: somebody has to look first. Nothing was changed." in page
    assert "1 of 3 rows would disappear. Who or what 1 Vera de Vries (Vera)" in page
    assert "Yes, this is right : docenten.csv" in page
    answer = agree(office, stopped)
    assert answer.status_code == 303
    (anchor,) = re.findall(r"#(.+)$", answer.location)
    shown = office.get(stopped).text
    assert f'id="{anchor}" tabindex="-1"' in shown
    assert "The next import does it." in shown
    assert "Yes, this is right" not in shown
    agree(office, stopped)  # sent twice
    logged = db.scalars(select(AuditEntry).where(AuditEntry.action == "import.agreed")).all()
    assert len(logged) == 1
    assert files.run().applied
    page = read(stopped)
    assert "Said to be right" in page
    assert "The next import does it." not in page


def test_a_scheduler_reads_it_but_does_not_say_so(act, stopped):
    sofie = act("Sofie")
    page = text_of(sofie.get(stopped).text)
    assert "Vera de Vries" in page
    assert "An administrator can say that it is right." in page
    assert "Yes, this is right" not in page
    assert agree(sofie, stopped).status_code == 404
    assert "Said to be right" not in text_of(sofie.get(stopped).text)


def test_a_stop_is_asked_about_while_it_is_of_the_last_run(files, stopped, read):
    files.run()
    page = read(stopped)
    assert "Yes, this is right" not in page
    assert "Another import came after this one." in page
    assert "Yes, this is right" in read()


def test_a_stop_is_of_its_own_run(db, office, files, stopped):
    files.run()
    assert agree(office, stopped).status_code == 404
    assert agree(office, "/office/imports/999").status_code == 404
    assert not db.scalars(select(ImportStop.id).where(ImportStop.agreed_at.is_not(None))).all()


def test_a_new_number_is_told(files, read):
    files.renumber("Kim", "20279999")
    files.run()
    assert "Students with another number, it seems Kim Öztürk : Kim → 20279999" in read()


@pytest.mark.parametrize("run_id", ["999", "0", "x", "99999999999999999999"])
def test_a_run_that_is_not_there(office, school, run_id):
    assert office.get(f"/office/imports/{run_id}").status_code == 404


@pytest.mark.parametrize("name", ["Alice", "Noor", "Vera"])
def test_it_is_there_for_the_office_only(act, stopped, name):
    client = act(name)
    for page in ("/office/imports", stopped):
        assert client.get(page).status_code == 404
    assert agree(client, stopped).status_code == 404


def test_a_report_of_an_earlier_release_still_opens(db, files, stopped, read):
    """What has been added since has a value of its own."""
    run = db.get(ImportRun, last_run())
    report = {**run.report}
    for name in ("stops", "regrouped"):
        del report[name]
    report["faults"] = [
        {key: fault[key] for key in ("file", "line", "column", "value", "code", "text")}
        for fault in report["faults"]
    ]
    report["tables"] = [
        {key: table[key] for key in table if key not in {"who_came", "what_changed", "who_went"}}
        for table in report["tables"]
    ]
    run.report = report
    db.commit()
    assert "Vera de Vries" in read()
    assert "Stopped: somebody has to look first" in read("/office/imports")
    assert "Stopped: somebody has to look first" in read("/office/review")
