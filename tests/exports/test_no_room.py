"""A talk that is not at school names no room, whatever shows it."""

import pytest
from sqlalchemy import select, update

from app.accounts import feeds
from app.accounts.models import FeedKind
from app.bookings.models import Booking
from app.calendars.wanted import wanted_of
from app.core.transaction import transaction
from app.extensions import db
from app.handlers import HANDLERS
from app.mail import letters
from app.outbox.worker import deliver_due
from app.rounds.models import EveningRoom, Modality, Round, new_times_key
from app.school.models import Person, Room, Teacher
from app.settings.models import School
from tests.exports import xlsx
from tests.small_school import NOW

pytestmark = pytest.mark.only_on("sqlite")  # what is read is the same

ROOM, LINK = "Q777", "https://meet.example/vera?a=1"
WORDS = {
    Modality.TEAMS: "online (Teams)",
    Modality.MEET: "online (Google Meet)",
    Modality.OWN_LINK: "online",
    Modality.PHONE: "by phone",
}


@pytest.fixture
def talk(db, school, book_one, on_the_evening_of_booking):
    """Book a talk of this modality with a teacher who has a room and a link; return its id."""

    def talk_(modality, *, hybrid):
        vera = school.teachers["Vera"]
        hers = select(EveningRoom.room_id).where(EveningRoom.teacher_id == vera)
        db.execute(update(Room).where(Room.id.in_(hers)).values(name=ROOM))
        db.execute(update(Teacher).values(link=LINK))
        db.execute(update(Person).values(language="en"))
        offered = f"site,{modality}" if hybrid else modality
        db.execute(update(Round).values(modalities=offered, times_key=new_times_key()))
        db.commit()
        id_ = book_one("Alice", "Noor", "Vera", 0)
        db.execute(update(Booking).values(modality=modality))
        db.commit()
        return id_

    return talk_


def family(path):
    return lambda act, school, talk: act("Alice").get(path(school, talk)).text


def office(path):
    return lambda act, school, talk: act("Anna").get(path(school, talk)).text


def table(view):
    return family(lambda s, _: f"/rounds/{s.round_id}/children/{s.students['Noor']}?view={view}")


def prints(kind):
    return office(lambda s, _: f"/office/rounds/{s.round_id}/prints?kind={kind}")


def calendar(act, school, talk):
    return family(lambda _s, talk: f"/talks/{talk}.ics")(act, school, talk).replace("\r\n ", "")


def mail(part):
    def read(act, school, talk):
        sent = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(letters, "send", sent.append)
            deliver_due(HANDLERS, now=NOW)
        return sent[0].get_body((part,)).get_content()

    return read


def pack(act, school, talk):
    page = f"/office/rounds/{school.round_id}/evenings/{school.evening_id}/pack"
    act("Anna").post(page)
    # The worker makes them too, so they are in the school's language.
    return act("Anna").get(f"{page}.html").text.replace("telefonisch", "by phone")


def workbook(act, school, talk):
    content = act("Anna").get(f"/office/rounds/{school.round_id}/talks.xlsx").data
    return str(xlsx.read(content).rows)


def at_secret_address(name, kind, path):
    """Read what stands at somebody's secret address, where nobody is signed in."""

    def read(act, school, talk):
        actor = school.actors[name]
        feeds.make_address(actor, kind, now=NOW)
        english = {"Accept-Language": "en"}
        text = act("Carol").get(path.format(feeds.secret_of(actor, kind)), headers=english).text
        return unfolded(text)

    return read


def unfolded(text):
    return text.replace("\r\n ", "").replace("\n ", "")


def invitation(act, school, talk):
    """The mail to the teacher, with what it puts into the calendar."""
    with transaction():
        db.session.get_one(School, 1).invites_teachers = True
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(letters, "send", sent.append)
        deliver_due(HANDLERS, now=NOW)
    (mail_,) = [it for it in sent if it["To"] == "vera@school.example"]
    texts = [part.get_content() for part in mail_.walk() if part.get_content_maintype() == "text"]
    return unfolded("\n".join(texts))


