"""Lists at doors say how many talks are not at school, and so not in them."""

import pytest
from sqlalchemy import delete, update

from app.bookings.models import Booking
from app.exports.queries import PrintKind, load_prints
from app.rounds.models import EveningRoom, Modality, Round, new_times_key
from tests.small_school import NOW

IN_ROOM, BARTS = [0, 2, 3, 4], 1
"""By their place among ``talks``: those of Vera, who sits in B01, and the one of Bart in B02."""


@pytest.fixture
def away(db, school, talks):
    """Let these talks be held otherwise than at school."""

    def away_(indices, modality=Modality.TEAMS):
        ids = [talks[index] for index in indices]
        db.execute(update(Booking).where(Booking.id.in_(ids)).values(modality=modality))
        db.commit()

    return away_


def doors(school, one=""):
    kind = PrintKind.DOORS
    return load_prints(school.round_id, evening_id=None, kind=kind, one=one, now=NOW).sheets


def page_of(office, school, language="nl"):
    url = f"/office/rounds/{school.round_id}/prints?kind=doors"
    return " ".join(office.get(url, headers={"Accept-Language": language}).text.split())


@pytest.mark.parametrize(
    ("indices", "told", "without_door"),
    [
        ([], {"B01": 0, "B02": 0, "B03": 0}, 0),
        (IN_ROOM[:1], {"B01": 1, "B02": 0, "B03": 0}, 0),
        ([BARTS], {"B01": 0, "B03": 0}, 1),
        ([BARTS, *IN_ROOM[1:]], {"B01": 3, "B03": 0}, 1),
        (range(6), {}, 6),
    ],
)
def test_each_room_counts_the_talks_of_its_teachers(school, away, indices, told, without_door):
    away(indices)
    sheets = doors(school)
    assert {room.name: room.elsewhere for room in sheets.rooms} == told
    assert sheets.without_door == without_door


def test_a_teacher_without_a_room_is_counted_where_there_is_no_room_yet(db, school, away):
    hers = EveningRoom.teacher_id == school.teachers["Vera"]
    db.execute(delete(EveningRoom).where(hers))
    db.execute(update(Round).values(times_key=new_times_key()))
    away(IN_ROOM[:2], Modality.PHONE)
    assert {room.name: room.elsewhere for room in doors(school).rooms} == {
        "B02": 0,
        "B03": 0,
        "": 2,
    }


def test_the_list_of_one_room_tells_of_no_other_room(school, away):
    away([BARTS, *IN_ROOM[:1]])
    sheets = doors(school, "B01")
    assert [room.elsewhere for room in sheets.rooms] == [1]
    assert sheets.without_door == 0


def test_the_page_says_it_of_one_and_of_several(office, school, away):
    assert "staan hier niet bij" not in page_of(office, school)
    away(IN_ROOM[:1], Modality.PHONE)
    assert "1 gesprek is online of per telefoon en staat hier niet bij." in page_of(office, school)
    away([*IN_ROOM[:2], BARTS])
    page = page_of(office, school)
    assert "2 gesprekken zijn online of per telefoon en staan hier niet bij." in page
    assert "1 gesprek is online of per telefoon, van een docent zonder deurlijst." in page


def test_an_evening_that_is_wholly_elsewhere_says_so_in_place_of_lists(office, school, away):
    away(range(6))
    told = "6 talks are online or by phone, of teachers without a door list."
    assert told in page_of(office, school, "en")


def test_the_pack_says_it_too(office, school, away):
    away(IN_ROOM[:2])
    pack = f"/office/rounds/{school.round_id}/evenings/{school.evening_id}/pack"
    office.post(pack)
    text = " ".join(office.get(f"{pack}.html").text.split())
    assert text.count("2 gesprekken zijn online of per telefoon en staan hier niet bij.") == 1


@pytest.mark.parametrize("kind", [PrintKind.TABLES, PrintKind.FAMILIES, PrintKind.EVENING])
def test_what_lists_all_talks_says_nothing_of_it(office, school, away, kind):
    away(IN_ROOM[:2])
    url = f"/office/rounds/{school.round_id}/prints?kind={kind}"
    text = office.get(url, headers={"Accept-Language": "en"}).text
    assert "not in this list" not in text
    assert "online (Teams)" in text


def test_the_file_has_a_row_for_each_of_them(office, school, away):
    away(IN_ROOM[:2])
    rows = office.get(f"/office/rounds/{school.round_id}/talks.csv").text.splitlines()
    assert len(rows) == 1 + 6
    assert sum("online (Teams)" in row for row in rows) == 2
