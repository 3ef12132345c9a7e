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


def test_only_families_of_whom_nobody_has_said_anything_get_a_mail(sent, ask, nudge):
    ask("Alice", "Noor", "Vera")
    ask("Alice", "Sem", none_needed=True)
    ask("Bob", "Tim", "Vera")
    assert nudge() == 2
    deliver_due(HANDLERS, now=NOW)
    assert sorted(mail["To"].split("@")[0] for mail in sent) == ["bart", "carol"]
    for part in ("plain", "html"):
        text = unescape(sent[0].get_body((part,)).get_content())
        assert "nog niets van u gehoord" in text
        assert "gesprekken aanvragen" in text


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
