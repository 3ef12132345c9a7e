"""Who waited for the office's change, or an import's, is judged by what it left."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.bookings import claims, moving, office, remarks, service
from app.bookings.calling_off import service as calling_off
from app.bookings.mails.families import readers_of
from app.bookings.models import Booking, Claim
from app.bookings.rules import Choice, TimesChanged
from app.core.errors import NotFoundError
from app.core.transaction import transaction
from app.extensions import db
from app.family import history
from app.outbox.kinds import Promise
from app.outbox.models import OutboxMessage
from app.people import merging, removal
from app.people import service as families
from app.requests import following
from app.rescheduling import service as rescheduling
from app.rescheduling.answers import Answers
from app.rounds.loading import load_spec
from app.rounds.models import EveningRoom, Offer
from app.rounds.queries import evenings_of, load_round
from app.school.homes import homes_of
from app.school.models import Guardian, Person, Room
from app.school.people import lock_people
from tests.race.waiting import inside, until_somebody_waits
from tests.small_school import FIRST, NOW, small_school

pytestmark = [pytest.mark.race, pytest.mark.only_on("postgresql")]

LATEST = 11  # the index of a time after 20.00


@pytest.fixture
def app(own_app):
    return own_app


@pytest.fixture
def school(app):
    with app.test_request_context():
        school = small_school(db.session)
        # There are no lessons: what was offered by hand stays through a change of the round.
        db.session.execute(update(Offer).values(in_package=False))
        db.session.commit()
        evenings_of(load_round(school.round_id))  # as a page that was shown has read them
        yield school


def book(school, actor, student, slot):
    return service.book(
        school.actors[actor],
        school.round_id,
        school.students[student],
        [Choice(*school.choice(student, "Vera", slot))],
        together=False,
        submission=f"waited-{student}-{slot}",
        now=NOW,
    ).booked


def end_at_eight(school):
    spec = load_spec(school.round_id)
    (evening,) = spec.evenings
    shorter = replace(spec, evenings=(replace(evening, end="20:00"),))
    rescheduling.change(school.actors["Anna"], school.round_id, shorter, Answers(), now=NOW)


def set_apart(school):
    families.set_apart(
        school.actors["Anna"], school.students["Noor"], apart=True, reason="asked for", now=NOW
    )


def test_a_time_that_was_taken_out_is_not_booked(school, meanwhile):
    clicked = meanwhile(lambda: end_at_eight(school), lambda: book(school, "Carol", "Kim", LATEST))
    assert isinstance(clicked.exception(), TimesChanged)
    assert db.session.scalars(select(Booking.id)).all() == []


def test_nor_does_a_talk_move_to_it(school, meanwhile):
    (talk,) = book(school, "Alice", "Noor", 0)
    before = db.session.get_one(Booking, talk).starts_at
    choice = Choice(*school.choice("Noor", "Vera", LATEST))
    clicked = meanwhile(
        lambda: end_at_eight(school),
        lambda: moving.move(
            school.actors["Alice"], talk, choice, submission="waited-to-move", now=NOW
        ),
    )
    assert isinstance(clicked.exception(), TimesChanged)
    assert db.session.get_one(Booking, talk).starts_at == before


def test_a_guardian_who_was_shut_out_books_nothing(school, meanwhile):
    carol = school.actors["Carol"].guardian_id
    clicked = meanwhile(
        lambda: families.change_access(
            school.actors["Anna"],
            school.students["Kim"],
            carol,
            opens=False,
            reason="asked for",
            now=NOW,
        ),
        lambda: book(school, "Carol", "Kim", 1),
    )
    assert isinstance(clicked.exception(), NotFoundError)
    assert db.session.scalars(select(Booking.id)).all() == []


def test_a_guardian_who_was_set_apart_books_alone(school, meanwhile):
    clicked = meanwhile(lambda: set_apart(school), lambda: book(school, "Alice", "Noor", 1))
    (talk,) = clicked.result()
    assert readers_of(talk, NOW) == (school.people["Alice"],)
    claims = select(Claim.resource_id).where(Claim.kind == "person", Claim.booking_id == talk)
    assert school.people["Adam"] not in db.session.scalars(claims).all()


def test_the_office_books_for_no_household_that_is_gone(school, meanwhile, book_for):
    clicked = meanwhile(
        lambda: set_apart(school),
        lambda: book_for("Noor", ("Vera", 2), household="Alice"),
    )
    assert isinstance(clicked.exception(), NotFoundError)


def test_who_waits_for_an_import_finds_what_it_withdrew(school, meanwhile):
    def night():
        lock_people()
        db.session.execute(
            update(Offer).where(Offer.student_id == school.students["Kim"]).values(offered=False)
        )

    clicked = meanwhile(night, lambda: book(school, "Carol", "Kim", 3))
    assert clicked.result() == ()


def test_a_talk_that_the_office_cancelled_keeps_nobody_busy_after_a_setting_apart(
    school, meanwhile
):
    (talk,) = book(school, "Alice", "Noor", 0)
    clicked = meanwhile(
        lambda: office.cancel_for(school.actors["Sofie"], talk, reason="called", now=NOW),
        lambda: set_apart(school),
    )
    assert clicked.result() is None
    assert db.session.scalars(select(Claim.id).where(Claim.booking_id == talk)).all() == []


def test_a_guardian_who_was_shut_out_cancels_nothing(school, meanwhile):
    (talk,) = book(school, "Carol", "Kim", 1)
    carol = school.actors["Carol"].guardian_id
    clicked = meanwhile(
        lambda: families.change_access(
            school.actors["Anna"],
            school.students["Kim"],
            carol,
            opens=False,
            reason="asked for",
            now=NOW,
        ),
        lambda: service.cancel(school.actors["Carol"], talk, now=NOW),
    )
    assert isinstance(clicked.exception(), NotFoundError)
    assert db.session.get_one(Booking, talk).cancelled_at is None


def test_of_two_who_merge_at_once_from_both_sides_one_does(school, meanwhile):
    alice, carol = (school.actors[name].guardian_id for name in ("Alice", "Carol"))
    mails = update(Person).where(Person.id.in_([school.people["Alice"], school.people["Carol"]]))
    db.session.execute(mails.values(email="a@family.example", email_key="a@family.example"))
    db.session.commit()

    def merge(one, other):
        anna = school.actors["Anna"]
        return merging.merge_guardians(anna, one, other, reason="twice", now=NOW)

    clicked = meanwhile(lambda: merge(alice, carol), lambda: merge(carol, alice))
    assert isinstance(clicked.exception(), NotFoundError)
    ended = select(Guardian.id).where(Guardian.same_as_id.is_not(None))
    assert db.session.scalars(ended).all() == [carol]


def test_of_two_families_that_are_regrouped_at_once_neither_undoes_the_other(school, meanwhile):
    def put_together():
        families.set_apart(
            school.actors["Anna"], school.students["Tim"], apart=False, reason="asked", now=NOW
        )

    meanwhile(lambda: set_apart(school), put_together).result()
    assert {len(home.guardians) for home in homes_of(school.students["Noor"])} == {1}
    assert {len(home.guardians) for home in homes_of(school.students["Tim"])} == {2}


@pytest.mark.parametrize("who", ["Vera", "Carol", "Kim"])
def test_who_is_removed_is_left_no_talk_that_was_just_booked(school, meanwhile, who):
    meanwhile(
        lambda: book(school, "Carol", "Kim", 1),
        lambda: removal.remove_person(
            school.actors["Anna"], school.people[who], reason="left", now=NOW
        ),
    ).result()
    assert db.session.scalars(select(Booking.cancelled_at)).all() == [NOW]


@pytest.fixture
def crowded(school):
    """Talks of Noor with Vera and of Kim with Bart in one room, of which the first one holds it."""
    talks = (
        book(school, "Alice", "Noor", 0)
        + service.book(
            school.actors["Carol"],
            school.round_id,
            school.students["Kim"],
            [Choice(*school.choice("Kim", "Bart", 0))],
            together=False,
            submission="in-the-same-room",
            now=NOW,
        ).booked
    )
    with transaction():
        room = db.session.get_one(EveningRoom, (school.evening_id, school.teachers["Vera"])).room_id
        db.session.get_one(EveningRoom, (school.evening_id, school.teachers["Bart"])).room_id = room
        db.session.get_one(Room, room).exclusive = True
        claims.take_rooms([(room, talks[0], FIRST, FIRST + timedelta(minutes=10))])
    return talks


@pytest.mark.parametrize("order", [("Alice", "Carol"), ("Carol", "Alice")])
def test_nobody_is_left_in_a_room_that_two_leave_at_once(school, meanwhile, crowded, order):
    of = dict(zip(("Alice", "Carol"), crowded, strict=True))
    first, second = order
    meanwhile(
        lambda: service.cancel(school.actors[first], of[first], now=NOW),
        lambda: service.cancel(school.actors[second], of[second], now=NOW),
    ).result()
    assert db.session.scalars(select(Claim.booking_id)).all() == []


def test_two_changes_at_once_are_one_mail_to_their_teacher(school, meanwhile):
    (noor,), (kim,) = book(school, "Alice", "Noor", 0), book(school, "Carol", "Kim", 1)
    settled = FIRST - timedelta(hours=3)

    def cancel(booking_id):
        office.cancel_for(school.actors["Sofie"], booking_id, reason="ill", now=settled)

    meanwhile(lambda: cancel(noor), lambda: cancel(kim)).result()
    mail = select(OutboxMessage).where(OutboxMessage.kind == Promise.TEACHER_MAIL)
    assert {id_ for id_, _old in db.session.scalars(mail).one().payload["changes"]} == {noor, kim}


@pytest.mark.parametrize("act", ["remark", "answer"])
def test_what_one_does_while_being_set_apart_is_not_in_the_others_log(school, meanwhile, act):
    (talk,) = book(school, "Adam", "Noor", 0)
    adam = school.actors["Adam"]
    if act == "answer":
        calling_off.call_off(school.actors["Anna"], [talk], "absent", reason="ill", now=NOW)
    acts = {
        "remark": lambda: remarks.set_remark(adam, talk, "about the divorce", now=NOW),
        "answer": lambda: calling_off.answer(adam, talk, now=NOW),
    }
    meanwhile(lambda: set_apart(school), acts[act]).result()
    assert history.load(school.actors["Alice"], now=NOW) == ()
    last = select(AuditEntry).order_by(AuditEntry.id.desc())
    entry = db.session.scalars(last).first()
    assert entry.household_id == db.session.get_one(Booking, talk).household_id


def test_the_removal_of_a_teacher_whose_talk_the_office_changes_is_done_anyhow(
    app, school, monkeypatch
):
    """The two deadlock: the removal, which calls the talk off within it, is begun anew."""
    book(school, "Bob", "Tim", 0)
    rebuild, rebuilt = following.rebuild_households, Event()

    def rebuild_slowly(**when):
        rebuild(**when)
        if not rebuilt.is_set():
            rebuilt.set()
            until_somebody_waits()

    def put_together():
        families.set_apart(
            school.actors["Anna"], school.students["Tim"], apart=False, reason="asked", now=NOW
        )

    def remove():
        assert rebuilt.wait(10)
        vera = school.people["Vera"]
        removal.remove_person(school.actors["Anna"], vera, reason="left", now=NOW)

    monkeypatch.setattr(following, "rebuild_households", rebuild_slowly)
    with ThreadPoolExecutor(2) as pool:
        for change in [pool.submit(inside(app, act)) for act in (put_together, remove)]:
            change.result()
    db.session.rollback()
    assert db.session.scalars(select(Booking.cancelled_at)).all() == [NOW]
