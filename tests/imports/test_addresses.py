"""Mail addresses, and what stands around them."""

import pytest

from app.imports.addresses import Found, find_address
from app.imports.cells import Cells
from app.imports.report import Verdict
from app.school.models import Guardian
from tests.imports.conftest import run
from tests.imports.test_faults import person

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's


def cells(value):
    return Cells("x.csv", 2, {"x": value})


@pytest.mark.parametrize(
    ("written", "address"),
    [
        *((f"a\u200b@x.example{sign}", "a@x.example") for sign in ";,."),
        ("\ufeffa@x.example", "a@x.example"),
        ("a@x\u00ad.example", "a@x.example"),
        ("<\xa0a@x.example\xa0>", "a@x.example"),
        ("mailto:a@x.example", "a@x.example"),
        ("MailTo:a@x.example?subject=Hi", "a@x.example"),
        ("<a@x.example>", "a@x.example"),
        ("<mailto:a@x.example>", "a@x.example"),
        ("Noor Jansen <a@x.example>", "a@x.example"),
        ('"Jansen, Noor" <a@x.example>;', "a@x.example"),
        ('"a@x.example"', "a@x.example"),
        ("'a@x.example'", "a@x.example"),
        ("a@x.example (moeder)", "a@x.example"),
        ("a@x.example; -", "a@x.example"),
        ("A@x.example; a@x.example", "A@x.example"),
        ("a@x.example <a@x.example>", "a@x.example"),
    ],
)
def test_what_stands_around_an_address_is_taken_off_with_a_notice(written, address):
    assert find_address(written) == Found(address)
    read = cells(written)
    assert read.email("x") == address
    assert [(one.line, one.column) for one in read.notices] == [(2, "x")]
    assert address in read.notices[0].text


@pytest.mark.parametrize("between", ["; ", ";", ", ", ",", " / ", "/", " ", " | ", " en ", " & "])
def test_of_two_addresses_the_first_is_used_and_both_are_told(between):
    read = cells(f"a@x.example{between}b@y.example")
    assert read.email("x") == "a@x.example"
    assert "a@x.example" in read.notices[0].text
    assert "b@y.example" in read.notices[0].text


def test_of_two_addresses_one_that_is_none_is_not_used():
    assert find_address("a@x..example; b@x.example") == Found("b@x.example", ("a@x..example",))
    assert find_address("a@x.example, Noor <b@x.example>").others == ("b@x.example",)


@pytest.mark.parametrize(
    "written",
    [
        *("a@x..example", "a@x", ".a@x.example", "a.@x.example", "a..b@x.example", "a@.x.example"),
        *(
            "a@b@x.example",
            "jan smit@x.example",
            "jan@ x.example",
            "a@x.example geen",
            "geen",
            "@",
            "-",
        ),
        *("a@x,example", "@x.example", "a@-x.example", "<>", "a(at)x.example"),
    ],
)
def test_what_is_no_address_is_not_guessed(written):
    read = cells(written)
    assert read.email("x") == ""
    assert len(read.notices) == 1


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example",
        "o'neill@x.example",
        "a/b@x.example",
        "a+b@x-y.example",
        "jürgen@münchen.example",
    ],
)
def test_an_address_stays_as_it_is(address):
    read = cells(address)
    assert (read.email("x"), read.notices) == (address, [])


def test_an_address_that_is_only_written_otherwise_is_no_change(there, files):
    files.replace("ouders.csv", "noor.jansen1@ouder.example", "<noor.jansen1@ouder.example>;")
    report = run(files.folder)
    assert (report.verdict, report.changes) == (Verdict.ACCEPTED, 0)
    assert [(one.line, one.column) for one in report.notices] == [(2, "email")]


def test_a_sign_behind_every_address_is_told_in_a_few_lines(there, files):
    path = files.folder / "ouders.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(".example,", ".example;,"))
    report = run(files.folder)
    assert report.changes == 0
    assert [one.line for one in report.notices] == [2, 3, 4, 5]


def test_who_has_two_addresses_gets_the_first(files):
    old = "noor.jansen1@ouder.example"
    files.replace("ouders.csv", old, f"{old}; n.jansen@ouder.example")
    report = run(files.folder)
    assert report.verdict == Verdict.ACCEPTED
    assert person(Guardian, "ouder00001").email == old
    assert "n.jansen@ouder.example" in report.notices[0].text
