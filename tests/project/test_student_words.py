"""A student reads "je" on every page and in every mail, where the school wants that; parents never."""

import re
from datetime import timedelta
from itertools import count

import html5lib
import pytest
import time_machine

from app.accounts import credentials, links, service
from app.bookings import moving, switching
from app.bookings import service as bookings
from app.bookings.calling_off import service as calling_off
from app.bookings.rules import Choice
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.round_setup import mails as round_mails
from app.rounds.models import Modality, Round
from app.school.models import Person
from app.settings.models import School
from tests.signing_in import sign_in
from tests.small_school import FIRST, NOW

pytestmark = pytest.mark.only_on("sqlite")  # what pages say is not the database's

FORMAL = re.compile(r"\b(u|uw|uzelf|kind)\b", re.IGNORECASE)
READ_ALOUD = ("aria-label", "title", "placeholder", "alt", "data-word")
_tokens = count()


def words_of(markup):
    """Return the texts of a page, or a part of one, and those that only a screen reader says."""
    root = html5lib.parse(markup, namespaceHTMLElements=False)
    for script in [*root.iter("script"), *root.iter("style")]:
        script.text = ""
    named = [element.get(name, "") for element in root.iter() for name in READ_ALOUD]
    return " ".join([*root.itertext(), *named])


def formal(text):
    return sorted({text[max(0, m.start() - 40) : m.end() + 20] for m in FORMAL.finditer(text)})


@pytest.fixture(autouse=True)
def _noor_has_an_address(db, school):
    noor = db.get(Person, school.people["Noor"])
    noor.email = noor.email_key = "noor@student.example"
    db.commit()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def say_u(db):
    def say_u_():
        db.query(School).update({"students_read_je": False})
        db.commit()

    return say_u_


@pytest.fixture
def book(school):
    """Book as Noor, by teacher and slot; return the id."""

    def book_(teacher, slot):
        (talk,) = bookings.book(
            school.actors["Noor"],
            school.student_round_id,
            school.students["Noor"],
            [Choice(school.student_slots[slot], school.student_offers["Noor", teacher])],
            together=False,
            submission=f"a-form-of-this-test-{next(_tokens)}",
            now=NOW,
        ).booked
        return talk

    return book_


@pytest.fixture
def call_off(school):
    def call_off_(talk):
        calling_off.call_off(school.actors["Sofie"], [talk], "absent", reason="Ziek.", now=NOW)
        return talk

    return call_off_


@pytest.fixture
def client(client, school):
    sign_in(client, school.people["Noor"], now=NOW)
    return client


@pytest.fixture
def table(school):
    return f"/rounds/{school.student_round_id}/children/{school.students['Noor']}"


@pytest.fixture
def cell(school):
    return lambda teacher, slot: (
        f"{school.student_slots[slot]}-{school.student_offers['Noor', teacher]}"
    )