def own_calendar(act, school, talk):
    """What the site writes into the teacher's calendar."""
    with transaction():
        db.session.get_one(School, 1).calendar = "microsoft"
    wanted = wanted_of(talk, school.teachers["Vera"], "a-key", now=NOW)
    its = f"{wanted.event.subject}\n{wanted.event.text}\n{wanted.event.place}"
    return its.replace("telefonisch", "by phone")  # in the school's language


OUTPUTS = {
    "feed": at_secret_address("Alice", FeedKind.FAMILY, "/ical/{}.ics"),
    "teacher's feed": at_secret_address("Vera", FeedKind.TEACHING, "/ical/{}.ics"),
    "board": at_secret_address("Vera", FeedKind.BOARD, "/board/{}"),
    "invitation": invitation,
    "teacher's own calendar": own_calendar,
    "list": table("list"),
    "table": table("table"),
    "overview": family(lambda _s, _t: "/talks"),
    "cancel": family(lambda _s, talk: f"/talks/{talk}/cancel"),
    "remark": family(lambda _s, talk: f"/talks/{talk}/remark"),
    "calendar": calendar,
    "mail": mail("plain"),
    "html mail": mail("html"),
    "teacher": lambda act, _s, _t: act("Vera").get("/teaching").text,
    "evening": office(lambda s, _: f"/office/rounds/{s.round_id}/evening"),
    "talks": office(lambda s, _: f"/office/rounds/{s.round_id}/talks"),
    "student": office(lambda s, _: f"/office/students/{s.students['Noor']}"),
    "times for who calls": office(
        lambda s, _: f"/office/students/{s.students['Noor']}/rounds/{s.round_id}"
    ),
    "cancel for who calls": office(lambda _s, talk: f"/office/talks/{talk}/cancel"),
    "doors": prints("doors"),
    "tables": prints("tables"),
    "slips": prints("families"),
    "whole evening": prints("evening"),
    "pack": pack,
    "csv": office(lambda s, _: f"/office/rounds/{s.round_id}/talks.csv"),
    "workbook": workbook,
}
OF_THE_TEACHER = {"evening"}  # it names the room of the teacher, for talks that may come
CALENDARS = {"calendar", "feed", "teacher's feed", "invitation"}
TO_HOLD_BY = {
    "list",
    "table",
    "overview",
    "calendar",
    "mail",
    "html mail",
}  # with the link or what to do


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("modality", WORDS)
def test_an_online_talk_names_no_room_in_any_output(act, school, talk, modality, output):
    text = OUTPUTS[output](act, school, talk(modality, hybrid=False))
    assert ROOM not in text
    is_link = output in CALENDARS and modality is Modality.OWN_LINK  # which calendars open
    if output != "doors" and not is_link:  # nobody comes to the door
        assert WORDS[modality] in text
    if output != "teacher":  # who fills it in there
        expected = output in TO_HOLD_BY | CALENDARS | {"board"} and modality is Modality.OWN_LINK
        assert (LINK in text.replace("&amp;", "&").replace("\\", "")) == expected
    assert ("The school calls you" in text) == (
        output in TO_HOLD_BY - {"calendar"} and modality is Modality.PHONE
    )


@pytest.mark.parametrize("output", OUTPUTS.keys() - OF_THE_TEACHER)
def test_nor_does_one_whose_round_also_offers_the_school(act, school, talk, output):
    text = OUTPUTS[output](act, school, talk(Modality.TEAMS, hybrid=True))
    assert ROOM not in text
    assert (WORDS[Modality.TEAMS] in text) == (output != "doors")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_talk_at_school_names_its_room(act, school, talk, output):
    text = OUTPUTS[output](act, school, talk(Modality.SITE, hybrid=False))
    assert ROOM in text
    assert output == "teacher" or LINK not in text.replace("&amp;", "&")


@pytest.mark.parametrize("view", ["list", "table"])
def test_no_family_sees_a_link_before_it_has_a_talk_there(act, school, talk, view):
    talk(Modality.OWN_LINK, hybrid=False)
    address = f"/rounds/{school.round_id}/children/{school.students['Kim']}?view={view}"
    assert "meet.example" not in act("Carol").get(address).text
