import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.cells import loses_letters
from app.imports.diff import differences, propose
from app.imports.mojibake import repaired
from app.school.rows import LinkRow, Present, StudentRow, SubjectRow, TeacherRow
from tests.school.conftest import TODAY

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

TEACHERS = st.dictionaries(
    st.sampled_from("abcdef"), st.sampled_from(("Bakker", "Smit", "De Vries"))
).map(lambda names: {k: TeacherRow(k, "", "", name, "", "") for k, name in names.items()})


@given(TEACHERS, TEACHERS)
def test_what_changes_leads_from_one_state_to_the_other(before, after):
    change = differences({TeacherRow: after}, Present({TeacherRow: before}))[TeacherRow]
    result = {key: row for key, row in before.items() if row not in change.gone}
    result |= {row.key: row for row in (*change.added, *change.changed)}
    assert result == after
    assert len(change.added) + len(change.changed) + change.unchanged == len(after)
    assert len(change.gone) - len(change.added) == len(before) - len(after)


@given(TEACHERS)
def test_the_same_rows_change_nothing(rows):
    assert differences({TeacherRow: rows}, Present({TeacherRow: rows}))[TeacherRow].is_empty


def test_tables_that_talks_name_lose_nothing():
    present = Present({SubjectRow: {"ne": SubjectRow("ne", "Nederlands")}})
    assert differences({SubjectRow: {}}, present)[SubjectRow].is_empty
    assert differences({}, present) == {}


def _student(number, name="Noor", born=TODAY):
    return StudentRow(number, name, "", "Smit", "", born, "", "", apart=False)


@pytest.mark.parametrize(
    ("came", "guardian", "same"),
    [
        (_student("2"), "alice", True),
        (_student("2", "NOOR"), "alice", True),
        (_student("2", "Nora"), "alice", False),
        (_student("2", born=TODAY.replace(year=2012)), "alice", False),
        (_student("2", born=None), "alice", False),
        (_student("2"), "carol", False),
    ],
)
def test_a_new_number_is_proposed_by_name_birth_date_and_guardian_together(came, guardian, same):
    present = Present(
        {
            StudentRow: {"1": _student("1")},
            LinkRow: {("alice", "1"): LinkRow("alice", "1", "moeder", authority=True, apart=False)},
        }
    )
    incoming = {
        StudentRow: {"2": came},
        LinkRow: {(guardian, "2"): LinkRow(guardian, "2", "moeder", authority=True, apart=False)},
    }
    assert [(one.old, one.new) for one in propose(incoming, present)] == [("1", "2")] * same


@pytest.mark.parametrize(
    ("ours", "theirs", "loses"),
    [
        ("Şahin", "Sahin", True),
        ("小明", "??", True),
        ("Żółkiewski", "Zólkiewski", True),
        ("Łukasz", "Lukasz", True),
        ("Işık", "Isik", True),
        ("Sahin", "Şahin", False),
        ("Şahin", "Sahina", False),
        ("Şahin", "Shahin", False),
        ("Jansen", "Janssen", False),
        ("Jan?", "Jans", False),
    ],
)
def test_a_name_in_too_small_an_alphabet_is_known(ours, theirs, loses):
    assert loses_letters(ours, theirs) is loses


@given(st.text("Zoë Çınar Łukasz فاطمة 小明 O'Neill"))
def test_a_name_that_was_never_spoilt_is_not_repaired(name):
    assert repaired(unicodedata.normalize("NFC", name)) == unicodedata.normalize("NFC", name)


@given(st.text("Zoë René François Jürgen", min_size=1))
def test_a_spoilt_name_is_read_as_it_was(name):
    assert repaired(name.encode().decode("cp1252")) == name
