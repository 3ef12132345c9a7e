"""A feed shows one's own talks, as they are now, and nothing of anybody else."""

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar

from app.accounts import feeds, service
from app.accounts.models import Account, FeedKind
from app.bookings import moving
from app.bookings import service as bookings
from app.bookings.rules import Choice
from app.core.ical import REFRESH
from app.people import service as people
from app.rounds.models import Round
from app.school.models import Person
from tests.small_school import NOW


def entries(answer):
    """The talks of a feed, without its days."""
    assert answer.status_code == 200
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    return [it for it in events if it["dtstart"].params.get("VALUE") != "DATE"]


def titles(answer):
    return sorted(str(it["summary"]) for it in entries(answer))


def test_a_guardian_gets_the_talks_of_all_children(client, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    choose("Adam", "Sem", ("Bart", 2))
    choose("Carol", "Kim", ("Vera", 3))
    path = address("Alice")
    assert titles(client.get(path)) == [
        "Gesprek over Noor: mevr. De Vries",
        "Gesprek over Sem: dhr. Bakker",
    ]


def test_an_entry_is_that_of_the_file(act, client, choose, address):
    (talk,) = choose("Alice", "Noor", ("Vera", 0)).booked
    path = address("Alice")
    (of_feed,) = entries(client.get(path))
    act("Alice").environ_base["HTTP_ACCEPT_LANGUAGE"] = "nl"
    (of_file,) = entries(client.get(f"/talks/{talk}.ics"))
    assert of_feed.to_ical() == of_file.to_ical()


def test_a_feed_is_named_private_and_asks_to_be_looked_at_each_hour(client, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    answer = client.get(address("Alice"))
    calendar = Calendar.from_ical(answer.data)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert calendar["name"] == calendar["x-wr-calname"] == "Gesprekken op Het Baken"
    assert calendar["refresh-interval"].dt == REFRESH
    for word in ("method", "organizer", "attendee"):
        assert word.upper().encode() not in answer.data
    assert {it["class"] for it in calendar.walk("VEVENT")} == {"PRIVATE"}


def test_a_feed_is_in_another_language_from_the_fetch_after_it_is_chosen(client, school, address):
    path = address("Alice")
    assert "Gesprekken op Het Baken" in client.get(path).text
    service.choose_language(school.people["Alice"], "en")
    assert "Talks at Het Baken" in client.get(path).text


def test_who_asks_leaves_no_trace_and_gets_none(client, address):
    answer = client.get(address("Alice"))
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert client.head(address("Alice")).status_code == 200


def test_nobodys_address_is_404(client, address):
    assert client.get(address("Alice").replace(".ics", "x.ics")).status_code == 404


def test_it_follows_each_change(client, db, school, choose, address):
    path = address("Alice")
    assert entries(client.get(path)) == []
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    (booked,) = entries(client.get(path))
    choice = Choice(*school.choice("Noor", "Vera", 4))
    moving.move(school.actors["Adam"], talk, choice, submission="a-move-of-this-test", now=NOW)
    (moved,) = entries(client.get(path))
    bookings.cancel(school.actors["Adam"], talk, now=NOW)
    (cancelled,) = entries(client.get(path))

    assert booked["uid"] == moved["uid"] == cancelled["uid"]
    assert [it["sequence"] for it in (booked, moved, cancelled)] == [0, 1, 2]
    assert [it["status"] for it in (moved, cancelled)] == ["CONFIRMED", "CANCELLED"]


def test_a_cancelled_talk_stays_for_fourteen_days(client, school, choose, address):
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    bookings.cancel(school.actors["Adam"], talk, now=NOW)
    path = address("Alice")
    for days, shown in ((14, 1), (15, 0)):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            assert len(entries(client.get(path))) == shown


def test_it_is_never_empty(client, db, address):
    path = address("Alice")
    evening, _later = Calendar.from_ical(client.get(path).data).walk("VEVENT")
    assert (evening["summary"], evening["transp"]) == ("Oudercontact 2", "TRANSPARENT")
    db.query(Round).update({"state": "draft"})
    db.commit()
    (day,) = Calendar.from_ical(client.get(path).data).walk("VEVENT")
    assert (day["summary"], day["dtstart"].dt) == ("Gesprekken op Het Baken", NOW.date())


def test_what_did_not_change_is_told_with_one_statement(client, choose, address, asked):
    choose("Alice", "Noor", ("Vera", 0))
    path = address("Alice")
    first = client.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    number, answer = asked("get", path, headers=tag)
    assert (number, answer.status_code, answer.data) == (1, 304, b"")
    assert answer.headers["ETag"] == first.headers["ETag"]
    assert client.get(path).data == first.data


def test_a_change_that_it_does_not_show_gives_the_same_bytes(client, db, school, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    path = address("Alice")
    tag = {"If-None-Match": client.get(path).headers["ETag"]}
    db.get(Person, school.people["Carol"]).family_name = "Yılmaz"
    db.commit()
    choose("Carol", "Kim", ("Vera", 3))
    assert client.get(path, headers=tag).status_code == 304
    choose("Adam", "Noor", ("Bart", 3))
    assert client.get(path, headers=tag).status_code == 200


def test_a_link_that_was_closed_counts_with_the_next_fetch(client, db, school, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    path = address("Alice")
    tag = {"If-None-Match": client.get(path).headers["ETag"]}
    guardian_id = school.actors["Alice"].guardian_id
    people.change_access(
        school.actors["Anna"],
        school.students["Noor"],
        guardian_id,
        opens=False,
        reason="by a judge",
        now=NOW,
    )
    answer = client.get(path, headers=tag)
    assert entries(answer) == []
    assert b"Noor" not in answer.data


def test_guardians_apart_read_nothing_of_each_other(client, choose, address):
    choose("Bob", "Tim", ("Vera", 0))
    choose("Bea", "Tim", ("Vera", 3))
    bob, bea = (client.get(address(name)) for name in ("Bob", "Bea"))
    assert entries(bob)[0]["uid"] != entries(bea)[0]["uid"]
    assert [len(entries(answer)) for answer in (bob, bea)] == [1, 1]


def test_a_student_gets_the_own_talks_of_rounds_for_students(client, school, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    bookings.book(
        school.actors["Noor"],
        school.student_round_id,
        school.students["Noor"],
        [Choice(school.student_slots[0], school.student_offers["Noor", "Vera"])],
        together=False,
        submission="a-form-of-noor-herself",
        now=NOW,
    )
    assert titles(client.get(address("Noor"))) == ["Gesprek bij mevr. De Vries"]


def test_a_teacher_gets_initials_and_no_name(client, db, school, choose, address):
    db.query(Round).update({"timetable_visible": True})
    db.commit()
    choose("Alice", "Noor", ("Vera", 0))
    choose("Carol", "Kim", ("Bart", 0))
    path = address("Vera")
    answer = client.get(path)
    assert titles(answer) == ["Gesprek over N.J. h2a"]
    for word in ("Noor", "Jansen", "Alice", "Kim"):
        assert word.encode() not in answer.data
    (entry,) = entries(answer)
    assert entry["location"] == "B01, Het Baken"

    db.query(Round).update({"timetable_visible": False})
    db.commit()
    hidden = client.get(path)
    assert titles(hidden) == ["Gesprek"]
    assert b"N.J." not in hidden.data
    assert b"Nederlands" not in hidden.data


def test_a_teachers_feed_follows_each_change(client, school, choose, address):
    path = address("Vera")
    assert entries(client.get(path)) == []
    (talk,) = choose("Alice", "Noor", ("Vera", 2)).booked
    tag = {"If-None-Match": client.get(path).headers["ETag"]}
    assert client.get(path, headers=tag).status_code == 304
    bookings.cancel(school.actors["Adam"], talk, now=NOW)
    (cancelled,) = entries(client.get(path, headers=tag))
    assert cancelled["status"] == "CANCELLED"


def test_another_address_ends_the_first(client, choose, address):
    choose("Alice", "Noor", ("Vera", 0))
    first, second = address("Alice"), address("Alice")
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_two_parents_have_an_address_each(client, choose, address):
    first, second = address("Alice"), address("Adam")
    assert first != second
    assert [client.get(path).status_code for path in (first, second)] == [200, 200]


@pytest.mark.parametrize("end", ["role", "address", "account"])
def test_who_may_sign_in_no_more_has_no_feed_either(client, db, school, address, end):
    path = address("Alice")
    assert client.get(path).status_code == 200
    alice = db.get(Person, school.people["Alice"])
    if end == "role":
        alice.ended_on = NOW.date()
    elif end == "address":
        service.end_access([alice.id], now=NOW)
        alice.email = alice.email_key = "another@family.example"
    else:
        db.get(Account, service.account_of(alice.id)).closed_at = NOW
    db.commit()
    assert client.get(path).status_code == 404


def test_what_a_parent_sees_changes_for_who_shares_the_mailbox(client, db, school, address):
    """As for sessions: somebody may have signed in there as the other."""
    for name in ("Bob", "Bea"):
        db.get(Person, school.people[name]).email_key = "both@family.example"
    db.commit()
    path = address("Bob")
    people.set_apart(
        school.actors["Anna"], school.students["Tim"], apart=False, reason="asked", now=NOW
    )
    assert client.get(path).status_code == 404


def test_only_who_has_such_talks_makes_an_address(school):
    with pytest.raises(feeds.NotFoundError):
        feeds.make_address(school.actors["Alice"], FeedKind.TEACHING, now=NOW)


def test_the_database_alone_does_not_say_an_address(app, client, db, school, address):
    path = address("Alice")
    (row,) = db.query(feeds.FeedAddress).all()
    assert row.seed not in path
    assert row.secret_hash not in path
    actor, key = school.actors["Alice"], app.config["SECRET_KEY"]
    try:
        app.config["SECRET_KEY"] = "another key of at least 32 letters"
        assert feeds.secret_of(actor, FeedKind.FAMILY) == ""
        assert client.get(path).status_code == 200
    finally:
        app.config["SECRET_KEY"] = key
