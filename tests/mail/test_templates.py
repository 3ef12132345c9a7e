"""What holds for every mail: in the school's colour, with its contact, and nothing is fetched."""

import re
from pathlib import Path

import pytest

import app
from app.mail.message import Logo, compose
from app.settings.colours import contrast
from tests.html import parse_strictly
from tests.mail.samples import CONTACT, SAMPLES, SCHOOL
from tests.small_school import NOW

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

FOLDER = Path(app.__file__).parent / "templates/mail"
PAGES = {"layout", "letter", "mailbox"}
LOGO = Logo(b"\x89PNG\r\n\x1a\n" + bytes(32 * 1024), "image/png")

# Gmail cuts a mail off at some 102 kB, counted as it travels:
# https://www.spamresource.com/2022/01/what-is-gmail-clipping-and-what-to-do.html
GMAIL_CUTS = 102 * 1024

# What a program for mail would fetch: a link (<a href>) is only opened by who clicks on it.
FETCHED = re.compile(
    r"<(?!a\b)[a-z]+\b[^>]*\b(?:src|href|background|srcset|poster|data)\s*=\s*(?![\"']?cid:)"
    r"|@import|url\(|<(?:link|script|iframe|object|embed|form)\b",
    re.IGNORECASE,
)

every_mail = pytest.mark.parametrize(
    ("template", "values"),
    [
        pytest.param(template, values, id=f"{template}-{number}")
        for template, samples in SAMPLES.items()
        for number, values in enumerate(samples)
    ],
)


def write(template, values, *, logo=LOGO, **more):
    return compose(
        template,
        "alice@family.example",
        language="nl",
        now=NOW,
        logo=logo,
        **{"school": SCHOOL, **values, **more},
    )


def test_every_template_of_the_folder_has_a_sample():
    names = {path.stem for path in FOLDER.iterdir() if not path.stem.startswith("_")}
    assert names - PAGES == set(SAMPLES)


@every_mail
def test_a_mail_is_one_page_of_one_layout(app, template, values):
    mail = write(template, values)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    page = html.get_content()

    parse_strictly(page)
    assert page.count("<h1") == 1
    assert page.count('class="button"') <= 1
    assert not FETCHED.search(page)
    assert page.count("cid:logo@school.example") == 1
    for it in (*CONTACT, SCHOOL.name):
        assert it in text.get_content()
        assert it in page
    assert len(html.as_bytes()) < GMAIL_CUTS


@pytest.mark.parametrize("template", SAMPLES)
def test_without_a_logo_there_is_no_picture(app, template):
    values = SAMPLES[template][0]
    page = write(template, values, logo=None).get_body(("html",)).get_content()
    assert "<img" not in page
    assert "cid:" not in page


@pytest.mark.parametrize("accent", ["#0f5c5c", "#c8102e", "#ffd200", "#777777", "#000000"])
def test_the_words_on_the_button_can_be_read_on_any_colour(app, accent):
    school = SCHOOL.__class__(**{**SCHOOL.__dict__, "accent": accent})
    page = write("sign_in", SAMPLES["sign_in"][0], school=school).get_body(("html",)).get_content()
    button = page[page.index('class="button"') :]
    ground = re.search(r'bgcolor="(#\w{6})"', button)[1]
    ink = re.search(r"[^-]color: (#\w{6})", button)[1]
    assert ground == accent
    assert contrast(ground, ink) >= 4.5
