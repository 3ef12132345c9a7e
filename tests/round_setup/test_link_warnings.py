"""Whoever makes a round reads for whose online talks nobody makes a link."""

from html import unescape

import pytest
from sqlalchemy import update

from app.calendars.models import TeacherCalendar
from app.rounds.models import OfferTeacher, Round
from app.school.models import Teacher
from app.settings.models import School
from tests.signing_in import sign_in

MICROSOFT = {"ms_tenant_id": "tenant", "ms_client_id": "client"}


@pytest.fixture
def offer(db, school):
    def offer_(modalities):
        db.execute(update(Round).values(modalities=modalities))
        db.commit()

    return offer_


@pytest.fixture
def calendars(db, school):
    """Let the school have this calendar, and single teachers another: calendars("microsoft")."""

    def calendars_(usual, **own):
        db.get_one(School, 1).calendar = usual
        for name, kind in own.items():
            db.merge(TeacherCalendar(teacher_id=school.teachers[name], kind=kind, account=""))
        db.commit()

    return calendars_


@pytest.fixture
def set_up(app, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update=MICROSOFT)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.fixture
def page(client, school):
    def page_(path=""):
        sign_in(client, school.people["Anna"])
        answer = client.get(
            f"/office/rounds/{school.round_id}{path}", headers={"Accept-Language": "en"}
        )
        return " ".join(unescape(answer.text).split())

    return page_


def test_at_school_nobody_needs_a_link(page, offer):
    offer("site,phone")
    assert 'data-tone="warning"' not in page()


@pytest.mark.parametrize("offered", ["teams", "site,teams"])
def test_without_a_calendar_no_teams_talk_has_a_link(page, offer, offered):
    offer(offered)
    assert "No teacher of this round has a calendar that makes links for Teams." in page()


def test_a_calendar_that_the_operator_has_not_set_up_makes_none(page, offer, calendars):
    offer("teams")
    calendars("microsoft")
    assert "No teacher of this round has a calendar that makes links for Teams." in page()


@pytest.mark.usefixtures("set_up")
def test_whoever_has_another_calendar_is_named(page, offer, calendars):
    offer("teams")
    calendars("microsoft")
    assert "makes links" not in page()
    calendars("microsoft", Vera="none")
    text = page()
    assert 'data-tone="warning"' in text
    assert "1 teacher of this round has no calendar that makes links for Teams." in text
    assert "<bdi>Vera de Vries</bdi>" in text.partition("makes links")[2]


@pytest.mark.usefixtures("set_up")
def test_a_microsoft_calendar_makes_no_meet(page, offer, calendars):
    offer("teams,meet")
    calendars("microsoft")
    assert "No teacher of this round has a calendar that makes links for Google Meet." in page()


@pytest.mark.usefixtures("set_up")
def test_of_several_teachers_the_first_makes_the_link(db, school, page, offer, calendars):
    offer("teams")
    calendars("microsoft", Vera="none")
    db.execute(
        update(OfferTeacher)
        .where(OfferTeacher.teacher_id == school.teachers["Vera"])
        .values(position=5)
    )
    db.commit()
    assert "makes links" not in page()


def test_who_has_no_own_link_is_one_tap_away(db, school, page, offer):
    offer("own_link")
    vera = school.teachers["Vera"]
    assert f'href="/office/teachers/{vera}"' in page()
    for name, id_ in school.teachers.items():
        if name != "Vera":
            db.get_one(Teacher, id_).link = f"https://meet.example/{name}"
    db.commit()
    assert "1 teacher of this round has no own link yet." in page()
    db.get_one(Teacher, vera).link = "https://meet.example/vera"
    db.commit()
    assert "own link yet" not in page()


@pytest.mark.usefixtures("set_up")
def test_the_form_says_before_anything_is_chosen_what_nobody_can_make(page, calendars):
    needed = "Nobody here has a calendar that makes links for {} yet."
    text = page("/settings")
    assert [needed.format(it) in text for it in ("Teams", "Google Meet")] == [True, True]
    calendars("none", Vera="microsoft")
    text = page("/settings")
    assert [needed.format(it) in text for it in ("Teams", "Google Meet")] == [False, True]
