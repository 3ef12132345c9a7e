import tomllib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.rounds.grid import EveningSpec
from app.rounds.models import Modality, OpenTo, Participants, RoundState
from app.rounds.names import Names
from app.rounds.round_file import BadFile, read_round, value_at
from app.rounds.spec import RoomSpec

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

NAMES = Names(
    classes={
        "h2a": frozenset({1}),
        "A.h2a": frozenset({1}),
        "h2b": frozenset({2}),
        "k3": frozenset({3, 4}),  # in two branches
        "B.k3": frozenset({4}),
    },
    teachers={"vri": frozenset({7}), "kay": frozenset({8}), "men": frozenset({9, 10})},
    zone=ZoneInfo("Europe/Amsterdam"),
)

SHORT = """
name = "Oudercontact 2"
classes = ["h2a", "B.k3"]
reference_week = "2027-W05"
opens_at = 2027-01-18T19:00:00
closes_at = 2027-02-05T23:59:00

[[evenings]]
day = 2027-02-09
first_start = "18:30"
end = 21:30:00
"""


def read(text):
    return read_round(text.encode(), NAMES)


def faults(text):
    with pytest.raises(BadFile) as refused:
        read(text)
    return refused.value.args


def changed(line, to):
    assert line in SHORT
    return SHORT.replace(line, to)


def test_a_short_file_has_sensible_defaults():
    spec = read(SHORT)
    assert spec.home_class_ids == (1, 4)
    assert spec.evenings == (EveningSpec(date(2027, 2, 9), "18:30", "21:30"),)
    assert spec.opens_at == datetime(2027, 1, 18, 18, 0, tzinfo=UTC)  # local time was meant
    assert spec.cancel_until == spec.closes_at
    assert spec.state is RoundState.DRAFT
    assert (spec.participants, spec.open_to) == (Participants.GUARDIANS, OpenTo.GUARDIANS)


def test_everything_can_be_said():
    top, evenings = SHORT.split("\n[[evenings]]")
    spec = read(
        f"""{top}
        explanation = "Kom langs."
        participants = "student"
        open_to = "both"
        state = "published"
        timetable_visible = false
        cancel_until = 2027-02-09T12:00:00+01:00
        max_per_child = 4
        walking_minutes = 5
        teachers_may_block = true
        teachers_block_until = 2027-02-01T12:00:00
        modalities = ["teams", "phone"]
        [[evenings]]{evenings}
        talk_minutes = 8
        gap_minutes = 2
        breaks = [["20:00", "20:15"], [21:00:00, 21:10:00]]
        [[rooms]]
        name = "Aula"
        teachers = ["vri", "kay"]
        [[rooms]]
        name = "B12"
        exclusive = true
        """
    )
    assert spec.cancel_until == datetime(2027, 2, 9, 11, 0, tzinfo=UTC)
    assert spec.teachers_block_until == datetime(2027, 2, 1, 11, 0, tzinfo=UTC)
    assert spec.evenings[0].breaks == (("20:00", "20:15"), ("21:00", "21:10"))
    assert (spec.evenings[0].talk_minutes, spec.evenings[0].gap_minutes) == (8, 2)
    assert spec.rooms == (RoomSpec("Aula", (7, 8)), RoomSpec("B12", (), exclusive=True))
    assert (spec.participants, spec.open_to) == (Participants.STUDENT, OpenTo.BOTH)
    assert spec.modalities == (Modality.TEAMS, Modality.PHONE)
    assert (spec.max_per_child, spec.walking_minutes) == (4, 5)
    assert (spec.timetable_visible, spec.teachers_may_block) == (False, True)
    assert (spec.state, spec.explanation) == (RoundState.PUBLISHED, "Kom langs.")


