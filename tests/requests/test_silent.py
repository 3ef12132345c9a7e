"""Families of whom nobody has said anything: mailed once a day at most, and taken as CSV."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.round_setup import steps
from app.round_setup.steps import NotNow
from app.rounds.models import Round
from app.school.models import Person
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture(autouse=True)
def _requests(db, school):
    db.execute(update(Round).values(mode="requests"))
    db.commit()


@pytest.fixture
def sent(monkeypatch):
    mails = []
    monkeypatch.setattr(letters, "send", mails.append)
    return mails


@pytest.fixture
def nudge(school):
    return lambda now=NOW: steps.remind_families(school.round_id, school.actors["Sofie"], now=now)


@pytest.fixture
def said(db, sent, nudge):
    """What the letter to somebody says in English: said("alice")."""

    def said_(name, part="plain"):
        db.execute(update(Person).values(language="en"))
        db.commit()
        if not sent:
            nudge()
            deliver_due(HANDLERS, now=NOW)
        (mail,) = [mail for mail in sent if mail["To"].startswith(f"{name}@")]
        return " ".join(unescape(mail.get_body((part,)).get_content()).split())

    return said_


def test_only_families_of_whom_nobody_has_said_anything_get_a_mail(sent, ask, nudge):
    ask("Alice", "Noor", "Vera")
    ask("Alice", "Sem", none_needed=True)
    ask("Bob", "Tim", "Vera")
    assert nudge() == 2
    deliver_due(HANDLERS, now=NOW)
    assert sorted(mail["To"].split("@")[0] for mail in sent) == ["bart", "carol"]


def test_it_names_the_children_of_whom_nothing_is_known(sent, ask, said):
    ask("Alice", "Noor", "Vera")
    for part in ("plain", "html"):
        text = said("alice", part)
        assert ["about Sem Jansen." in text, "Noor" in text] == [True, False]
        assert "Is no talk needed? You can say so on the site." in text
        assert "ask for talks" in text
    assert {mail["Subject"] for mail in sent} == {"Reminder: Oudercontact 2"}


def test_where_families_choose_times_who_needs_no_talk_need_do_nothing(db, said):
    db.execute(update(Round).values(mode="times"))
    db.commit()
    text = said("alice")
    assert "about Noor Jansen, Sem Jansen." in text
    assert "Then you need do nothing." in text


def test_who_is_listed_once_per_child_reads_of_all_of_them(db, school, said):
    alice, carol = (db.get(Person, school.people[name]) for name in ("Alice", "Carol"))
    carol.sort_key, carol.email = alice.sort_key, alice.email
    carol.email_key = alice.email_key
    db.commit()
    assert "about Noor Jansen, Kim Öztürk, Sem Jansen." in said("alice")


def test_a_student_is_not_told_the_own_name(db, school, said):
    noor = db.get(Person, school.people["Noor"])
    noor.email, noor.email_key = "noor@family.example", "noor@family.example"
    db.execute(update(Round).values(open_to="students"))
    db.commit()
    text = said("noor")
    assert ["We have not heard from you yet." in text, "Jansen" in text] == [True, False]


def test_the_office_reads_on_the_students_page_what_mail_it_was(act, school, nudge):
    nudge()
    page = act("Sofie").get(f"/office/students/{school.students['Noor']}").text
    assert ["reminder of a round" in page, "check of the own times" in page] == [True, False]


def test_who_asks_before_it_is_sent_gets_none(sent, ask, nudge):
    assert nudge() == 6
    ask("Carol", "Kim", "Vera")
    deliver_due(HANDLERS, now=NOW)
    assert "carol" not in {mail["To"].split("@")[0] for mail in sent}


def test_it_is_once_a_day_and_while_families_can_answer(db, nudge):
    nudge()
    with pytest.raises(NotNow):
        nudge(NOW + timedelta(hours=23))
    nudge(NOW + timedelta(hours=25))
    promised = len(db.scalars(select(OutboxMessage.id)).all())
    with pytest.raises(NotNow):
        nudge(NOW + timedelta(days=60))
    assert len(db.scalars(select(OutboxMessage.id)).all()) == promised


def test_the_list_has_a_button_and_a_file(act, school, ask):
    path = f"/office/rounds/{school.round_id}"
    page = act("Sofie").get(f"{path}/silent").text
    assert [f'{path}/nudge"' in page, f'{path}/silent.csv"' in page] == [True, True]
    ask("Carol", "Kim", "Vera")
    file = act("Sofie").get(f"{path}/silent.csv")
    assert file.headers["Content-Disposition"].endswith("csv")
    text = file.data.decode("utf-8-sig")
    assert [name in text for name in ("Noor Jansen", "Alice Jansen", "Kim", "@")] == [
        True,
        True,
        False,
        False,
    ]
    assert act("Sofie").post(f"{path}/nudge").status_code == 303
    assert act("Sofie").post(f"{path}/nudge").status_code == 409
    assert "Families reminded" in act("Sofie").get(path).text
