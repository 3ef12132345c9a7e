import pytest

from app.imports.faults import Code
from app.imports.readers.delimited import Sheet, read_sheet

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's


def read(text, encoding="utf-8", written="utf-8"):
    return read_sheet("x.csv", text.encode(written), encoding)


def rows(text):
    sheet = read(text)
    assert isinstance(sheet, Sheet), sheet
    return sheet.header.fields, [(row.number, row.fields) for row in sheet.rows]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b\n1,2\n", 2),
        ("a;b\r\n1;2\r\n", 2),
        ("\ufeffa,b\n1,2\n", 2),
        ("sep=;\na;b\n1;2\n", 3),
        ("\ufeffsep=;\r\na;b;\r\n1;2;\r\n;;\r\n\r\n", 3),
        ("\n a , b \n\n1,2", 4),
    ],
)
def test_habits_of_programs_are_no_faults(text, line):
    assert rows(text) == (("a", "b"), [(line, ("1", "2"))])


def test_lines_count_on_past_a_newline_in_a_field():
    text = 'a,b\n1,"two\nlines"\n3,"x ""y"", z"\n'
    assert rows(text)[1] == [(2, ("1", "two\nlines")), (4, ("3", 'x "y", z'))]


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,2\n3,"four\n5,6\n7,8\n',
        'a,b\n1,2\n3,"four\n5,"6"\n7,8\n',
        'a,b\n"1",2\n"3","four\n5,6\n',
    ],
)
def test_an_open_quotation_mark_is_told_where_it_opens(text):
    [fault] = read(text)
    assert (fault.code, fault.line) == (Code.UNCLOSED_QUOTE, 3)


def test_it_is_told_there_too_when_its_row_began_earlier():
    [fault] = read('a,b\n"1\n1","four\n5,6\n')
    assert (fault.code, fault.line) == (Code.UNCLOSED_QUOTE, 3)


def test_a_byte_that_is_not_utf_8_is_told_with_its_line():
    [fault] = read("a,b\n1,2\n3,Zoë\n", written="cp1252")
    assert (fault.code, fault.line, fault.value) == (Code.ENCODING, 3, "0xEB")
    assert "Windows-1252" in fault.text


def test_windows_1252_is_read_when_somebody_says_so():
    sheet = read("a,b\n1,Zoë €\n", "cp1252", "cp1252")
    assert sheet.rows[0].fields == ("1", "Zoë €")


def test_a_byte_that_windows_1252_does_not_have_is_told():
    [fault] = read_sheet("x.csv", b"a\n\x81\n", "cp1252")
    assert (fault.code, fault.line) == (Code.ENCODING, 2)


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n", "sep=;\na;b\n"])
def test_a_file_without_rows_is_refused(text):
    [fault] = read(text)
    assert fault.code == Code.EMPTY_FILE


@pytest.mark.parametrize("row", ["1", "1,2,3"])
def test_a_row_of_another_width_is_told(row):
    [fault] = read(f"a,b\n1,2\n{row}\n")
    assert (fault.code, fault.line) == (Code.BAD_VALUE, 3)
