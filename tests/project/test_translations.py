"""Every text is translated. English needs that for students only: the code says the rest."""

import io
import re

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.core.i18n import LANGUAGES
from tests.services import ROOT

pytestmark = [pytest.mark.check, pytest.mark.only_on("sqlite")]


# Pages, mails and answers that no student ever gets.
NOT_FOR_STUDENTS = re.compile(
    r"app/(templates/)?(calendars|demo|evenings|exports|imports|log|people|planner|plans|review|round_setup|rounds|teaching)/"
    r"|app/templates/mail/(invitation|review|round_check|sign_in_staff|talks_apart|talks_of_grown|talks_together|teacher_)"
    r"|app/templates/feeds/board"
    r"|app/bookings/(absences|office)"
)


TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
CATALOGUES = [
    (path.parts[-3], path.stem)
    for path in sorted((ROOT / "app/translations").glob("*/LC_MESSAGES/*.po"))
]
CHILD = re.compile(r"%\(child\)|\bchild\b", re.IGNORECASE)
OF_SIBLINGS = {  # what a student, who has none here, does not come to read
    "Talk about %(child)s: %(teacher)s",
    "about %(child)s",
    "%(time)s with %(teacher)s for %(child)s is let go: that is at the same time.",
    "%(child)s: %(number)s chosen, not reserved yet.",
    "On to %(child)s",
}


def _catalogue(root, name, language="nl"):
    with (root / f"app/translations/{language}/LC_MESSAGES/{name}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture
def dutch(root):
    return _catalogue(root, "messages")


@pytest.fixture
def of_students(root):
    return _catalogue(root, "student")


@pytest.fixture
def english_of_students(root):
    return _catalogue(root, "student", "en")


@pytest.fixture
def extracted(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    pot = tmp_path / "messages.pot"
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", "pyproject.toml", "-o", str(pot), "app"]
    )
    with pot.open("rb") as file:
        return read_po(file)


def _texts(message):
    return [message.string] if isinstance(message.string, str) else message.string


def _ids(catalog):
    return {(message.id, message.context) for message in catalog if message.id}


def _names(text):
    return set(re.findall(r"%\((\w+)\)[a-z]", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_in_the_code_is_translated(root, extracted, language):
    catalogue = _catalogue(root, "messages", language)
    missing = _ids(extracted) - _ids(catalogue)
    assert not missing, "run `make messages` and translate"
    for message in catalogue:
        assert all(_texts(message)), f"no translation of {message.id!r}"
        assert not message.fuzzy, f"only guessed: {message.id!r}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_has_outlived_its_text(root, extracted, language):
    catalogue = _catalogue(root, "messages", language)
    assert not catalogue.obsolete
    assert not _ids(catalogue) - _ids(extracted)


def test_every_language_has_words_for_students():
    assert {(language, "student") for language in LANGUAGES} <= set(CATALOGUES)


def test_what_says_u_to_a_family_has_a_form_for_students(dutch, of_students):
    formal = re.compile(r"\b(u|uw|uzelf)\b", re.IGNORECASE)
    wanted = {
        message.id
        for message in dutch
        if any(map(formal.search, _texts(message)))
        and not all(NOT_FOR_STUDENTS.match(path) for path, _line in message.locations)
    }
    missing = wanted - {message.id for message in of_students}
    assert not missing, (
        "write it in student.po, or say in NOT_FOR_STUDENTS that no student reads it"
    )
    for message in of_students:
        assert not any(map(formal.search, _texts(message))), message.id


def test_what_names_a_child_to_a_family_has_a_form_for_students(
    dutch, of_students, english_of_students
):
    wanted = {
        message.id
        for message in dutch
        if any(map(CHILD.search, [message.id] if isinstance(message.id, str) else message.id))
        and not all(NOT_FOR_STUDENTS.match(path) for path, _line in message.locations)
    }
    for catalogue in (of_students, english_of_students):
        missing = wanted - OF_SIBLINGS - {message.id for message in catalogue}
        assert not missing, "write it in student.po"
        for message in catalogue:
            assert not any(map(CHILD.search, _texts(message))), message.id


def test_no_form_for_students_has_outlived_its_text(dutch, of_students, english_of_students):
    for catalogue in (of_students, english_of_students):
        assert not catalogue.obsolete
        assert not _ids(catalogue) - _ids(dutch)


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_placeholders_are_the_same_in_every_language(root, language, name):
    for message in _catalogue(root, name, language):
        if name == "student":  # to whom the own name is not told
            told = [message.id] if isinstance(message.id, str) else message.id
            for text in _texts(message):
                assert _names(text) - {"num"} == _names(told[-1]) - {"child", "num"}, message.id
        elif message.pluralizable:  # "one talk" may leave out the number
            assert all(_names(text) <= _names(message.id[1]) for text in message.string), message.id
            assert _names(message.string[-1]) == _names(message.id[1]), message.id
        elif message.id:
            assert _names(message.string) == _names(message.id), message.id


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_the_compiled_catalogue_is_the_written_one(root, language, name):
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(root, name, language))
    kept = root / f"app/translations/{language}/LC_MESSAGES/{name}.mo"
    assert kept.read_bytes() == compiled.getvalue(), "run `make install`"
