"""What people really deliver, from the shell: with which code it ends, what it says, what changes.

Each case changes the whole sample school in one way. "base" is that school imported before, "empty"
a site without data.
"""

import zipfile

import pytest

from tests.imports.conftest import run
from tests.imports.dump import dump
from tests.imports.test_absent import rows, write
from tests.imports.test_guard import halved

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's

CASES = {}


def case(code, *said, on="base", changes=None):
    """Register a case: the exit code, what is said, and whether anything changes if that is sure."""

    def register(change):
        CASES[change.__name__.replace("_", "-")] = (change, code, said, on, changes)
        return change

    return register


def each(files, file, change):
    write(files.folder, file, [change(line) for line in rows(file)])


def excel(files):
    """Saved in a Dutch spreadsheet: semicolons, Windows-1252, empty columns, short dates, no zeros."""
    for path in files.folder.glob("*.csv"):
        lines = rows(path.name)
        columns = list(lines[0])
        text = [";".join(columns) + ";;;"]
        for line in lines:
            values = []
            for name in columns:
                value = line[name].encode("cp1252", "replace").decode("cp1252")
                if name == "geboortedatum" and value:
                    value = "-".join(str(int(part)) for part in value.split("-"))
                if name == "leerlingnummer":
                    value = value.lstrip("0")
                value = value.replace('"', '""')
                values.append(f'"{value}"' if {*value} & {*';"'} else value)
            text.append(";".join(values) + ";;;")
        path.write_bytes("\r\n".join(text).encode("cp1252"))


@case(2, "without its zeros", on="base")
def a_spreadsheet(files):
    excel(files)


@case(0, on="empty")
def a_spreadsheet_first(files):
    excel(files)


@case(2, "Line 3 looks like the header", changes=False)
def a_title_above(files):
    path = files.folder / "leerlingen.csv"
    path.write_text("Leerlingen 2026-2027\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


def points(files):
    each(files, "leerlingen.csv", lambda it: {**it, "leerlingnummer": it["leerlingnummer"] + ".0"})


@case(2, "spreadsheet")
def a_point_behind_numbers(files):
    points(files)


@case(2, "spreadsheet", on="empty")
def a_point_behind_numbers_first(files):
    points(files)


@case(0, changes=True)
def names_like_numbers(files):
    files.add("stamklassen.csv", "2E1,2E1,A.bk1,A,")
    files.add("lesgroepen.csv", "4e1,4e1,A.bk1,ne")


@case(0, changes=True)
def names_in_capitals(files):
    lines = rows("leerlingen.csv")
    names = ["RÚŽA", "KRÍŽOVÁ", "NÓŽKA", "TÓŠA"]
    for line, name in zip(lines, names, strict=False):
        line["achternaam"] = name
    write(files.folder, "leerlingen.csv", lines)


@case(0, 'read as "van Dongen"', changes=True)
def a_prefix_behind(files):
    files.replace("leerlingen.csv", ",,Ben Ali,", ',,"Dongen, van",')


@case(0, "email", changes=True)
def two_addresses(files):
    old = "noor.jansen1@ouder.example"
    files.replace("ouders.csv", old, f"{old}; b@x.example")
    files.replace("ouders.csv", "hafsa.aitbenhaddou224@", "a@x.example / hafsa.aitbenhaddou224@")


@case(0, "email", changes=False)
def addresses_with_what_is_around_them(files):
    old = "noor.jansen1@ouder.example"
    files.replace("ouders.csv", old, f"mailto:<{old}>;\u200b")


@case(0, changes=False)
def a_row_twice(files):
    files.add("leerlingen.csv", (files.folder / "leerlingen.csv").read_text().splitlines()[1])


@case(1, "men", changes=False)
def a_teacher_in_capitals(files):
    line = next(line for line in rows("docenten.csv") if line["code"] == "men")
    write(files.folder, "docenten.csv", [*rows("docenten.csv"), {**line, "code": "MEN"}])


@case(0, 'Is it "klas"', 'Is it "geb"', changes=False)
def other_names_of_columns(files):
    files.replace("leerlingen.csv", "stamklas", "klas")
    files.replace("leerlingen.csv", "geboortedatum", "geb")


@case(0, "email", "stays", changes=False)
def no_addresses(files):
    each(files, "ouders.csv", lambda it: {key: it[key] for key in it if key != "email"})


@case(2, "email", "--allow ouders")
def empty_addresses(files):
    each(files, "ouders.csv", lambda it: {**it, "email": ""})


@case(2, "269 of 271 rows would disappear")
def two_parents(files):
    write(files.folder, "ouders.csv", rows("ouders.csv")[:2])


for _name in ("docenten", "ouder_leerling", "groepsindeling"):

    @case(2, "would disappear", f"--allow {_name}")
    def half_of(files, name=_name):
        halved(files.folder, f"{name}.csv")

    CASES[f"half-of-{_name}"] = CASES.pop("half-of")


@case(0, "Raphaël ten Berge (men)")
def a_teacher_less(files):
    files.remove_lines("docenten.csv", "men,Raphaël,ten,Berge")
    files.remove_lines("lessenverdeling.csv", ",men,")
    files.replace("stamklassen.csv", ",men\n", ",\n", count=-1)


@case(2, "workbook")
def a_workbook(files):
    with zipfile.ZipFile(files.folder / "leerlingen.csv", "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")


@case(2, "unpack")
def a_zip_beside_nothing(files):
    with zipfile.ZipFile(files.folder / "export.zip", "w") as package:
        for name in ("leerlingen", "docenten", "groepsindeling", "stamklassen"):
            package.write(files.folder / f"{name}.csv", f"{name}.csv")
            (files.folder / f"{name}.csv").unlink()


@case(0, changes=False)
def tabs_in_utf_16(files):
    path = files.folder / "vakken.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace(",", "\t").encode("utf-16"))


@case(0, changes=False)
def a_capital_in_the_name(files):
    (files.folder / "leerlingen.csv").rename(files.folder / "Leerlingen.csv")


@case(0, changes=True)
def three_rows_of_a_mother(files):
    numbers = [line["leerlingnummer"] for line in rows("leerlingen.csv")[10:13]]
    for place, number in enumerate(numbers):
        files.add("ouders.csv", f"moeder{place},Noor,de,Wit,noor@x.example,,nl")
        files.add("ouder_leerling.csv", f"moeder{place},{number},moeder,J,N")


@case(2, "quotation mark")
def a_last_line_cut_off(files):
    path = files.folder / "leerlingen.csv"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + '\n20269999,"Noo', encoding="utf-8")


