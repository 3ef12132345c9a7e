import atexit
import json
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask_babel import force_locale

from app.extensions import db
from app.imports import service
from tests.sites import make_app, tested

DATA = Path(__file__).parent.parent / "data" / "school-open"
WHOLE = DATA / "csv-utf8"
MANY = {"pakketten.csv": 0, "groepsindeling.csv": 1}
"""Files that are four fifths of the school, and the column of the student in them."""

EACH = 7
"""One student of so many has subjects and groups in most tests; nearly all of the time went there."""


def _lighter() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tienminuten-school-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    students = (WHOLE / "leerlingen.csv").read_text(encoding="utf-8").splitlines()[1::EACH]
    numbers = {line.split(",")[0] for line in students}
    for path in WHOLE.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if (column := MANY.get(path.name)) is not None:
            lines = [line for line in lines if line.strip().split(",")[column] in numbers]
        (folder / path.name).write_text("".join([header, *lines]), encoding="utf-8")
    return folder


BASE = _lighter()
NIGHT = DATA / "next-night" / "csv-utf8"
EXPECTED = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
NOW = datetime(2027, 1, 20, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_english(db):
    """Compare messages with the English source, not a translation."""
    with force_locale("en"):
        yield


def run(folder, **options):
    return service.run(folder, now=NOW, **options)


@contextmanager
def imported(databases, folder):
    """A site with a school imported."""
    with tested(make_app(databases.migrated())) as app:
        with app.app_context():
            assert run(folder).applied
            db.session.remove()
        yield app  # outside its context, which would otherwise leak into other packages


@pytest.fixture(scope="session")
def imported_app(databases):
    """The site with the school imported, for tests of the next import."""
    with imported(databases, BASE) as app:
        yield app


@pytest.fixture
def files(tmp_path):
    """A copy of the school's files, to change."""
    return Files(Path(shutil.copytree(BASE, tmp_path / "school")))


@pytest.fixture
def there():
    """Request a site with the school already imported."""


@pytest.fixture
def app(request):
    """The site: empty, unless the test requests ``there``."""
    name = "imported_app" if "there" in request.fixturenames else "empty_app"
    return request.getfixturevalue(name)


class Files:
    def __init__(self, folder):
        self.folder = folder

    def replace(self, file, old, new, count=1):
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    def remove_lines(self, file, *parts):
        path = self.folder / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(
            "".join(line for line in lines if not any(part in line for part in parts)),
            encoding="utf-8",
        )

    def add(self, file, line):
        path = self.folder / file
        path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
