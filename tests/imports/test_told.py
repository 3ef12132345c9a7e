"""What a report names, counts and keeps."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app.extensions import db
from app.imports import runs
from app.imports.faults import bad_value, mass_removal
from app.imports.models import ImportRun
from app.imports.naming import Namer
from app.imports.parse import Parsed
from app.imports.plan import unreadable
from app.imports.report import count_tables
from app.school.rows import Change, GuardianRow, Present, StudentRow
from tests.imports.conftest import NOW
from tests.imports.test_compared import keyed, link, student

ALICE = GuardianRow("alice", "Alice", "", "Jansen", "", "nl")


def kept(*faults):
    """The faults of a run, as they are kept."""
    runs.record("csv", unreadable(Parsed(faults=list(faults))).report, now=NOW)
    return db.session.scalars(select(ImportRun.report)).one()["faults"]


def test_nobody_is_named_where_all_are_new():
    changes = {StudentRow: Change(added=[student("1")])}
    assert [one.who_came for one in count_tables(changes, [], Present(), {})] == [()]
    present = Present({StudentRow: keyed(student("2"))})
    assert [one.who_came for one in count_tables(changes, [], present, {})] == [("Noor Smit (1)",)]


def test_rows_of_which_only_the_line_is_told_are_faulty_too():
    fault = replace(bad_value("leerlingen.csv", 2, "x", "", "wrong"), also=(5, 6))
    assert [one.faulty for one in count_tables({}, [fault], Present(), {})] == [3]


@pytest.mark.parametrize("where", ["before", "incoming"])
def test_people_have_their_names_also_when_one_of_the_two_no_longer_knows_them(where):
    rows = {"before": {}, "incoming": {}, where: {GuardianRow: keyed(ALICE)}}
    assert Namer(**rows).name(link("alice", "1")) == "Alice Jansen – 1"


def test_birth_dates_and_addresses_are_not_written_out():
    old = student("1", born=date(2013, 4, 12))
    new = replace(old, email="noor@x.example", birth_date=date(2012, 4, 12), home_class="h2a")
    told = Namer({}, {}).change(new, old)
    assert told == "Noor Smit (1): geboortedatum, email, stamklas – → h2a"


def test_of_one_run_so_many_faults_are_kept():
    faults = [bad_value("leerlingen.csv", line, "x", "", "wrong") for line in range(1, 502)]
    assert len(kept(*faults)) == runs.MOST_TOLD == 500


def test_what_would_be_lost_of_a_column_of_addresses_is_kept_in_words():
    """Only what a row says of an address is left out."""
    (fault,) = kept(mass_removal("ouders.csv", "email", 30, 40, ["Alice"], "--allow ouders"))
    assert "Alice" in fault["text"]
