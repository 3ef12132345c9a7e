"""What the office prints of an evening."""

import pytest
from sqlalchemy import select, update

from app.bookings import remarks, service
from app.bookings.models import Booking
from app.core.errors import NotFoundError
from app.exports.queries import PrintKind, load_prints
from app.rounds.models import Evening, Slot
from tests.small_school import NOW
from tests.talks import block


def load(school, kind=PrintKind.DOORS, one="", evening_id=None):
    return load_prints(school.round_id, evening_id=evening_id, kind=kind, one=one, now=NOW)


def words(talks):
    return [(f"{talk.starts_at:%H.%M}", talk.student, talk.teacher) for talk in talks]


def test_a_door_list_has_the_talks_of_its_room_by_time(school, talks):
    rooms = load(school).sheets.rooms

    assert [room.name for room in rooms] == ["B01", "B02", "B03"]
    assert words(rooms[0].talks) == [
        ("17.30", "Noor Jansen", "mevr. De Vries"),
        ("18.10", "Sem Jansen", "mevr. De Vries"),
        ("18.20", "Tim Smit", "mevr. De Vries"),
        ("18.50", "Tim Smit", "mevr. De Vries"),
    ]


def test_a_table_sheet_has_the_whole_evening_with_who_comes(db, school, talks):
    block(
        school.actors["Vera"],
        school.teachers["Vera"],
        school.evening_id,
        *db.execute(_slot(school, 1)).one(),
        now=NOW,
    )
    sheet = next(
        it
        for it in load(school, PrintKind.TABLES).sheets.teachers
        if it.teacher.name.endswith("Vries")
    )
    states = [row.state for row in sheet.rows]

    assert states == [
        "talk",
        "away",
        "free",
        "free",
        "talk",
        "talk",
        "break",
        "free",
        "talk",
        "free",
        "free",
        "free",
        "free",
    ]
    assert sheet.rows[0].talk.guardians == ("Adam Jansen", "Alice Jansen")
    assert sheet.rows[0].talk.subjects == "Nederlands"
    assert sheet.rows[5].talk.guardians == ("Bob Smit",)


def test_a_teacher_who_sits_elsewhere_as_a_parent_is_not_free(school, talks):
    bart = next(
        it
        for it in load(school, PrintKind.TABLES).sheets.teachers
        if it.teacher.name == "dhr. Bakker"
    )
    assert [row.state for row in bart.rows][:4] == ["free", "free", "talk", "away"]


def test_a_family_has_one_slip_and_parents_who_come_apart_one_each(school, talks):
    slips = load(school, PrintKind.FAMILIES).sheets.families

    assert [(slip.students, slip.guardians, len(slip.talks)) for slip in slips] == [
        (("Lot Bakker",), ("Bart Bakker",), 1),
        (("Noor Jansen", "Sem Jansen"), ("Adam Jansen", "Alice Jansen"), 3),
        (("Tim Smit",), ("Bob Smit",), 1),
        (("Tim Smit",), ("Bea van den Berg",), 1),
    ]


def test_one_door_table_or_family_can_be_printed_alone(school, talks):
    for kind, part in (
        (PrintKind.DOORS, "rooms"),
        (PrintKind.TABLES, "teachers"),
        (PrintKind.FAMILIES, "families"),
    ):
        page = load(school, kind)
        for choice, sheet in zip(page.choices, getattr(page.sheets, part), strict=True):
            assert getattr(load(school, kind, choice.key).sheets, part) == (sheet,)
        assert load(school, kind, "of another kind").sheets == page.sheets


def test_the_whole_evening_has_every_talk_by_time_and_by_teacher(school, talks):
    sheets = load(school, PrintKind.EVENING).sheets

    assert sorted(talk.id for talk in sheets.talks) == sorted(talks)
    assert [talk.starts_at for talk in sheets.talks] == sorted(t.starts_at for t in sheets.talks)
    assert {talk.id for sheet in sheets.teachers for talk in sheet.talks} == set(talks)


def test_cancelled_and_unpublished_talks_are_not_on_paper(db, school, talks):
    service.cancel(school.actors["Alice"], talks[0], now=NOW)
    db.execute(update(Booking).where(Booking.id == talks[1]).values(published_at=None))

    assert {talk.id for talk in load(school, PrintKind.EVENING).sheets.talks} == set(talks[2:])


def test_a_talk_of_a_student_alone_is_on_the_students_own_slip(db, school, talks):
    db.execute(update(Booking).where(Booking.id == talks[0]).values(household_id=None))
    slips = load(school, PrintKind.FAMILIES).sheets.families

    assert ((), ("Noor Jansen",)) in [(slip.guardians, slip.students) for slip in slips]


def test_an_evening_of_another_round_is_not_found(db, school):
    other = db.scalar(select(Evening.id).where(Evening.round_id == school.student_round_id))
    with pytest.raises(NotFoundError):
        load(school, evening_id=other)


@pytest.mark.parametrize("kind", PrintKind)
def test_the_page_shows_each_kind_without_remarks_and_contact_data(office, school, talks, kind):
    remarks.set_remark(school.actors["Alice"], talks[0], "leest graag", now=NOW)
    page = office.get(f"/office/rounds/{school.round_id}/prints?kind={kind}").text

    assert "Noor Jansen" in page
    assert "18.30" in page
    assert "leest graag" not in page
    assert "@family.example" not in page


def test_an_evening_without_talks_says_so(office, school):
    page = office.get(f"/office/rounds/{school.round_id}/prints").text
    assert "Er zijn" in page or "There are no talks" in page
    assert 'class="sheets"' not in page


def test_a_strange_evening_in_the_address_is_not_found(office, school):
    url = f"/office/rounds/{school.round_id}/prints?evening="
    assert office.get(f"{url}999").status_code == 404
    assert office.get(f"{url}rubbish").status_code == 200


@pytest.mark.parametrize("kind", PrintKind)
def test_the_number_of_queries_does_not_grow_with_the_talks(school, book, statements, kind):
    book("Alice", "Noor", ("Vera", 0))
    few = statements(lambda: load(school, kind))
    book("Carol", "Kim", ("Vera", 1), ("Bart", 2))
    book("Bob", "Tim", ("Kader", 5))

    assert statements(lambda: load(school, kind)) == few


def _slot(school, index):
    return select(Slot.starts_at, Slot.ends_at).where(Slot.id == school.slots[index])


def test_a_class_that_two_branches_have_is_told_with_its_branch(school, two_branches, book):
    book("Alice", "Noor", ("Vera", 0))
    book("Carol", "Kim", ("Vera", 1))
    (room,) = load(school).sheets.rooms
    assert [talk.class_name for talk in room.talks] == ["h2a (Noord)", "h2a (Zuid)"]
