"""Every text has a Dutch translation. English needs none: it is what the code says."""

import io
import re

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

pytestmark = [pytest.mark.check, pytest.mark.only_on("sqlite")]


@pytest.fixture
def dutch(root):
    with (root / "app/translations/nl/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="nl")


@pytest.fixture
def extracted(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    pot = tmp_path / "messages.pot"
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", "pyproject.toml", "-o", str(pot), "app"]
    )
    with pot.open("rb") as file:
        return read_po(file)


def _ids(catalog):
    return {(message.id, message.context) for message in catalog if message.id}


def _names(text):
    return set(re.findall(r"%\((\w+)\)[a-z]", text))


def test_every_text_in_the_code_is_translated(extracted, dutch):
    missing = _ids(extracted) - _ids(dutch)
    assert not missing, "run `make messages` and translate"
    for message in dutch:
        texts = [message.string] if isinstance(message.string, str) else message.string
        assert all(texts), f"no translation of {message.id!r}"
        assert not message.fuzzy, f"only guessed: {message.id!r}"


def test_no_translation_has_outlived_its_text(extracted, dutch):
    assert not dutch.obsolete
    assert not _ids(dutch) - _ids(extracted)


def test_placeholders_are_the_same_in_both_languages(dutch):
    for message in dutch:
        if message.pluralizable:  # "one talk" may leave out the number
            assert all(_names(text) <= _names(message.id[1]) for text in message.string), message.id
            assert _names(message.string[1]) == _names(message.id[1]), message.id
        elif message.id:
            assert _names(message.string) == _names(message.id), message.id


def test_the_compiled_catalogue_is_the_written_one(root, dutch):
    compiled = io.BytesIO()
    write_mo(compiled, dutch)
    kept = root / "app/translations/nl/LC_MESSAGES/messages.mo"
    assert kept.read_bytes() == compiled.getvalue(), "run `make messages`"