def test_all_classes_are_one_word():
    assert read(changed('["h2a", "B.k3"]', '["all"]')).home_class_ids == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("line", "to", "fault"),
    [
        ('name = "Oudercontact 2"', "", "name: This key is missing. Add it."),
        ('"Oudercontact 2"', "2", "name = 2: Write a text between quotes."),
        (
            'name = "O',
            'nmae = "O',
            'nmae = "Oudercontact 2": There is no such key. Did you mean "name"?',
        ),
        (
            '"h2a"',
            '"h9z"',
            'classes = "h9z": There is no such class. Write its name, or its key.',
        ),
        (
            '"B.k3"',
            '"k3"',
            'classes = "k3": Two branches have a class of this name. Write its key instead.',
        ),
        ('["h2a", "B.k3"]', '"h2a"', 'classes = "h2a": Write a list: ["h2a", "h2b"].'),
        (
            "2027-01-18T19:00:00",
            "2027-01-18",
            "opens_at = 2027-01-18: Write a date and a time without quotes: 2027-01-18T19:00:00.",
        ),
        (
            "day = 2027-02-09",
            'day = "2027-02-09"',
            'evenings.1.day = "2027-02-09": Write a date without quotes: 2027-02-09.',
        ),
        (
            "day = 2027-02-09",
            "day = 2027-02-09T19:00:00",
            "evenings.1.day = 2027-02-09T19:00:00: Write a date without quotes: 2027-02-09.",
        ),
        (
            'first_start = "18:30"',
            "first_start = 1830",
            'evenings.1.first_start = 1830: Write a time between quotes: "18:30".',
        ),
        (
            'first_start = "18:30"',
            'first_start = "18:30"\nbreaks = ["20:00", "20:15"]',
            'evenings.1.breaks = "20:00": Write start and end of a break: ["20:00", "20:15"].',
        ),
        (
            "[[evenings]]",
            "[evenings]",
            "Write at least one part under a heading in double square brackets.",
        ),
        (
            "[[evenings]]",
            'state = "open"\n[[evenings]]',
            'state = "open": Choose one of "draft", "check", "published", "archived".',
        ),
        (
            "[[evenings]]",
            "max_per_child = true\n[[evenings]]",
            "max_per_child = true: Write a whole number without quotes.",
        ),
        (
            "[[evenings]]",
            '[[rooms]]\nname = "B12"\nteachers = ["xyz", "men"]\n[[evenings]]',
            'rooms.1.teachers = "xyz": There is no teacher with this code.',
        ),
    ],
)
def test_a_fault_names_key_and_value_and_what_to_do(line, to, fault):
    assert any(fault in found for found in faults(changed(line, to)))


def test_all_faults_are_named_at_once():
    text = changed('"h2a"', '"h9z"').replace("day = 2027-02-09", "dya = 2027-02-09")
    assert [fault.split(":")[0] for fault in faults(text)] == [
        'classes = "h9z"',
        "evenings.1.day",
        "evenings.1.dya = 2027-02-09",
    ]


def test_what_is_not_toml_is_said_with_its_line():
    [fault] = faults(changed('"Oudercontact 2"', "Oudercontact 2"))
    assert "line 2" in fault


def test_a_file_in_another_encoding_is_refused():
    with pytest.raises(BadFile, match="UTF-8"):
        read_round(changed("Oudercontact 2", "Één").encode("cp1252"), NAMES)


def test_a_byte_order_mark_is_no_fault():
    assert read_round(b"\xef\xbb\xbf" + SHORT.encode(), NAMES).name == "Oudercontact 2"


@pytest.mark.parametrize(
    ("path", "value"),
    [("name", "Oudercontact 2"), ("evenings.1.first_start", "18:30"), ("evenings.1.gap", None)],
)
def test_a_value_is_found_by_its_path(path, value):
    assert value_at(tomllib.loads(SHORT), path) == value


def test_names_are_on_one_line_and_the_explanation_keeps_its_lines():
    text = changed('"Oudercontact 2"', '"Ouder\\u000bcontact\\n2"').replace(
        "reference_week", 'explanation = "een\\ntwee"\nreference_week'
    )
    rooms = '[[rooms]]\nname = "B\\u00012"\nteachers = ["vri"]\n'
    spec = read(text + rooms)
    assert (spec.name, spec.rooms[0].name) == ("Ouder contact 2", "B 2")
    assert spec.explanation == "een\ntwee"