def test_pages_about_talks(db, client, school, book, call_off, table, cell):
    gone, answered = call_off(book("Vera", 0)), call_off(book("Kader", 1))
    calling_off.answer(school.actors["Noor"], answered, now=NOW)
    talk = book("Bart", 3)
    db.execute(Round.__table__.update().values(modalities="site,teams,phone"))
    db.commit()
    choose = {"submission": "a-form-that-was-not-sent-before", "cells": cell("Vera", 3)}
    pages = [
        client.get("/talks"),
        client.get("/talks/log"),
        client.get("/account"),
        client.get(table),
        client.get(f"{table}?view=table"),
        client.get(f"{table}?view=list"),
        client.get(f"{table}?move={talk}"),
        client.get(f"/talks/{talk}/cancel"),
        client.get(f"/talks/{talk}/remark"),
        client.post(f"/talks/{talk}/remark", data={"remark": "x" * 501}),
        client.get(f"/talks/{talk}/where"),
        client.post(f"/talks/{talk}/where", data={"modality": "x"}),
        client.post(f"/talks/{talk}/where", data={"modality": "phone"}, follow_redirects=True),
        client.get(f"/talks/{gone}/alternatives"),
        client.post(f"/talks/{gone}/alternatives", data={}),
        client.get(f"/talks/{answered}/alternatives"),
        client.post(table, data=choose),  # while the student sits elsewhere
        client.post(table, data={**choose, "cells": cell("Bart", 5)}),  # a second talk
        client.post(table, data={**choose, "cells": [cell("Bart", 5), cell("Vera", 5)]}),
        client.post(table, data={}),
        client.post(f"/talks/{talk}/move", data={**choose, "cells": "x"}),
        client.post(f"/talks/{gone}/alternatives", data={"none": "y"}, follow_redirects=True),
        client.get("/no-such-page"),
        client.get("/office/rounds"),
    ]
    vera = school.teachers["Vera"]
    tap = {"time": f"{school.student_slots[6]}-{vera}"}
    pages.append(client.post(f"/talks/{gone}/alternatives", data=tap, follow_redirects=True))
    pages.append(client.get(f"/talks/{gone}/alternatives"))
    pages.append(client.get(table))  # the maximum is reached
    pages.append(client.post(table, data={**choose, "cells": cell("Kader", 8)}))
    round_ = db.get(Round, school.student_round_id)
    for change in (
        {"opens_at": NOW + timedelta(days=1)},
        {"opens_at": NOW - timedelta(days=2), "closes_at": NOW - timedelta(days=1)},
        {"state": "archived"},
    ):
        for name, value in change.items():
            setattr(round_, name, value)
        db.commit()
        pages += [
            client.get(table),
            client.get("/talks"),
            client.post(table, data=choose),
            client.get(f"/talks/{gone}/alternatives"),
        ]
    db.execute(Round.__table__.update().values(state="draft"))
    db.commit()
    pages.append(client.get("/talks"))
    for page in pages:
        assert formal(words_of(page.text)) == [], page.request.url
    read = " ".join(words_of(page.text) for page in pages)
    for word in ("Je avond", "Je hebt al geantwoord", "Dank je wel", "Je gesprek staat"):
        assert word in read


def test_pages_about_the_account(client):
    long_ago = {"current": "x", "password": "regenboog fietst naar zee", "again": "x"}
    pages = [
        client.post("/account/password", data={}),
        client.post("/account/password", data=long_ago),
        client.get("/sign-in"),
        client.post("/sign-in", data={"email": ""}),
        client.get("/sign-in/password"),
        client.get("/sign-in/code"),
        client.get("/sign-in/link/a-token-that-is-nobodys"),
    ]
    for page in pages:
        assert formal(words_of(page.text)) == [], page.request.url


def test_mails(monkeypatch, db, school, book, call_off):
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    moved = book("Kader", 2)
    deliver_due(HANDLERS, now=NOW)  # a mail tells the talk as it is when it leaves
    to = Choice(school.student_slots[4], school.student_offers["Noor", "Kader"])
    moving.move(school.actors["Noor"], moved, to, submission=f"a-move-{'x' * 20}", now=NOW)
    deliver_due(HANDLERS, now=NOW)
    db.execute(Round.__table__.update().values(modalities="site,phone"))
    db.commit()
    switching.switch(school.actors["Noor"], moved, Modality.PHONE, now=NOW)
    deliver_due(HANDLERS, now=NOW)
    bookings.cancel(school.actors["Noor"], moved, now=NOW)
    call_off(book("Vera", 0))
    account = service.account_of(school.people["Noor"])
    credentials.send_password_notice(account, now=NOW)
    links.request_link("noor@student.example", "a-browser", remote_address="10.0.0.1", now=NOW)
    round_mails.send_one("invitation", school.student_round_id, school.people["Noor"], now=NOW)
    deliver_due(HANDLERS, now=NOW)
    kim = db.get(Person, school.people["Kim"])
    kim.email = kim.email_key = "noor@student.example"  # two students at one address
    db.commit()
    links.request_link("noor@student.example", "a-browser", remote_address="10.0.0.1", now=NOW)
    deliver_due(HANDLERS, now=NOW + timedelta(minutes=5))

    texts = [
        " ".join([mail["Subject"], *(mail.get_body((part,)).get_content() for part in kinds)])
        for mail in sent
        for kinds in [("plain", "html")]
    ]
    for text in texts:
        assert formal(text) == []
    read = " ".join(texts)
    for subject in (
        "Je gesprek is gereserveerd",
        "De tijd van je gesprek is veranderd",
        "De plaats van je gesprek is veranderd",
        "De school belt je",
        "Je gesprek is afgezegd",
        "Je gesprek gaat niet door",
        "Je wachtwoord is veranderd",
        "waarin je erom vroeg",
        "Kies je tijden",
        "een eigen adres van jou",
    ):
        assert subject in read


