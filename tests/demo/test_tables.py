import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.tables import invent_school, write_tables
from app.rounds.reference_week import is_week

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def school():
    return invent_school(400, TODAY)


def rows(school, table):
    header, *lines = school.tables[table]
    return [dict(zip(header, line, strict=True)) for line in lines]


def column(school, table, name):
    return [row[name] for row in rows(school, table)]


@pytest.mark.parametrize(
    ("students", "classes", "teachers"), [(400, 16, 30), (1600, 56, 110), (60, 16, 20)]
)
def test_a_school_has_the_size_asked_for(students, classes, teachers):
    made = invent_school(students, TODAY)
    counts = {name: len(lines) - 1 for name, lines in made.tables.items()}
    assert (counts["leerlingen"], counts["stamklassen"], counts["docenten"]) == (
        students,
        classes,
        teachers,
    )


def test_the_same_day_gives_the_same_school(school):
    assert invent_school(400, TODAY).tables == school.tables


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("leerlingen", "leerlingnummer"),
        ("leerlingen", "email"),
        ("docenten", "code"),
        ("ouders", "oudercode"),
        ("lesgroepen", "sleutel"),
        ("stamklassen", "sleutel"),
        ("afdelingen", "sleutel"),
    ],
)
def test_keys_are_there_once(school, table, key):
    values = column(school, table, key)
    assert all(values)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("table", "name", "other", "key"),
    [
        ("leerlingen", "stamklas", "stamklassen", "sleutel"),
        ("stamklassen", "mentor", "docenten", "code"),
        ("stamklassen", "afdeling", "afdelingen", "sleutel"),
        ("stamklassen", "vestiging", "vestigingen", "code"),
        ("lesgroepen", "afdeling", "afdelingen", "sleutel"),
        ("ouder_leerling", "oudercode", "ouders", "oudercode"),
        ("ouder_leerling", "leerlingnummer", "leerlingen", "leerlingnummer"),
        ("groepsindeling", "lesgroep", "lesgroepen", "sleutel"),
        ("lessenverdeling", "lesgroep", "lesgroepen", "sleutel"),
        ("lessenverdeling", "docent", "docenten", "code"),
        ("pakketten", "vak", "vakken", "code"),
    ],
)
def test_what_is_named_is_there(school, table, name, other, key):
    assert set(column(school, table, name)) <= set(column(school, other, key))


def test_classes_are_no_larger_than_real_ones(school):
    sizes = Counter(column(school, "leerlingen", "stamklas"))
    assert set(sizes.values()) <= {25, 26}
    sizes = Counter(column(invent_school(1600, TODAY), "leerlingen", "stamklas"))
    assert set(sizes.values()) <= {28, 29}


def test_a_second_branch_has_classes_and_departments_that_are_called_the_same(school):
    assert column(school, "vestigingen", "naam") == ["Noord", "Zuid"]
    for table, name in (("stamklassen", "naam"), ("afdelingen", "code")):
        named = [(row["vestiging"], row[name]) for row in rows(school, table)]
        assert len(set(named)) == len(named)
        at = {branch: {it for its, it in named if its == branch} for branch in "NZ"}
        assert len(at["Z"]) == 2
        assert at["Z"] < at["N"]
    departments = {row["sleutel"]: row["vestiging"] for row in rows(school, "afdelingen")}
    assert all(
        departments[row["afdeling"]] == row["vestiging"] for row in rows(school, "stamklassen")
    )
    names = Counter(column(school, "lesgroepen", "naam"))
    assert names["h1a.ne"] == 2


def test_there_are_families_of_every_kind(school):
    links = rows(school, "ouder_leerling")
    children = Counter(link["oudercode"] for link in links)
    parents = Counter(link["leerlingnummer"] for link in links)
    apart = [row for row in rows(school, "leerlingen") if row["aparte_aanvragen"] == "J"]
    mails = Counter(mail for mail in column(school, "ouders", "email") if mail)
    assert {1, 2, 3} <= set(children.values())
    assert {1, 2} <= set(parents.values())
    assert len(parents) < 400  # somebody has nobody
    assert 10 < len(apart) < 100
    assert {link["relatie"] for link in links} == {"moeder", "vader", "stiefvader", "voogd"}
    assert "N" in {link["gezag"] for link in links}
    assert "" in column(school, "ouders", "email")
    assert max(mails.values()) == 2  # two parents share one


def test_names_come_from_many_places(school):
    given = column(school, "leerlingen", "roepnaam") + column(school, "ouders", "voornaam")
    names = "".join(given + column(school, "leerlingen", "achternaam"))
    assert set("ğşłé") <= set(names)
    assert any("\u0600" <= letter <= "\u06ff" for letter in names)  # Arabic
    assert any("\u4e00" <= letter <= "\u9fff" for letter in names)  # Chinese
    assert any(row["tussenvoegsel"] for row in rows(school, "leerlingen"))


def test_mail_addresses_are_plain_and_lead_nowhere(school):
    for table in ("leerlingen", "docenten", "ouders"):
        for mail in filter(None, column(school, table, "email")):
            assert mail.isascii()
            assert mail.endswith(".example")


def test_teachers_have_about_the_same_hours(school):
    hours = Counter()
    for line in rows(school, "lessenverdeling"):
        if line["type"] == "regulier":
            hours[line["docent"]] += int(line["uren"])
    assert set(hours) == set(column(school, "docenten", "code"))
    assert max(hours.values()) < 2 * min(hours.values())


@given(st.dates(date(2026, 1, 1), date(2033, 12, 31)))
def test_on_every_day_of_the_year_lessons_were_given(today):
    school = invent_school(60, today)
    week = school.year.week(today)
    assert is_week(week)
    lines = rows(school, "lessenverdeling")
    regular = [line for line in lines if line["type"] == "regulier"]
    assert all(line["van_week"] <= week <= line["tot_week"] for line in regular)
    assert all(line["van_week"] <= line["tot_week"] for line in lines)
    substitutes = [line for line in lines if line["type"] == "vervanger"]
    assert any(line["van_week"] <= week <= line["tot_week"] for line in substitutes)
    births = [row["geboortedatum"] for row in rows(school, "leerlingen")]
    assert all(
        10 <= (today - date(int(b[6:]), int(b[3:5]), int(b[:2]))) / timedelta(days=365.25) < 20
        for b in births
    )


def test_files_are_what_the_import_reads(school, tmp_path):
    write_tables(school, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(school.tables)
    with (tmp_path / "leerlingen.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(line) for line in csv.reader(file)] == school.tables["leerlingen"]
