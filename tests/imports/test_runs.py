"""What a run leaves: its report, a line in the log, a promise to tell the office, an exit code."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.extensions import db
from app.imports import cli as cli_module
from app.imports import queries, runs, service
from app.imports.models import ImportRun, ImportStop
from app.outbox.models import OutboxMessage
from tests.imports.conftest import BASE, NIGHT, NOW, run
from tests.imports.test_guard import halved


@pytest.fixture
def app(imported_app):
    return imported_app


@pytest.fixture
def cli(app):
    """Run the command; return its exit code and what it printed."""

    def cli_(*arguments):
        result = app.test_cli_runner().invoke(args=["imports", "run", *map(str, arguments)])
        return result.exit_code, result.output

    return cli_


def last_line():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def promised():
    kind = OutboxMessage.kind == "imports.done"
    return [it["run_id"] for it in db.session.scalars(select(OutboxMessage.payload).where(kind))]


class TestTheCode:
    def test_is_0_when_all_is_in(self, cli):
        assert cli(BASE)[0] == 0

    def test_is_1_when_rows_are_left_out(self, cli, files):
        files.replace("leerlingen.csv", "29-10-2014", "31-02-2014")
        code, output = cli(files.folder)
        assert code == 1
        assert "Imported, without the faulty rows." in output or "Nothing to change" in output

    def test_is_1_when_somebody_seems_to_have_another_number(self, cli):
        """The row under that number is left out until somebody has said so."""
        assert cli(NIGHT)[0] == 1

    def test_is_2_when_nothing_goes_in(self, cli, files):
        halved(files.folder, "ouders.csv")
        code, output = cli(files.folder)
        assert code == 2
        assert "--allow ouders" in output
        assert cli(files.folder, "--allow", "ouders")[0] == 1  # without the links to those parents

    def test_is_the_same_in_a_dry_run(self, cli, files):
        halved(files.folder, "ouders.csv")
        assert cli(files.folder, "--dry-run")[0] == 2
        assert cli(BASE, "--dry-run")[0] == 0

    def test_is_2_when_the_site_has_a_fault(self, cli, monkeypatch, caplog):
        """Python itself would end with 1, which means that nearly all is in."""

        def broken(*_more, **_options):
            raise ValueError("noor@x.example")

        monkeypatch.setattr(service, "load_present", broken)
        code, output = cli(BASE)
        assert code == 2
        assert "Nothing was imported" in output
        assert "ValueError" in caplog.text
        assert "noor" not in caplog.text + output

    def test_is_2_when_somebody_interrupts(self, cli, monkeypatch):
        def interrupted(*_more, **_options):
            raise KeyboardInterrupt

        monkeypatch.setattr(service, "load_present", interrupted)
        assert cli(BASE)[0] == 2

    def test_is_that_of_the_import_when_the_report_cannot_be_printed(self, cli, monkeypatch):
        """Such as on a disk that is full: what went in is in."""

        def full(_text, **_options):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(cli_module.click, "echo", full)
        assert cli(BASE)[0] == 0

    def test_is_2_for_a_table_that_does_not_exist(self, cli):
        assert cli(BASE, "--allow", "oudjes")[0] == 2


def test_a_run_that_went_in_is_kept_with_names(files):
    files.remove_lines("docenten.csv", "men,Raphaël,ten,Berge")
    run(files.folder)
    kept = queries.load_last_runs().last
    (teachers,) = [one for one in kept.report.tables if one.file == "docenten.csv"]
    assert teachers.who_went == ("Raphaël ten Berge (men)",)
    assert (kept.at, kept.report.applied, last_line().action) == (NOW, True, "import.applied")
    assert promised()[-1] == kept.id


def test_a_run_that_changes_nothing_is_kept_and_not_logged():
    before = last_line().id
    run(BASE)
    assert queries.load_last_runs().last.report.changes == 0
    assert last_line().id == before


def test_a_refused_run_leaves_a_line_with_the_reason(files):
    halved(files.folder, "ouders.csv")
    run(files.folder)
    assert (last_line().action, last_line().details["reasons"]) == (
        "import.refused",
        ["MASS_REMOVAL"],
    )
    files.replace("leerlingen.csv", "leerlingnummer", "nummer")
    run(files.folder)
    assert last_line().details["reasons"] == ["MISSING_COLUMN"]
    runs_ = queries.list_runs()
    assert [one.verdict for one in runs_[:2]] == ["rejected", "blocked"]


def test_a_dry_run_leaves_nothing(files):
    halved(files.folder, "ouders.csv")
    before = [count(ImportRun), count(ImportStop), count(OutboxMessage), last_line().id]
    run(files.folder, dry_run=True)
    run(BASE, dry_run=True)
    assert [count(ImportRun), count(ImportStop), count(OutboxMessage), last_line().id] == before


def test_addresses_are_not_kept(files):
    old = "noor.jansen1@ouder.example"
    files.replace("ouders.csv", old, f"{old}; two@x.example")
    files.replace("ouders.csv", "hafsa.aitbenhaddou224@ouder.example", "no address@")
    report = run(files.folder)
    assert any(old in one.value + one.text for one in report.notices)
    kept = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert "@" not in repr(kept.report)
    assert "ouders.csv" in repr(kept.report["notices"])


def test_reports_are_deleted_after_30_days_but_the_last(files):
    halved(files.folder, "ouders.csv")
    run(files.folder)
    service.run(BASE, now=NOW + timedelta(days=31))
    assert count(ImportStop) == 1
    runs.purge(now=NOW + timedelta(days=31))
    assert (count(ImportRun), count(ImportStop)) == (1, 0)
    runs.purge(now=NOW + timedelta(days=300))
    assert count(ImportRun) == 1


def test_and_but_the_last_that_went_in_while_all_since_are_refused(files):
    """What it left out is still to be looked at."""
    files.replace("leerlingen.csv", "29-10-2014", "31-02-2014")
    assert run(files.folder).applied
    halved(files.folder, "ouders.csv")
    for days in (31, 62):
        service.run(files.folder, now=NOW + timedelta(days=days))
    runs.purge(now=NOW + timedelta(days=62))
    assert queries.load_last_runs().applied.left_out
    assert count(ImportRun) == 2