def test_a_parent_reads_u_in_the_same_places(monkeypatch, client, school, book, call_off):
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    (talk,) = bookings.book(
        school.actors["Carol"],
        school.round_id,
        school.students["Kim"],
        [Choice(*school.choice("Kim", "Vera", 0))],
        together=False,
        submission="a-form-of-a-parent-of-this-test",
        now=NOW,
    ).booked
    call_off(talk)
    deliver_due(HANDLERS, now=NOW)
    assert "Uw gesprek gaat niet door" in [mail["Subject"] for mail in sent]
    sign_in(client, school.people["Carol"], now=NOW)
    client.post(f"/talks/{talk}/alternatives", data={"none": "y"})
    assert "U heeft al geantwoord" in client.get(f"/talks/{talk}/alternatives").text


def test_a_student_of_parents_who_come_apart_is_told_so(db, client, school):
    db.execute(Round.__table__.update().values(open_to="both", participants="guardians"))
    db.commit()
    sign_in(client, school.people["Tim"], now=NOW)
    table = f"/rounds/{school.round_id}/children/{school.students['Tim']}"
    cells = "-".join(map(str, school.choice("Tim", "Vera", 0)))
    choose = {"submission": "a-form-that-was-not-sent-before", "cells": cells}
    read = words_of(client.post(table, data=choose).text)
    assert "Je ouders kiezen elk hun eigen gesprekken." in read
    assert formal(read) == []


def test_a_school_may_say_u_to_students(monkeypatch, client, school, book, call_off, say_u):
    say_u()
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    talk = call_off(book("Vera", 0))
    deliver_due(HANDLERS, now=NOW)
    assert [mail["Subject"] for mail in sent] == ["Uw gesprek gaat niet door"]
    client.post(f"/talks/{talk}/alternatives", data={"none": "y"})
    assert "U heeft al geantwoord" in client.get(f"/talks/{talk}/alternatives").text


def test_in_english_no_page_calls_a_student_a_child(
    db, client, school, book, call_off, table, say_u
):
    say_u()  # which is about Dutch
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    gone, talk = call_off(book("Vera", 0)), book("Bart", 3)
    pages = [
        client.get("/account"),
        client.get("/talks"),
        client.get(table),
        client.get(f"/talks/{gone}/alternatives"),
        client.get(f"/talks/{talk}.ics"),
    ]
    book("Kader", 5)
    pages += [client.get(table), client.get("/talks")]
    db.execute(Round.__table__.update().values(opens_at=NOW + timedelta(days=1)))
    db.commit()
    pages += [client.get(table), client.get("/talks")]
    read = " ".join(words_of(page.text) for page in pages)
    assert re.findall(r".{20}(?<!\{)\bchild\b.{20}", read) == []
    assert re.findall(r"(?:about|for|talk of|Teachers of) Noor", read) == []
    for words in ("At most 2 talks.", "Your teachers", "Choose or change your times", "Talk with"):
        assert words in read


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_mail_about_ones_own_talk_is_about_nobody(monkeypatch, db, school, book, language):
    db.get(Person, school.people["Noor"]).language = language
    db.commit()
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    book("Vera", 0)
    deliver_due(HANDLERS, now=NOW)
    (mail,) = sent
    for kind in ("plain", "html"):
        assert "Noor" not in mail.get_body((kind,)).get_content()


def test_a_parent_is_told_whom_a_talk_is_about(monkeypatch, school):
    sent = []
    monkeypatch.setattr(letters, "send", sent.append)
    bookings.book(
        school.actors["Carol"],
        school.round_id,
        school.students["Kim"],
        [Choice(*school.choice("Kim", "Vera", 0))],
        together=False,
        submission="a-form-of-a-parent-of-this-test",
        now=NOW,
    )
    deliver_due(HANDLERS, now=NOW)
    (mail,) = sent
    for kind in ("plain", "html"):
        assert "over Kim Öztürk" in mail.get_body((kind,)).get_content()


def test_a_talk_that_begins_soon_is_cancelled_by_telephone(client, book):
    talk = book("Vera", 0)
    with time_machine.travel(FIRST + timedelta(days=6, hours=20), tick=False):
        answer = client.post(f"/talks/{talk}/cancel")
        assert formal(words_of(answer.text)) == []
