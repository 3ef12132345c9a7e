"""The life of a round: by hand and by date, and everybody told once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core.errors import NotFoundError
from app.handlers import HANDLERS
from app.jobs import RECURRING
from app.outbox.models import OutboxMessage
from app.outbox.worker import deliver_due
from app.planning import mails, steps
from app.planning.progress import load_progress
from app.planning.steps import NotNow
from app.rounds.models import Offer, Round, RoundCheck, RoundState
from app.rounds.service import WrongState, change_round, set_state
from app.rounds.written import load_spec
from app.school.models import Guardianship, Person, Student
from tests.school import NOW

DRAFT, CHECK, PUBLISHED, ARCHIVED = RoundState
WEEK = timedelta(weeks=1)


@pytest.fixture
def round_id(db, school):
    """The round of the small school, taken back to where it begins."""
    row = db.get(Round, school.round_id)
    row.state, row.opens_at = DRAFT, NOW + timedelta(days=3)
    db.commit()
    return school.round_id


@pytest.fixture
def take(school, round_id):
    def take_(state, now=NOW):
        steps.take(round_id, state, school.actors["Anna"], now=now)

    return take_


@pytest.fixture
def dates(db, round_id):
    """Give steps a date: dates(check_at=1) is tomorrow."""

    def set_(**days):
        row = db.get(Round, round_id)
        for name, number in days.items():
            setattr(row, name, NOW + timedelta(days=number))
        db.commit()

    return set_


@pytest.fixture
def sent(monkeypatch):
    mails_ = []
    monkeypatch.setattr(mails, "send", mails_.append)
    return mails_


@pytest.fixture
def state(db, round_id):
    return lambda: db.scalars(select(Round.state).where(Round.id == round_id)).one()


def deliver(now=NOW):
    deliver_due(HANDLERS, now=now)


def to(mails_):
    return [mail["To"] for mail in mails_]


def promised(db):
    return [
        (row.payload["letter"], row.payload["person_id"])
        for row in db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    ]


def text(mail, part="plain"):
    return mail.get_body((part,)).get_content()


TEACHERS = ["vera@school.example", "bart@school.example", "kader@school.example"]


def test_teachers_are_asked_to_check_their_times(sent, take):
    take(CHECK)
    deliver()
    assert to(sent) == TEACHERS
    for part in ("plain", "html"):
        assert "Oudercontact 2" in text(sent[0], part)
        assert "/teaching" in text(sent[0], part)
        assert "18.30" in text(sent[0], part)


def test_families_are_invited_each_mailbox_of_a_household_once(db, sent, school, take):
    adam = db.get(Person, school.people["Adam"])
    adam.email, adam.email_key = "Alice@family.example", "alice@family.example"
    bea = db.get(Person, school.people["Bea"])  # comes apart from Bob: a household of her own
    bea.email, bea.email_key = "bob@family.example", "bob@family.example"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert sorted(to(sent)) == [
        "alice@family.example",
        "bart@school.example",  # the teacher, as Lot's father
        "bob@family.example",
        "bob@family.example",
        "carol@family.example",
    ]


def test_an_invitation_says_what_when_and_where(db, sent, school, take):
    db.get(Round, school.round_id).explanation = "Neem het rapport mee."
    db.commit()
    take(PUBLISHED)
    deliver()
    for part in ("plain", "html"):
        words = text(sent[0], part)
        for word in (
            "Neem het rapport mee.",
            "9 februari",
            "23 januari, 19.00",  # opens
            "7 februari, 18.30",  # closes
            "/talks",
            "030 123 45 67",
        ):
            assert word in words, (part, word)


def test_each_reads_the_own_language(db, sent, school, take):
    db.get(Person, school.people["Carol"]).language = "en"
    db.commit()
    take(PUBLISHED)
    deliver()
    carol = next(mail for mail in sent if mail["To"] == "carol@family.example")
    assert "You can choose from Sat 23 January, 19:00" in text(carol)
    assert "\n* Tuesday 9 February, 18:30 - 20:40\n" in text(carol)
    assert carol["Content-Language"] == "en"


def test_who_may_not_see_a_child_is_not_invited(db, sent, school, take):
    alice = db.scalars(
        select(Guardianship).join(Student).where(Student.id == school.students["Kim"])
    ).one()
    alice.closed_reason = "no_authority"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert "carol@family.example" not in to(sent)


def test_who_has_nobody_to_talk_to_is_not_invited(db, sent, school, take):
    for offer in db.scalars(select(Offer).where(Offer.student_id == school.students["Kim"])):
        offer.offered = False
    db.commit()
    take(PUBLISHED)
    deliver()
    assert "carol@family.example" not in to(sent)


def test_students_are_invited_to_what_is_open_to_them(db, sent, school, take):
    noor = db.get(Person, school.people["Noor"])
    noor.email = noor.email_key = "noor@school.example"
    db.get(Round, school.round_id).open_to = "students"
    db.commit()
    take(PUBLISHED)
    deliver()
    assert to(sent) == ["noor@school.example"]


def test_everybody_is_told_once_whatever_way_the_round_goes(db, take):
    for state in (CHECK, PUBLISHED, CHECK, PUBLISHED, ARCHIVED, PUBLISHED, CHECK, DRAFT, CHECK):
        take(state)
    letters = [letter for letter, _person in promised(db)]
    assert letters.count("check") == 3
    assert letters.count("invitation") == 6
    assert len(letters) == 9


def test_a_round_that_is_over_invites_nobody(db, take):
    take(PUBLISHED, now=NOW + timedelta(days=30))
    assert promised(db) == []


def test_a_round_that_was_taken_back_invites_nobody_any_more(sent, take):
    take(PUBLISHED)
    take(CHECK)
    deliver()
    assert to(sent) == TEACHERS
    assert all("/teaching" in text(mail) for mail in sent)


def test_thousands_of_families_are_few_statements(db, school, round_id, statements, monkeypatch):
    people = [school.people["Carol"]] * 3000
    monkeypatch.setattr(steps.readers, "families_of", lambda *_, **__: people)
    count = statements(lambda: steps.take(round_id, PUBLISHED, None, now=NOW))
    assert len(promised(db)) == 3000
    assert count < 30


def test_steps_come_by_their_date(db, dates, state):
    dates(check_at=1, publish_at=2, archive_at=40)
    seen = []
    for day in (0, 1, 1, 2, 2, 39, 40, 41):
        steps.take_due(now=NOW + timedelta(days=day))
        seen.append(state())
    assert seen == [
        DRAFT, CHECK, CHECK, PUBLISHED, PUBLISHED, PUBLISHED, ARCHIVED, ARCHIVED,
    ]  # fmt: skip
    letters = [letter for letter, _person in promised(db)]
    assert (letters.count("check"), letters.count("invitation")) == (3, 6)


def test_the_worker_takes_them(dates, state):
    dates(publish_at=1)
    for job in RECURRING:
        job.run(NOW + timedelta(days=1))
    assert state() == PUBLISHED


def test_a_worker_that_was_down_asks_nobody_to_check_what_is_public(db, dates, state):
    dates(check_at=-3, publish_at=-1)
    steps.take_due(now=NOW)
    assert state() == PUBLISHED
    assert {letter for letter, _person in promised(db)} == {"invitation"}


def test_what_nobody_saw_is_not_put_away(dates, state):
    dates(archive_at=-1)
    steps.take_due(now=NOW)
    assert state() == DRAFT


def test_a_round_that_goes_back_does_not_go_on_by_itself(dates, take, state, round_id):
    dates(check_at=-3, publish_at=-1, archive_at=40)
    steps.take_due(now=NOW)
    take(CHECK)
    steps.take_due(now=NOW)
    assert state() == CHECK
    progress = load_progress(round_id, now=NOW)
    assert (progress.check_at is not None, progress.publish_at) == (True, None)
    assert progress.archive_at is not None


def test_the_shell_forgets_dates_that_passed_as_the_page_does(dates, take, state, round_id):
    dates(check_at=-3)
    steps.take_due(now=NOW)
    set_state(round_id, DRAFT, None, now=NOW)
    steps.take_due(now=NOW)
    assert state() == DRAFT


def test_a_round_cannot_jump(take):
    with pytest.raises(WrongState):
        take(ARCHIVED)


def test_only_who_has_not_checked_is_reminded_and_not_every_minute(
    db, sent, school, take, round_id
):
    take(CHECK)
    db.add(RoundCheck(round_id=round_id, teacher_id=school.teachers["Vera"], at=NOW))
    db.commit()
    deliver()
    sent.clear()
    assert steps.remind_teachers(round_id, school.actors["Anna"], now=NOW) == 2
    deliver()
    assert to(sent) == TEACHERS[1:]
    assert sent[0]["Subject"].startswith(("Herinnering", "Reminder"))
    with pytest.raises(NotNow):
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW + timedelta(minutes=59))
    assert (
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW + timedelta(minutes=60)) == 2
    )


def test_nobody_is_reminded_of_what_is_no_question(school, round_id):
    with pytest.raises(NotNow):
        steps.remind_teachers(round_id, school.actors["Anna"], now=NOW)


def test_who_checked_meanwhile_gets_no_mail(db, sent, school, take, round_id):
    take(CHECK)
    db.add(RoundCheck(round_id=round_id, teacher_id=school.teachers["Vera"], at=NOW))
    db.commit()
    deliver()
    assert to(sent) == TEACHERS[1:]


def test_a_round_that_is_not_there_has_no_steps(school):
    for call in (
        lambda: steps.take(999, CHECK, school.actors["Anna"], now=NOW),
        lambda: steps.show_timetable(999, school.actors["Anna"], visible=True, now=NOW),
        lambda: steps.remind_teachers(999, school.actors["Anna"], now=NOW),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_the_page_leads_through_the_life_of_a_round(sent, office, school, round_id, state):
    page = office.get(f"/office/rounds/{round_id}")
    assert "Send to 3 teachers" in page.text
    answer = office.post(f"/office/rounds/{round_id}/state", data={"state": "check"})
    assert (answer.status_code, state()) == (303, CHECK)
    page = office.get(f"/office/rounds/{round_id}")
    for words in (
        "0 of 3 checked",
        "3 mails are still to go",
        "Remind 3 teachers",
        "Bart Bakker",
        "send 6 invitations",
    ):
        assert words in page.text, words
    deliver()
    assert "still to go" not in office.get(f"/office/rounds/{round_id}").text
    office.post(f"/office/rounds/{round_id}/remind")
    assert "Teachers reminded" in office.get(f"/office/rounds/{round_id}").text
    assert office.post(f"/office/rounds/{round_id}/remind").status_code == 409
    office.post(f"/office/rounds/{round_id}/state", data={"state": "published"})
    page = office.get(f"/office/rounds/{round_id}")
    assert "Choosing opens by itself Sat 23 January, 19:00." in page.text
    assert "6 mails are still to go" in page.text
    assert (
        office.post(f"/office/rounds/{round_id}/state", data={"state": "draft"}).status_code == 409
    )
    assert office.post(f"/office/rounds/{round_id}/state", data={"state": "x"}).status_code == 422


def test_families_of_a_round_that_the_shell_published_can_be_invited(
    db, office, school, round_id, state
):
    set_state(round_id, PUBLISHED, None, now=NOW)
    url = f"/office/rounds/{round_id}"
    assert "Send 6 invitations" in office.get(url).text
    office.post(f"{url}/state", data={"state": "published"})
    assert len(promised(db)) == 6
    assert "Send 6" not in office.get(url).text


def test_the_page_warns_when_families_could_choose_at_once(db, office, round_id, take):
    take(CHECK)
    url = f"/office/rounds/{round_id}"
    assert "They can choose at once" not in office.get(url).text
    db.get(Round, round_id).opens_at = NOW - timedelta(hours=1)
    db.commit()
    assert "They can choose at once" in office.get(url).text


def test_the_page_says_who_has_nobody_to_talk_to(db, office, school, round_id):
    url = f"/office/rounds/{round_id}"
    assert "nobody to talk to" not in office.get(url).text
    for offer in db.scalars(select(Offer).where(Offer.student_id == school.students["Kim"])):
        offer.offered = False
    db.commit()
    page = office.get(url).text
    assert "5 students take part" in page
    assert "1 of them has nobody to talk to" in page


def test_a_mail_that_failed_for_good_is_counted(db, office, round_id, take):
    take(CHECK)
    row = db.scalars(select(OutboxMessage).limit(1)).one()
    row.failed_at = NOW
    db.commit()
    page = office.get(f"/office/rounds/{round_id}")
    assert "1 mail could not be delivered" in page.text
    assert "2 mails are still to go" in page.text


@pytest.mark.parametrize(
    ("state", "opens", "closes", "current"),
    [
        (DRAFT, 3, 9, "Draft"),
        (CHECK, 3, 9, "Teachers check"),
        (PUBLISHED, 3, 9, "Announced"),
        (PUBLISHED, -1, 9, "Open"),
        (PUBLISHED, -3, -1, "Closed"),
        (ARCHIVED, -3, -1, "Archived"),
    ],
)
def test_the_line_marks_where_the_round_stands(db, office, round_id, state, opens, closes, current):
    row = db.get(Round, round_id)
    row.state = state
    row.opens_at, row.closes_at = NOW + timedelta(days=opens), NOW + timedelta(days=closes)
    db.commit()
    page = office.get(f"/office/rounds/{round_id}").text
    here = page.split('aria-current="step"')
    assert len(here) == 2
    assert current in here[1].split("</li>")[0]


def test_the_list_shows_what_is_to_come_first_and_leads_to_each_round(db, office, school):
    db.get(Round, school.student_round_id).state = ARCHIVED
    db.commit()
    page = office.get("/office/rounds").text
    assert page.index('id="coming"') < page.index("Oudercontact 2") < page.index('id="archived"')
    assert page.index('id="archived"') < page.index("Leerlingcontact")
    assert 'id="past"' not in page
    assert f'href="/office/rounds/{school.round_id}"' in page


def test_pages_ask_as_many_statements_for_many_rounds_as_for_few(
    db, office, school, statements, paper
):
    def count(url):
        return statements(lambda: office.get(url))

    pages = [
        "/office/rounds",
        "/office/rounds/new",
        f"/office/rounds/{school.round_id}",
        f"/office/rounds/{school.round_id}/settings",
    ]
    for url in pages:
        office.get(url)
    few = [count(url) for url in pages]
    for number in range(4):
        office.post("/office/rounds/new", data=paper(name=f"Ronde {number}"))
    for url in pages:
        office.get(url)
    assert [count(url) for url in pages] == few


def test_each_evening_has_a_line_of_the_mail(db, sent, school, take):
    spec = load_spec(school.round_id)
    other = replace(spec.evenings[0], day=date(2027, 2, 11))
    change_round(school.round_id, replace(spec, evenings=(*spec.evenings, other)), None, now=NOW)
    take(CHECK)
    deliver()
    assert "\n* dinsdag 9 februari, 18.30 - 20.40\n* donderdag 11 februari," in text(sent[0])