# And ten more


@case(2, "would disappear", changes=False)
def columns_of_links_changed_over(files):
    each(
        files,
        "ouder_leerling.csv",
        lambda it: {**it, "oudercode": it["leerlingnummer"], "leerlingnummer": it["oudercode"]},
    )


@case(2, "leerlingnummer")
def the_file_of_somebody_else(files):
    path = files.folder / "leerlingen.csv"
    path.write_bytes((files.folder / "ouders.csv").read_bytes())


@case(2, "would disappear")
def last_year(files):
    number = {
        line["leerlingnummer"]: f"9{line['leerlingnummer']}" for line in rows("leerlingen.csv")
    }
    for file in ("leerlingen", "ouder_leerling", "pakketten", "groepsindeling"):
        each(
            files,
            f"{file}.csv",
            lambda it: (
                {**it, "leerlingnummer": number[it["leerlingnummer"]], "geboortedatum": ""}
                if "geboortedatum" in it
                else {**it, "leerlingnummer": number[it["leerlingnummer"]]}
            ),
        )


@case(0, "header once more", changes=False)
def two_exports_in_one_file(files):
    path = files.folder / "ouders.csv"
    path.write_text(path.read_text(encoding="utf-8") * 2, encoding="utf-8")


@case(0)
def addresses_in_capitals(files):
    each(files, "ouders.csv", lambda it: {**it, "email": it["email"].upper()})


@case(0, changes=False)
def rows_and_columns_in_another_order(files):
    lines = [dict(reversed(line.items())) for line in reversed(rows("leerlingen.csv"))]
    write(files.folder, "leerlingen.csv", lines)


@case(0, changes=False)
def spaces_and_quotes_everywhere(files):
    path = files.folder / "docenten.csv"
    lines = [
        ",".join(f'" {value}\u00a0"' if number else value for value in line.values())
        for number, line in enumerate(
            [dict.fromkeys(rows("docenten.csv")[0]), *rows("docenten.csv")]
        )
        if number
    ]
    path.write_text("\n".join([",".join(rows("docenten.csv")[0]), *lines]), encoding="utf-8")


@case(0, changes=False)
def yes_and_no_in_full(files):
    words = {"J": "ja", "N": "Nee"}
    each(files, "ouder_leerling.csv", lambda it: {**it, "gezag": words.get(it["gezag"], "")})


@case(0, changes=False)
def a_time_behind_dates(files):
    each(
        files,
        "leerlingen.csv",
        lambda it: {
            **it,
            "geboortedatum": it["geboortedatum"] and f"{it['geboortedatum']} 0:00:00",
        },
    )


@case(2, "email", "--allow ouders")
def addresses_of_the_next_row(files):
    lines = rows("ouders.csv")
    mails = [line["email"] for line in lines]
    moved = zip(lines, mails[1:] + mails[:1], strict=True)
    write(files.folder, "ouders.csv", [{**line, "email": mail} for line, mail in moved])


@pytest.fixture
def app(request):
    on = CASES[request.getfixturevalue("name")][3] if "name" in request.fixturenames else "base"
    return request.getfixturevalue("imported_app" if on == "base" else "empty_app")


@pytest.mark.parametrize("name", CASES)
def test_a_file_as_people_deliver_it(app, files, name):
    change, code, said, _on, changes = CASES[name]
    change(files)
    before = dump()
    encoding = ["--encoding", "cp1252"] if change.__name__.startswith("a_spreadsheet") else []
    result = app.test_cli_runner().invoke(args=["imports", "run", str(files.folder), *encoding])
    assert result.exit_code == code, result.output
    for part in said:
        assert part in result.output
    if code == 2 or changes is False:
        assert dump() == before
    elif changes:
        assert dump() != before
        assert not run(files.folder).changes
