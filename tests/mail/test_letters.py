"""The school's logo in a mail: beside the texts, small enough, of a type that programs for mail show."""

import pytest

from app.mail import letters
from app.mail.letters import LARGEST_LOGO, send_letter
from app.mail.message import Calendar
from app.settings.service import save_logo
from tests.mail.samples import PAGE, TALKS
from tests.small_school import NOW

PNG, JPEG, WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"
ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

pytestmark = pytest.mark.usefixtures("school")


@pytest.fixture
def send(monkeypatch):
    def send_(logo=b"", calendar=None):
        sent = []
        monkeypatch.setattr(letters, "send", sent.append)
        if logo:
            save_logo(logo, None, now=NOW)
        more = {"talks": TALKS, "page": PAGE, "calendar": calendar}
        send_letter("talks_booked", "alice@family.example", "nl", now=NOW, **more)
        return sent[0]

    return send_


def kinds(part):
    """The structure of a mail, as (type, parts) all the way down."""
    type_ = part.get_content_type().removeprefix("multipart/")
    return (type_, *map(kinds, part.iter_parts())) if part.is_multipart() else type_


TEXTS = ("alternative", "text/plain", "text/html")


@pytest.mark.parametrize(
    ("method", "inner"),
    [("", TEXTS), ("REQUEST", (*TEXTS, "text/calendar"))],
)
def test_the_logo_stands_beside_the_texts_and_the_file_beside_both(send, method, inner):
    mail = send(PNG, Calendar(ICS, "talks.ics", method))
    related = ("related", inner, "image/png")
    assert kinds(mail) == ("mixed", related, "application/ics")
    assert kinds(send(PNG)) == ("related", TEXTS, "image/png")
    assert mail["MIME-Version"] == "1.0"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["talks.ics"]


def test_the_html_shows_the_logo_by_its_id_and_the_texts_come_first(send):
    mail = send(PNG + b"picture")
    root, logo = mail.iter_parts()
    assert mail["Content-Type"].params["type"] == root.get_content_type()
    assert logo["Content-ID"] == "<logo@school.example>"
    assert logo.get_content_disposition() == "inline"
    assert logo.get_content() == PNG + b"picture"
    assert 'src="cid:logo@school.example"' in mail.get_body(("html",)).get_content()
    assert "mevr. De Vries" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("logo", "type_"),
    [
        (PNG.ljust(LARGEST_LOGO, b"x"), "image/png"),
        (JPEG.ljust(LARGEST_LOGO, b"x"), "image/jpeg"),
        (PNG.ljust(LARGEST_LOGO + 1, b"x"), ""),
        (WEBP, ""),
        (b"", ""),
    ],
)
def test_a_logo_that_is_too_large_or_of_another_type_stays_at_home(send, logo, type_):
    mail = send(logo)
    pictures = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part.get_content_type() for part in pictures] == ([type_] if type_ else [])
    html = mail.get_body(("html",)).get_content()
    assert ("<img" in html) == bool(type_)
    assert "Het Baken" in html
