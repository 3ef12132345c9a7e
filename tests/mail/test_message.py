from dataclasses import replace

import pytest
from flask import g

from app.mail.message import compose, page_url
from app.outbox.errors import Permanent
from app.settings.queries import EMPTY
from tests.sites import make_app
from tests.small_school import NOW

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked


def write(template="sign_in", recipient="alice@family.example", *, language="nl", **context):
    values = {"link": "http://localhost/x", "code": "7KD2-M0XA", "page": "http://localhost/y"}
    return compose(
        template,
        recipient,
        language=language,
        now=NOW,
        **{"school": replace(EMPTY, name="Het Baken"), **values, **context},
    )


@pytest.mark.parametrize(
    "template",
    ["sign_in", "sign_in_staff", "sign_in_shared", "invitation", "password_changed"],
)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_mail_has_a_subject_a_text_and_then_html(app, template, language):
    mail = write(template, language=language)

    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert mail["Subject"]
    assert "\n" not in mail["Subject"]
    assert mail["Subject"] not in text.get_content().splitlines()[0]
    assert f'<html lang="{language}">' in html.get_content()
    assert text.get_content().rstrip().endswith("Het Baken")
    assert "\n\n\n" not in text.get_content()


def test_the_headers_say_that_a_machine_wrote_it(app):
    mail = write()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@school.example>")
    assert mail["Date"] == "Wed, 20 Jan 2027 18:00:00 +0000"
    assert mail["Content-Language"] == "nl"
    assert not [name for name in mail if name.startswith("List-")]


def test_a_mail_is_in_the_language_of_its_reader_whoever_caused_it(app):
    with app.test_request_context(headers={"Accept-Language": "nl"}):
        g.language = "nl"
        mail = write(language="en")
        assert g.language == "nl"

    assert mail["Subject"] == "Sign in at Het Baken"


def test_names_are_text_and_not_html(app):
    mail = write(language="en", code="<b>x</b>", link="http://localhost/?a=1&b=2")

    html = mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "a=1&amp;b=2" in html
    assert "a=1&b=2" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("recipient", ["a@b.example\nBcc: c@d.example", "no address", "a@b@c"])
def test_what_is_no_address_gets_no_mail(app, recipient):
    with pytest.raises(Permanent):
        write(recipient=recipient)


def test_a_name_in_any_script_is_written_in_the_header(app):
    mail = compose(
        "sign_in",
        "a@b.example",
        language="nl",
        now=NOW,
        school=replace(EMPTY, name="Školа «Het Baken»"),
        link="x",
        code="y",
    )

    assert "Školа" in str(mail["From"])
    assert mail.as_bytes().split(b"\n\n")[0].isascii()


def test_addresses_of_pages_follow_the_setting(databases):
    app = make_app("sqlite://", site_url="https://school.example:8443/")

    with app.test_request_context(headers={"Host": "evil.example"}):
        assert page_url("accounts.sign_in") == "https://school.example:8443/sign-in"
