"""Who may know whom. Each fence is also broken on purpose, to see that it refuses."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from fnmatch import fnmatch

import pytest

pytestmark = pytest.mark.only_on("sqlite")  # about the tree

WEB = {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug"}
PAGES = ("*routes.py", "*form*.py", "*rendering.py")
"""Files that read requests and build answers; so may app/core, and the composition root."""
PARTS_OF_PAGES = ("*fields.py", "blueprint.py", "cli.py")
"""What pages are made of: they know the libraries of the web, and not the request."""
OF_REQUEST = {f"flask.{name}" for name in ("request", "session", "flash", "redirect", "url_for")}
WITHOUT_REQUEST = {
    "app/accounts/feeds.py": "derives addresses with the site's key",
    "app/accounts/known.py": "signs a cookie with the site's key",
    "app/exports/paper.py": "renders a file from templates",
    "app/family/cell_markup.py": "renders times from templates",
    "app/mail/message.py": "renders a mail from templates",
    "app/mail/sender.py": "asks the settings whether this is the demo",
    "app/settings/current.py": "keeps the school's settings for one answer",
}
"""Elsewhere Flask gives its application and its ``g``, never the request, and each file says why."""
SESSION = "app/accounts/session.py"
URL = re.compile(
    r"""(?:url_for|page_url|endpoint_of|tabs|pages)\(\s*(?:\w+,\s*)?["'](\w+)\.\w+["']"""
)
INCLUDE = re.compile(r"""{%-?\s*(?:include|extends|from|import)\s+["'](\w+)/""")


def floors(root):
    """The floor of each package, from pyproject.toml: 0 is the ground."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        name.strip(" ()"): number
        for number, layer in enumerate(reversed(layers))
        for name in re.split(r"[|:]", layer)
    }


def imported(source):
    """Every module and name that a file imports: "flask", "flask.request"."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults_of_module(path, source):
    """What a Python file below app/ imports and may not."""
    name, package = path.rsplit("/", 1)[-1], path.split("/")[1]
    is_page = any(fnmatch(name, pattern) for pattern in PAGES)
    is_part = any(fnmatch(name, pattern) for pattern in PARTS_OF_PAGES)
    is_root = path.count("/") == 1
    for module in imported(source):
        of_web = module.split(".")[0] in WEB
        if of_web and not (is_page or is_root or package == "core" or path == SESSION):
            harmless = module in {"flask.current_app", "flask.g", "werkzeug.Response"}
            if not (path in WITHOUT_REQUEST and harmless) and (not is_part or module in OF_REQUEST):
                yield f"{path} imports {module}"
        if not module.startswith("app."):
            continue
        parts = [f"{part}.py" for part in module.split(".")[1:]]
        if any(fnmatch(part, "*routes.py") for part in parts) and not (
            is_root or fnmatch(name, "*routes.py")
        ):
            yield f"{path} imports {module}"
        if any(part == "forms.py" or part.endswith("_form.py") for part in parts) and not (
            is_page or is_part
        ):
            yield f"{path} imports {module}"


def faults_of_links(path, source, floor):
    """Endpoints and templates of higher packages that a file below app/ names."""
    parts = path.split("/")
    package = parts[2] if parts[1] == "templates" else parts[1]
    own = floor.get(package.removesuffix(".py"), max(floor.values()))  # else the root's
    if package in {"components", "errors"}:
        own = 0
    found = URL.findall(source) + (INCLUDE.findall(source) if parts[1] == "templates" else [])
    for other in found:
        if floor.get(other, 0) > own:
            yield f"{path} links to {other}"


@pytest.fixture(scope="module")
def floor(root):
    return floors(root)


def files(root, *patterns):
    for pattern in patterns:
        for path in sorted((root / "app").rglob(pattern)):
            yield path.relative_to(root).as_posix(), path.read_text()


def test_only_pages_know_the_request(root):
    assert [it for path, text in files(root, "*.py") for it in faults_of_module(path, text)] == []


def test_every_exception_is_still_one(root):
    for path in [*WITHOUT_REQUEST, SESSION]:
        assert WEB & {it.split(".")[0] for it in imported((root / path).read_text())}, path


def test_no_link_points_upwards(root, floor):
    texts = files(root, "*.py", "*.html", "*.txt")
    assert [it for path, text in texts for it in faults_of_links(path, text, floor)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/bookings/rules.py", "from flask import request"),
        ("app/bookings/service.py", "import flask"),
        ("app/people/search.py", "from flask_login import current_user"),
        ("app/rounds/models.py", "from wtforms import StringField"),
        ("app/mail/sender.py", "from flask import request"),
        ("app/settings/current.py", "from flask import session"),
        ("app/round_setup/fields.py", "from flask import request"),
        ("app/accounts/cli.py", "from flask import session"),
        ("app/bookings/service.py", "from app.family.routes import table"),
        ("app/people/service.py", "from app.people import change_routes"),
        ("app/evenings/queries.py", "from app.evenings.forms import TimesForm"),
        ("app/round_setup/service.py", "from app.round_setup.evening_form import EveningForm"),
    ],
)
def test_what_a_file_may_not_import_is_refused(path, source):
    assert list(faults_of_module(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/bookings/rules.py", "from flask_babel import gettext as _"),
        ("app/people/change_routes.py", "from flask import request"),
        ("app/layout.py", "from flask import request"),
        ("app/mail/sender.py", "from flask import current_app"),
        ("app/__init__.py", "from app.family import routes"),
        ("app/people/forms.py", "from app.family.forms import choice_of"),
    ],
)
def test_what_a_file_may_import_is_not(path, source):
    assert list(faults_of_module(path, source)) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/bookings/mails/families.py", 'page_url("family.overview")'),
        ("app/accounts/routes.py", "redirect(url_for('layout.home'))"),
        ("app/templates/accounts/sign_in.html", "{{ url_for('demo.sign_in') }}"),
        ("app/templates/teaching/evenings.html", '{{ url_for("evenings.overview") }}'),
        ("app/templates/accounts/sign_in.html", '{% include "people/_head.html" %}'),
        ("app/templates/errors/page.html", "{{ url_for('family.overview') }}"),
    ],
)
def test_a_link_upwards_is_refused(path, source, floor):
    assert list(faults_of_links(path, source, floor))


@pytest.mark.check
@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("app/bookings/rules.py", "import app.people.search", "app.bookings is not allowed"),
        ("app/people/search.py", "import app.evenings.queries", "app.people is not allowed"),
        ("app/school/models/room.py", "import flask", "app.school.models is not allowed"),
        ("app/planner/refit.py", "import sqlalchemy", "app.planner.refit is not allowed"),
        ("app/planner/solver.py", "import app.planner.snapshot", "app.planner.solver is not"),
        ("app/anything.py", "", "app.anything"),  # a package without a floor
    ],
)
def test_the_layers_refuse(root, tmp_path, path, source, complaint):
    shutil.copytree(root / "app", tmp_path / "app", ignore=shutil.ignore_patterns("static"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a") as file:
        file.write(f"\n{source}\n")
    result = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-logo", "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert complaint in result.stdout + result.stderr


TWICE = {}
"""Class names that the domain has twice, each with the reason; fewer than eight."""


def test_every_class_name_is_used_once(root):
    names = Counter(
        node.name
        for _path, text in files(root, "*.py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, number in names.items() if number > 1} == set(TWICE)
    assert len(TWICE) < 8
