"""Somebody left with talks to come: the talks stand on paper and in the files until dealt with."""

import pytest

from app.exports import packs
from app.exports.queries import PrintKind, load_prints
from app.exports.service import FileKind, export_talks
from tests.exports.test_files import rows_of
from tests.small_school import NOW


@pytest.fixture
def taken(school):
    """What the office takes along, before and after somebody left."""

    def taken_():
        sheets = load_prints(
            school.round_id, evening_id=None, kind=PrintKind.DOORS, one="", now=NOW
        ).sheets
        packs.make_pack(school.round_id, school.evening_id, now=NOW)
        pack = packs.take_pack(school.actors["Anna"], school.round_id, school.evening_id, now=NOW)
        files = [
            export_talks(school.actors["Anna"], school.round_id, kind, now=NOW).content
            for kind in FileKind
        ]
        return sheets, pack.content, rows_of(files[0])

    return taken_


@pytest.mark.parametrize("name", ["Vera", "Noor"])
def test_every_print_and_file_has_the_same_talks_as_before(app, talks, taken, leave, name):
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        before = taken()
        leave(name)
        assert taken() == before
