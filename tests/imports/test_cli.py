from sqlalchemy import func, select

from app.extensions import db
from app.school.models import Person
from tests.imports.conftest import BASE, DATA


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["imports", "run", *map(str, arguments)])


def test_it_tells_per_table_what_came_in(app):
    result = run(app, BASE)
    assert result.exit_code == 0, result.output
    line = next(one for one in result.output.splitlines() if one.startswith("leerlingen.csv"))
    assert [word for word in line.split() if word.isdigit()] == ["200", "0", "0", "0", "0"]
    assert run(app, BASE).exit_code == 0


def test_refused_files_end_with_2_and_name_the_place(app):
    result = run(app, DATA / "variants" / "v02_dubbel_nummer")
    assert result.exit_code == 2
    assert "leerlingen.csv:76 leerlingnummer '20250074': " in result.output
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0


def test_the_encoding_can_be_said(app):
    assert run(app, DATA / "csv-1252").exit_code == 2
    assert run(app, DATA / "csv-1252", "--encoding", "cp1252").exit_code == 0


def test_a_dry_run_changes_nothing(app):
    assert run(app, BASE, "--dry-run").exit_code == 0
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
