"""The page Agenda's: what hangs is seen, why, and is tried again."""

from html import unescape

import pytest
from sqlalchemy import select

from app.calendars import service as calendars
from app.calendars.errors import DELETED_AGAIN, Refusal
from app.calendars.models import CalendarEntry, Mailbox, TeacherCalendar
from app.core.transaction import transaction
from app.rounds.models import Round
from app.settings.models import School
from tests.calendars.servers.keys import certificate, certificate_pem, rsa_key
from tests.signing_in import sign_in
from tests.small_school import NOW

PAGE = "/office/calendars"


@pytest.fixture
def anna(client, school):
    """The administrator."""
    sign_in(client, school.people["Anna"])
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def set_up(app, monkeypatch):
    """Let the operator have set up Microsoft."""
    update = {"ms_tenant_id": "tenant", "ms_client_id": "client"}
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=update))


@pytest.fixture
def hanging(db, school, book_one, set_up):
    """A talk of Vera that Microsoft refused."""
    booking_id = book_one("Alice", "Noor", "Vera", 0)
    with transaction():
        db.get_one(School, 1).calendar = "microsoft"
        mailbox = Mailbox(kind="microsoft", account="vera@school.example")
        db.add(mailbox)
        db.flush()
        entry = CalendarEntry(
            booking_id=booking_id,
            teacher_id=school.teachers["Vera"],
            mailbox_id=mailbox.id,
            given_up=True,
            refusal=Refusal.ACCESS_DENIED,
            fault="microsoft 403",
            fault_since=NOW,
        )
        db.add(entry)
    return entry.id


def test_what_hangs_is_told_with_the_reason(anna, hanging):
    text = anna.get(PAGE).text
    for word in ("Vera de Vries", "Noor Jansen", "vera@school.example", "may not write"):
        assert word in text


def test_a_talk_whose_link_nobody_makes_is_told(db, school, anna, book_one):
    with transaction():
        db.get_one(Round, school.round_id).modalities = "teams"
        db.get_one(School, 1).calendar = "google"
    book_one("Alice", "Noor", "Vera", 0)
    text = anna.get(PAGE).text
    assert "no calendar that makes such a link" in text
    with transaction():
        db.get_one(School, 1).calendar = "microsoft"
    calendars.note_all(now=NOW)
    assert "no calendar that makes such a link" not in anna.get(PAGE).text


def test_an_office_without_calendars_sees_that_all_is_well(anna):
    text = anna.get(PAGE).text
    assert "Nothing. All talks are where they should be." in text
    assert "none" in text


@pytest.mark.parametrize("which", ["all", "teacher", "entry"])
def test_what_hangs_is_tried_again(db, school, anna, hanging, which):
    values = {
        "all": {},
        "teacher": {"teacher": school.teachers["Vera"]},
        "entry": {"entry": hanging},
    }
    answer = anna.post(f"{PAGE}/again", data=values[which], follow_redirects=True)
    assert "1 talk is sent again" in answer.text
    db.expire_all()
    entry = db.get_one(CalendarEntry, hanging)
    assert entry.due_at is not None
    assert not entry.given_up


def test_the_usual_calendar_and_that_of_a_teacher_are_set(db, school, anna, book_one):
    book_one("Alice", "Noor", "Vera", 0)
    answer = anna.post(PAGE, data={"kind": "google"}, follow_redirects=True)
    assert "Saved." in answer.text
    db.expire_all()
    accounts = select(Mailbox.kind, Mailbox.account)
    assert db.execute(accounts).all() == [("google", "vera@school.example")]
    url = f"{PAGE}/teachers/{school.teachers['Vera']}"
    answer = anna.post(url, data={"kind": "", "account": "V.Vries@school.example"})
    assert answer.status_code == 303
    db.expire_all()
    assert db.scalars(select(TeacherCalendar.account)).all() == ["V.Vries@school.example"]


def test_an_address_that_is_none_is_refused_and_kept(db, school, anna):
    url = f"{PAGE}/teachers/{school.teachers['Vera']}"
    answer = anna.post(url, data={"kind": "google", "account": "vera at school"})
    assert answer.status_code == 422
    assert "This is not a mail address" in answer.text
    assert 'value="vera at school"' in answer.text
    assert db.scalars(select(TeacherCalendar)).all() == []


