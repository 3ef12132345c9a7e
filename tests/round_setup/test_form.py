"""The one form of a round: what it makes, what it refuses, and that nothing typed is lost."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.round_setup.queries import TeacherChoice
from app.round_setup.room_form import RoomsForm
from app.rounds.grid import EveningSpec
from app.rounds.loading import load_spec
from app.rounds.models import Evening, OpenTo, Participants, Round, RoundState
from app.rounds.queries import load_evenings
from app.rounds.spec import RoomSpec
from app.school.models import Department, HomeClass
from tests.small_school import NOW


def latest(db):
    return db.scalars(select(Round.id).order_by(Round.id.desc()).limit(1)).one()


def rounds(db):
    return len(db.scalars(select(Round.id)).all())


def error_at(page, field):
    """The sentence beside a field, or None."""
    found = re.search(rf'id="{field}-error"[^>]*>\s*(.*?)\s*</p>', page.text, re.DOTALL)
    return found and found[1].replace("&#34;", '"')


def value_of(page, field):
    return re.search(rf'<input[^>]*id="{field}"[^>]*value="([^"]*)"', page.text)[1]


def test_a_filled_in_form_becomes_a_draft(db, office, paper, school, class_id):
    vera, bart = school.teachers["Vera"], school.teachers["Bart"]
    answer = office.post(
        "/office/rounds/new",
        data=paper(
            participants="student",
            open_to="both",
            **{f"room-{vera}": "Aula", f"room-{bart}": "Aula", f"alone-{bart}": "1"},
            teachers_may_block="y",
            teachers_block_until="2027-02-19T17:00",
            check_at="2027-02-10T09:00",
            publish_at="2027-02-18T09:00",
            archive_at="2027-04-01T00:00",
        ),
    )
    round_id = latest(db)
    assert (answer.status_code, answer.location) == (303, f"/office/rounds/{round_id}")
    spec = load_spec(round_id)
    assert spec.name == "Oudercontact 3"
    assert (spec.state, spec.participants) == (RoundState.DRAFT, Participants.STUDENT)
    assert spec.open_to is OpenTo.BOTH
    assert spec.home_class_ids == (class_id,)
    assert spec.evenings == (
        EveningSpec(date(2027, 3, 9), "18:30", "20:00", breaks=(("19:00", "19:15"),)),
    )
    assert spec.opens_at == datetime(2027, 2, 20, 18, 0, tzinfo=UTC)
    assert spec.cancel_until == spec.closes_at
    assert spec.rooms == (RoomSpec("Aula", tuple(sorted((vera, bart))), exclusive=True),)
    assert spec.teachers_block_until == datetime(2027, 2, 19, 16, 0, tzinfo=UTC)
    assert spec.check_at < spec.publish_at < spec.archive_at


def test_all_faults_stand_beside_their_fields_at_once_and_nothing_is_lost(db, office, paper):
    before = rounds(db)
    page = office.post(
        "/office/rounds/new",
        data=paper(
            name="",
            classes=None,
            explanation="Neem het rapport mee.",
            evenings__0__day="",
            evenings__0__end="18:00",
            reference_week="week 5",
            max_per_child="veel",
            closes_at="",
        ),
    )
    assert page.status_code == 422
    assert error_at(page, "name") == "Give the round a name."
    assert error_at(page, "classes") == "Choose at least one class."
    assert error_at(page, "evenings-0-day") == "Choose a date."
    assert error_at(page, "evenings-0-end") == "The evening ends before it begins."
    assert error_at(page, "reference_week") == "Write the week as 2027-W05."
    assert error_at(page, "max_per_child") == "Fill in a whole number from 1 to 30."
    assert error_at(page, "closes_at") == "Choose a date and a time."
    assert "Neem het rapport mee." in page.text
    assert value_of(page, "evenings-0-end") == "18:00"
    assert value_of(page, "max_per_child") == "veel"
    assert value_of(page, "evenings-0-breaks-0-start") == "19:00"
    assert rounds(db) == before


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"evenings-0-talk_minutes": "8"},
            "evenings-0-gap_minutes",
            "Make the gap 2: then a talk of 8 minutes begins every 10 minutes.",
        ),
        (
            {"evenings-0-breaks-0-end": "20:30"},
            "evenings-0-breaks",
            "The break from 19:00 to 20:30 does not lie within the evening.",
        ),
        ({"evenings-0-breaks-0-end": ""}, "evenings-0-breaks-0-end", "Fill in a time."),
        (
            {"evenings-0-first_start": "half zeven"},
            "evenings-0-first_start",
            "not a time",
        ),
        ({"closes_at": "2027-02-19T20:00"}, "closes_at", "Choosing closes before it opens."),
        ({"opens_at": "20 februari"}, "opens_at", "Choose a date and a time."),
        ({"opens_at": "0001-01-01T00:00"}, "opens_at", "Choose a date and a time."),
        ({"evenings-0-day": "0001-01-01"}, "evenings-0-day", "The year of this date cannot be"),
        ({"evenings-0-day": "2026-03-09"}, "evenings-0-day", "This day is over."),
        ({"evenings-0-talk_minutes": "9" * 40}, "evenings-0-talk_minutes", "from 1 to 240"),
        ({"walking_minutes": ""}, "walking_minutes", "from 0 to 60"),
        ({"name": "n" * 81}, "name", "Use at most 80 characters."),
        ({"explanation": "e" * 2001}, "explanation", "Use at most 2000 characters."),
        ({"participants": "nobody"}, "participants", "Choose one of these."),
        ({"check_at": "2027-01-01T09:00"}, "check_at", "This moment has passed."),
        (
            {"check_at": "2027-02-10T09:00", "publish_at": "2027-02-09T09:00"},
            "publish_at",
            "Families see the round before teachers check it.",
        ),
        (
            {"closes_at": "2027-03-10T00:00"},
            "closes_at",
            "Choosing closes after the last evening.",
        ),
        (
            {"cancel_until": "2027-02-20T18:59"},
            "cancel_until",
            "Cancelling ends before choosing opens.",
        ),
        (
            {"cancel_until": "2028-03-09T20:00"},
            "cancel_until",
            "Cancelling ends after the last evening.",
        ),
        (
            {"check_at": "2027-02-20T19:01"},
            "check_at",
            "Teachers check the round only after choosing opens.",
        ),
        (
            {"publish_at": "2027-02-20T19:01"},
            "publish_at",
            "Families see the round only after choosing opens.",
        ),
        (
            {"teachers_may_block": "y", "teachers_block_until": "2027-03-10T09:00"},
            "teachers_block_until",
            "Teachers may block until after the last evening.",
        ),
        (
            {"archive_at": "2027-03-09T19:00"},
            "archive_at",
            "The round is put away before its last evening has ended.",
        ),
        (
            {
                f"evenings-1-{part}": value
                for part, value in {
                    "day": "2027-03-09",
                    "first_start": "18:30",
                    "end": "20:00",
                    "talk_minutes": "10",
                    "gap_minutes": "0",
                }.items()
            },
            "evenings-0-day",
            "This date is there twice.",
        ),
    ],
)
def test_a_fault_stands_beside_its_field(db, office, paper, changes, field, sentence):
    before = rounds(db)
    page = office.post("/office/rounds/new", data=paper(**changes))
    assert page.status_code == 422
    assert sentence in (error_at(page, field) or "")
    assert f'href="#{field}"' in page.text
    assert rounds(db) == before


def test_a_browser_cuts_nothing_and_asks_nothing_by_itself(office):
    page = office.get("/office/rounds/new").text
    assert not re.search(r"<(input|textarea)[^>]* required", page)
    assert re.findall(r'id="([\w-]+)"[^>]* maxlength', page) == ["name"]


def test_all_moments_that_cannot_be_are_said_at_once(office, paper):
    page = office.post(
        "/office/rounds/new",
        data=paper(
            closes_at="2027-04-09T20:00",
            cancel_until="2028-03-09T20:00",
            publish_at="2027-03-20T19:00",
        ),
    )
    assert all(error_at(page, field) for field in ("closes_at", "cancel_until", "publish_at"))


def test_what_an_empty_field_follows_from_is_said_once(office, paper):
    page = office.post("/office/rounds/new", data=paper(closes_at="2027-04-09T20:00"))
    assert error_at(page, "cancel_until") is None


def test_choosing_and_cancelling_may_go_on_until_the_last_evening_ends(office, paper):
    end = "2027-03-09T20:00"
    answer = office.post(
        "/office/rounds/new",
        data=paper(
            closes_at=end,
            cancel_until=end,
            teachers_block_until=end,
            check_at="2027-02-19T09:00",
            publish_at="2027-02-20T19:00",
        ),
    )
    assert answer.status_code == 303


def test_the_date_of_a_step_that_was_taken_by_hand_is_no_slip(db, office, school, settings_of):
    row = db.get(Round, school.round_id)
    row.publish_at = row.opens_at + timedelta(days=1)
    db.commit()
    answer = office.post(
        f"/office/rounds/{school.round_id}/settings", data=settings_of(school.round_id)
    )
    assert answer.status_code == 303


def test_a_department_ticked_is_all_of_its_classes(db, office, paper, class_id):
    department = db.scalars(select(Department.id)).one()
    other = HomeClass(source="test", source_id="h2b", name="h2b", department_id=department)
    alone = HomeClass(source="test", source_id="x", name="x1")
    db.add_all([other, alone])
    db.commit()
    office.post("/office/rounds/new", data=paper(classes=None, departments=str(department)))
    assert load_spec(latest(db)).home_class_ids == (class_id, other.id)
    office.post("/office/rounds/new", data=paper(classes=None, departments="0"))
    assert load_spec(latest(db)).home_class_ids == (alone.id,)


def test_a_class_that_is_not_there_is_no_class(office, paper):
    page = office.post("/office/rounds/new", data=paper(classes="999999"))
    assert error_at(page, "classes") == "Choose at least one class."


def test_without_a_script_buttons_add_and_take_away_and_keep_all(db, office, paper):
    before = rounds(db)
    page = office.post("/office/rounds/new", data=paper(do="add:evenings"))
    assert page.status_code == 200
    assert value_of(page, "evenings-0-breaks-0-end") == "19:15"
    assert value_of(page, "evenings-1-first_start") == "18:30"  # as the evening before
    assert value_of(page, "evenings-1-breaks-0-end") == "19:15"
    assert 'data-focus="evenings-1-day"' in page.text
    page = office.post("/office/rounds/new", data=paper(do="add:evenings-0-breaks"))
    assert value_of(page, "evenings-0-breaks-1-start") == ""
    page = office.post("/office/rounds/new", data=paper(do="remove:evenings-0-breaks-0"))
    assert 'id="evenings-0-breaks-0-start"' not in page.text
    assert value_of(page, "name") == "Oudercontact 3"
    two = paper(do="remove:evenings-0", **{"evenings-1-day": "2027-03-11"})
    page = office.post("/office/rounds/new", data=two)
    assert value_of(page, "evenings-0-day") == "2027-03-11"
    assert 'id="evenings-1-day"' not in page.text
    assert rounds(db) == before


def test_evenings_can_be_of_unequal_length(db, office, paper):
    last = {
        "evenings-2-day": "2027-03-11",
        "evenings-2-first_start": "14:00",
        "evenings-2-end": "15:00",
        "evenings-2-talk_minutes": "20",
        "evenings-2-gap_minutes": "10",
    }
    office.post("/office/rounds/new", data=paper(**last))
    first, second = load_evenings(latest(db))
    assert [first.day, second.day] == [date(2027, 3, 9), date(2027, 3, 11)]
    assert len(second.slots) == 2


def test_a_round_of_too_many_evenings_is_refused(office, paper):
    many = {}
    for number in range(1, 13):
        many |= {
            f"evenings-{number}-day": f"2027-03-{9 + number}",
            f"evenings-{number}-first_start": "18:30",
            f"evenings-{number}-end": "20:00",
            f"evenings-{number}-talk_minutes": "10",
            f"evenings-{number}-gap_minutes": "0",
        }
    page = office.post("/office/rounds/new", data=paper(**many))
    assert error_at(page, "evenings") == "A round has at most 12 evenings."


def test_a_round_without_evenings_is_refused(office, paper):
    none = {name: None for name in paper() if name.startswith("evenings")}
    page = office.post("/office/rounds/new", data=paper(**none))
    assert error_at(page, "evenings") == "Add at least one evening."


def test_enter_shows_the_times_and_makes_nothing(db, office, paper):
    before = rounds(db)
    page = office.post("/office/rounds/new", data=paper(do="show"))
    assert page.status_code == 200
    assert "7 times" in page.text
    assert rounds(db) == before


def test_a_new_round_begins_with_the_rooms_of_the_one_before(office, school):
    page = office.get("/office/rounds/new")
    assert value_of(page, f"room-{school.teachers['Vera']}") == "B01"
    assert value_of(page, "reference_week") == "2027-W03"


def test_what_no_database_can_hold_is_left_out(db, office, paper):
    office.post("/office/rounds/new", data=paper(name="Ouder\0contact", explanation="a\0b"))
    assert load_spec(latest(db)).name == "Oudercontact"


def test_settings_show_the_round_as_it_is_and_save_it_unchanged(office, school, settings_of):
    before, evenings = load_spec(school.round_id), load_evenings(school.round_id)
    page = office.get(f"/office/rounds/{school.round_id}/settings")
    assert value_of(page, "opens_at") == "2027-01-19T19:00"
    answer = office.post(
        f"/office/rounds/{school.round_id}/settings", data=settings_of(school.round_id)
    )
    assert answer.status_code == 303
    assert load_spec(school.round_id) == before
    assert load_evenings(school.round_id) == evenings


def test_settings_change_a_round(office, school, settings_of):
    office.post(
        f"/office/rounds/{school.round_id}/settings",
        data=settings_of(school.round_id, max_per_child="4", evenings__0__end="21:00"),
    )
    assert load_spec(school.round_id).max_per_child == 4
    assert len(load_evenings(school.round_id)[0].slots) == 14


def test_an_evening_that_is_over_stays_in_its_round(db, office, school, settings_of):
    db.get(Evening, school.evening_id).day = date(2026, 3, 9)
    row = db.get(Round, school.round_id)
    row.opens_at = datetime(2026, 2, 20, 18, tzinfo=UTC)
    row.closes_at = row.cancel_until = datetime(2026, 3, 5, 18, tzinfo=UTC)
    db.commit()
    page = office.post(
        f"/office/rounds/{school.round_id}/settings", data=settings_of(school.round_id)
    )
    assert page.status_code == 303


def test_dates_of_steps_that_were_taken_stay(db, office, school, settings_of):
    db.get(Round, school.round_id).publish_at = NOW
    db.commit()
    answer = office.post(
        f"/office/rounds/{school.round_id}/settings", data=settings_of(school.round_id)
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("page", ["", "/settings", "/copy"])
def test_a_round_that_is_not_there_has_no_pages(office, page):
    assert office.get(f"/office/rounds/999{page}").status_code == 404


def test_a_teacher_who_left_keeps_the_room_for_the_talks_that_stand(
    office, school, settings_of, leave
):
    before = load_spec(school.round_id)
    leave("Vera")
    url = f"/office/rounds/{school.round_id}/settings"
    assert f'id="room-{school.teachers["Vera"]}"' not in office.get(url).text
    assert office.post(url, data=settings_of(school.round_id)).status_code == 303
    assert load_spec(school.round_id).rooms == before.rooms


def test_and_it_holds_one_talk_at_a_time_as_the_others_in_it_say(school, settings_of, leave):
    vera, bart = school.teachers["Vera"], school.teachers["Bart"]
    rows = [TeacherChoice(bart, "Bart Bakker", "bar")]
    rooms = (RoomSpec("Aula", (vera, bart), exclusive=True), RoomSpec("Hal", (99,), exclusive=True))
    form = RoomsForm(rows, rooms, {f"room-{bart}": "Aula"}, keeps=True)
    assert form.specs() == (
        RoomSpec("Aula", (vera, bart), exclusive=False),
        RoomSpec("Hal", (99,), exclusive=True),
    )
    assert RoomsForm(rows, rooms, {f"room-{bart}": "Aula"}).specs() == (
        RoomSpec("Aula", (bart,), exclusive=False),
    )
