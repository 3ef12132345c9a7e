"""What the documents say of the site is so: settings, routes, words, commands, links."""

import re

import pytest
from flask.cli import FlaskGroup

from app.config import INSTANCE, Settings, name_of
from app.core.access import SIGNED_IN
from app.imports.tables import BY_ROW, TABLES
from tests.sites import make_app

pytestmark = pytest.mark.only_on("sqlite")  # about the tree

CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
ROLES = ("guardian", "student", "teacher", "administrator", "scheduler")


@pytest.fixture(scope="module")
def documents(root):
    paths = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]
    return {path: path.read_text() for path in paths}


@pytest.fixture(scope="module")
def demo_site():
    return make_app("sqlite://", demo=True)


def rows(text, header):
    """The cells of every table of a document that begins with this header."""
    for table in re.findall(r"^\|.*(?:\n\|.*)*", text, re.MULTILINE):
        lines = [
            [cell.strip() for cell in line[1:].rstrip(" |").split("|")]
            for line in table.splitlines()
        ]
        if lines[0][0] in header:
            yield from lines[2:]


def test_every_setting_is_told_with_its_default_and_meaning(root):
    text = (root / "docs/operations.md").read_text()
    told = re.findall(r"^\| `[A-Z_]+` \|.*$", text, re.MULTILINE)
    expected = []
    for name, field in Settings.model_fields.items():
        default = str(field.default).replace(str(INSTANCE), "<here>/instance")
        cell = f" `{default}` " if default else " "
        expected.append(f"| `{name_of(name)}` |{cell}| {field.description} |")
    assert told == expected


def test_every_column_of_an_import_is_told(root):
    text = (root / "docs/imports-csv.md").read_text()
    told = {
        file: [(CODE.match(column)[1], needed) for column, needed, *_ in rows(part, {"Column"})]
        for file, part in re.findall(
            r"^## (\S+\.csv)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
        )
    }
    assert list(told) == [table.file for table in TABLES]
    for table in TABLES:
        assert sorted(told[table.file]) == sorted(
            [
                *((name, "key") for name in table.key),
                *((name, "yes") for name in table.needed if name not in table.key),
                *((name, "no") for name in table.optional),
            ]
        )


def test_what_the_files_of_an_import_refer_to_is_told(root):
    text = (root / "docs/imports-csv.md").read_text()
    for table in TABLES:
        (part,) = re.findall(rf"^## {table.file}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        remarks = {CODE.match(row[0])[1]: row[-1] for row in rows(part, {"Column"})}
        for reference in table.references:
            outcome = "the row is left out" if reference.whole_row else "the rest of the row"
            where = f"not in `{BY_ROW[reference.table].file}`: {outcome}"
            assert where in remarks[reference.column], f"{table.file}: {reference.column}"


def test_every_route_is_told_with_who_may_open_it(root, demo_site):
    text = (root / "docs/access.md").read_text()
    told = {
        (CODE.match(route)[1], methods, who)
        for route, methods, who, *_ in rows(text, {"Route", "Route, demo only"})
    }
    assert told == {
        (rule.rule, ", ".join(sorted(rule.methods - {"HEAD", "OPTIONS"})), who_may(demo_site, rule))
        for rule in demo_site.url_map.iter_rules()
        if rule.endpoint != "static"
    }


def who_may(site, rule):
    access = site.view_functions[rule.endpoint].access
    if not access:
        return "everybody"
    if access == set(SIGNED_IN):
        return "signed in"
    return ", ".join(role for role in ROLES if role in access)


def test_every_word_of_the_glossary_is_where_it_says(root):
    words = list(rows((root / "docs/glossary.md").read_text(), {"Dutch", "Word"}))
    assert words
    in_code = [name for _word, names, *_ in words for name in CODE.findall(names)]
    assert [name for name in in_code if in_code.count(name) > 1] == []
    for dutch, names, where, *_ in words:
        code = (root / "docs" / LINK.search(where)[1]).read_text()
        for name in CODE.findall(names):
            assert re.search(rf"\b{name.split('.')[-1]}\b", code), f"{dutch}: {name} is not there"


def test_every_dependency_has_its_reason_and_no_other_has(root):
    text = (root / "docs/adr/0012-dependencies.md").read_text()
    told = [name for name, *_ in rows(text, {"Package"})]
    wanted = [
        line
        for name in ("requirements.in", "requirements-dev.in")
        for line in re.findall(r"^([\w-]+)", (root / name).read_text(), re.MULTILINE)
        if not line.startswith("-")
    ]
    assert sorted(told) == sorted(wanted)


def test_every_decision_is_in_the_list(root):
    folder = root / "docs/adr"
    decisions = sorted(path.name for path in folder.glob("0*.md"))
    listed = re.findall(
        r"^(\d+)\. \[.*\]\((.*)\)$", (folder / "README.md").read_text(), re.MULTILINE
    )
    assert [name for _, name in listed] == decisions
    assert [int(number) for number, _ in listed] == [int(name[:4]) for name in decisions]


def test_links_between_documents_lead_somewhere(documents):
    for path, text in documents.items():
        for target, heading in LINK.findall(text):
            other = (path.parent / target).resolve() if target else path
            assert other.exists(), f"{path.name}: {target}"
            if heading:
                assert heading in headings(other.read_text()), f"{path.name}: #{heading}"


def headings(text):
    """The names by which headings are linked to: "The secret key" is the-secret-key."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_every_command_in_the_documents_exists(root, documents, demo_site):
    targets = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE)
    shell = FlaskGroup(create_app=lambda: demo_site)
    for path, text in documents.items():
        for target in re.findall(r"(?:`|&& |^)make ([a-z-]+)", text, re.MULTILINE):
            assert target in targets, f"{path.name}: make {target}"
        for group, name in re.findall(
            r"(?:`|^)(?:flask|tienminuten) ([a-z-]+)(?: ([a-z-]+))?", text, re.MULTILINE
        ):
            assert command(shell, group, name), f"{path.name}: flask {group} {name}"


def command(shell, group, name):
    with shell.make_context("flask", [group]) as context:
        found = shell.get_command(context, group)
        if found and hasattr(found, "get_command") and name:
            found = found.get_command(context, name)
        return found
