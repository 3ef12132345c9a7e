from colorsys import rgb_to_hls
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.settings.colours import DARK_GROUND, contrast, lightened
from app.settings.queries import load_school
from app.settings.service import BadSetting, SchoolSpec, save_school

NOW = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)


def test_what_is_saved_is_what_pages_say():
    save_school(
        SchoolSpec(" Het Baken ", "#0F5C5C", contact_name="Ans", contact_mail="ans@baken.example"),
        None,
        now=NOW,
    )
    school = load_school()
    assert (school.name, school.accent, school.contact_name) == ("Het Baken", "#0f5c5c", "Ans")
    assert school.zone == ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("mail", "phone"),
    [
        ("ans.de.vries+talks@info.baken.example", "+31 (0)30 - 123.45.67"),
        ("o'neill@xn--bken-qoa.example", "(030) 1234567"),
        ("", ""),
        ("\u202aans@baken.example\u202c", "\u202d030/123 45 67\u202c"),  # as Windows copies them
    ],
)
def test_how_to_reach_the_school_is_as_it_was_given(mail, phone):
    save_school(SchoolSpec("X", contact_mail=mail, contact_phone=phone), None, now=NOW)
    school = load_school()
    assert (school.contact_mail, school.contact_phone) == (
        mail.strip("\u202a\u202c"),
        phone.strip("\u202d\u202c"),
    )


def test_saving_again_changes_the_same_school():
    save_school(SchoolSpec("Het Baken"), None, now=NOW)
    save_school(SchoolSpec("De Vuurtoren", time_zone="Europe/Brussels"), None, now=NOW)
    assert load_school().name == "De Vuurtoren"
    assert load_school().zone == ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"accent": "teal"}, "accent"),
        ({"accent": "#ffd400"}, "accent"),  # white letters on yellow
        ({"time_zone": "Europe/Rotterdam"}, "time_zone"),
        ({"time_zone": "../zone"}, "time_zone"),
        *(
            ({field: f"Het{sign}Baken"}, field)
            for field in ("name", "contact_name", "contact_mail", "contact_phone")
            for sign in "\n\r\v\0\x85\u2028"
        ),
        *(
            ({"contact_mail": mail}, "contact_mail")
            for mail in (
                "ans",
                "ans@",
                "@baken.example",
                "ans@baken",
                "ans@baken.example, bo@baken.example",
                "Ans <ans@baken.example>",
                "ans @baken.example",
                "ans@båken.example",
                "åns@baken.example",
                "ans@baken.example.",
                ".ans@baken.example",
                "a..b@baken.example",
                "ans@-baken.example",
                "mailto:ans@baken.example?x=y",
                "a" * 65 + "@baken.example",
                "ans@" + "b" * 64 + ".example",
            )
        ),
        *(
            ({"contact_phone": phone}, "contact_phone")
            for phone in ("x", "030 123 45 67 (Ans)", "+")
        ),
        *(({"time_zone": zone}, "time_zone") for zone in ("", "Europe", "localtime", "Factory")),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(changes, field):
    with pytest.raises(BadSetting) as refused:
        save_school(SchoolSpec(**{"name": "Het Baken"} | changes), None, now=NOW)
    assert refused.value.field == field
    assert load_school().name == "Tienminuten"  # nothing was saved


@pytest.mark.parametrize(
    ("colour", "expected"), [("#000000", 21), ("#ffffff", 1), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast_is_that_of_wcag(colour, expected):
    assert contrast(colour, "#ffffff") == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("accent", ["#0f5c5c", "#7a1f3d", "#1a3c8b", "#8a4b00", "#145214"])
def test_a_colour_is_readable_in_the_dark_theme_and_no_greyer_than_by_day(accent):
    def saturation(colour):
        return rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))[2]

    dark = lightened(accent)
    assert contrast(dark, DARK_GROUND) >= 6.5
    assert saturation(dark) >= saturation(accent) - 0.02