@pytest.mark.parametrize("kind", ["exchange", None])
def test_a_calendar_of_no_kind_is_refused(db, anna, kind):
    assert anna.post(PAGE, data={"kind": kind} if kind else {}).status_code == 422
    db.expire_all()
    assert db.get_one(School, 1).calendar == ""


def test_a_provider_that_is_not_set_up_is_told_once(db, anna, book_one):
    with transaction():
        db.get_one(School, 1).calendar = "microsoft"
    book_one("Alice", "Noor", "Vera", 0)
    text = anna.get(PAGE).text
    assert text.count("is not set up on the server of this site yet") == 1
    assert "Nothing. All talks are where they should be." not in text


def test_a_link_of_the_teacher_that_is_not_there_is_told(db, school, anna, book_one):
    with transaction():
        db.get_one(Round, school.round_id).modalities = "own_link"
    book_one("Alice", "Noor", "Vera", 0)
    assert "the teacher has none" in unescape(anna.get(PAGE).text)


@pytest.mark.parametrize("form", [{"entry": "abc"}, {"entry": "-1"}, {"teacher": ""}, {"x": "1"}])
def test_what_names_nothing_tries_nothing_again(db, anna, hanging, form):
    assert anna.post(f"{PAGE}/again", data=form).status_code == 404
    db.expire_all()
    assert db.get_one(CalendarEntry, hanging).given_up


def test_many_talks_with_one_reason_are_one_paragraph(db, anna, school, choose):
    with transaction():
        db.get_one(Round, school.round_id).modalities = "teams"
    for student, actor in (("Noor", "Alice"), ("Sem", "Alice"), ("Kim", "Carol"), ("Tim", "Bob")):
        choose(actor, student, ("Vera", 2 * ["Noor", "Sem", "Kim", "Tim"].index(student)))
    text = anna.get(PAGE).text
    assert text.count("no calendar that makes such a link") == 1
    assert "4 talks" in text


def test_a_choice_that_is_taken_back_is_as_usual_again(db, school, anna):
    url = f"{PAGE}/teachers/{school.teachers['Vera']}"
    anna.post(url, data={"kind": "google", "account": "x@school.example"})
    assert "own choice" in anna.get(PAGE).text
    anna.post(url, data={"kind": "", "account": ""})
    assert "own choice" not in anna.get(PAGE).text


def test_what_is_saved_is_told_as_it_is(anna, set_up):
    told = {
        "none": "Saved.\n",
        "google": "Talks wait until this kind of calendar is set up",
        "microsoft": "go there within some minutes",
    }
    for kind, words in told.items():
        text = anna.post(PAGE, data={"kind": kind}, follow_redirects=True).text
        assert words.strip() in text
    assert "go there" not in anna.post(PAGE, data={"kind": "none"}, follow_redirects=True).text


def test_a_check_says_what_is_wrong(db, school, anna, book_one):
    with transaction():
        db.get_one(School, 1).calendar = "google"
    url = f"{PAGE}/teachers/{school.teachers['Vera']}/check"
    answer = anna.post(url, follow_redirects=True)
    assert "not set up on the server yet" in answer.text


def test_the_office_reads_when_the_certificate_ends(app, anna, monkeypatch, tmp_path):
    def told(path):
        settings = app.config["SETTINGS"].model_copy(update={"ms_client_certificate_file": path})
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        return anna.get(PAGE).text

    file = tmp_path / "certificate"
    file.write_text(certificate_pem(certificate(rsa_key("ours"), days=20)))
    assert "The certificate for Microsoft ends on" in told(str(file))
    file.write_text("no certificate")
    assert "cannot be read" in told(str(file))
    assert "certificate" not in told("")


def test_a_talk_that_its_teacher_took_out_twice_is_told(db, anna, hanging):
    with transaction():
        entry = db.get_one(CalendarEntry, hanging)
        entry.refusal, entry.fault = "", DELETED_AGAIN
    text = anna.get(PAGE).text
    assert "The teacher took this talk out of the calendar twice." in text
    assert DELETED_AGAIN not in text
