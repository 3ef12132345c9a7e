"""What making one person of two, two of one, or none of one leaves as it was."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account, SignInSession
from app.accounts.service import account_of
from app.bookings.models import Booking
from app.core.errors import NotFoundError
from app.people.joining import load_join
from app.people.merging import load_merge, merge_guardians
from app.people.parting import part_people
from app.people.removal import load_removal, remove_person
from app.people.splitting import load_split, split_guardians
from app.rounds.models import Offer
from app.school.models import Guardian, Guardianship, Person, Teacher
from app.school.names import email_key
from tests.signing_in import new_session
from tests.small_school import FIRST, NOW

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def alike(db, school):
    """Give these people one mail address: alike("Alice", "Carol")."""

    def alike_(*names, address="one@family.example"):
        db.execute(
            update(Person)
            .where(Person.id.in_([school.people[name] for name in names]))
            .values(email=address, email_key=email_key(address))
        )
        db.commit()

    return alike_


@pytest.fixture
def merge(school):
    def merge_(one, other, now=NOW):
        ids = (school.actors[name].guardian_id for name in (one, other))
        return merge_guardians(school.actors["Anna"], *ids, reason="her passport", now=now)

    return merge_


@pytest.fixture
def split(school):
    def split_(name):
        guardian_id = school.actors[name].guardian_id
        split_guardians(school.actors["Anna"], guardian_id, reason="sisters", now=NOW)

    return split_


@pytest.fixture
def remove(school):
    def remove_(name, now=NOW):
        person_id = school.people[name]
        remove_person(school.actors["Anna"], person_id, reason="moved", now=now)

    return remove_


@pytest.fixture
def guardian(db, school):
    return lambda name: db.get(Guardian, school.actors[name].guardian_id, populate_existing=True)


# Two guardians


def test_a_row_that_was_somebody_else_before_keeps_the_day_on_which_it_ended(
    alike, merge, guardian
):
    alike("Alice", "Bob", "Carol")
    merge("Carol", "Bob")
    (ended,) = [name for name in ("Bob", "Carol") if guardian(name).ended_on]
    merge("Alice", "Carol" if ended == "Bob" else "Bob", NOW + DAY)
    assert guardian(ended).ended_on == TODAY
    assert guardian(ended).same_as_id == guardian("Alice").id
    assert {guardian(name).ended_on for name in ("Bob", "Carol")} == {TODAY, TODAY + DAY}


def test_two_without_any_address_are_one_by_their_name_alone(db, school):
    sort_key = db.get(Person, school.people["Alice"]).sort_key
    db.execute(update(Person).values(email="", email_key=""))
    db.execute(update(Person).where(Person.id == school.people["Bob"]).values(sort_key=sort_key))
    db.commit()
    page = load_merge(school.actors["Alice"].guardian_id, now=NOW)
    assert [one.entry.name for one in page.candidates] == ["Bob Smit"]


def test_who_works_here_holds_the_name_though_only_the_other_one_has_an_address(db, school, merge):
    db.execute(
        update(Person)
        .where(Person.id.in_([school.people["Bart"], school.people["Carol"]]))
        .values(sort_key="the same")
    )
    db.execute(
        update(Person).where(Person.id == school.people["Bart"]).values(email="", email_key="")
    )
    db.commit()
    assert merge("Carol", "Bart") == school.actors["Bart"].guardian_id


def test_of_two_again_the_one_whose_children_have_left_is_ended(
    db, school, alike, merge, split, guardian
):
    """Whichever source lists it."""
    alike("Alice", "Carol")
    guardian("Alice").source = "another source"
    db.commit()
    assert merge("Alice", "Carol") == guardian("Alice").id
    own = [school.students[name] for name in ("Noor", "Sem")]
    db.execute(update(Guardianship).where(Guardianship.student_id.in_(own)).values(ended_at=NOW))
    db.commit()
    split("Carol")
    assert (guardian("Alice").ended_on, guardian("Carol").ended_on) == (TODAY, None)
    assert set(db.scalars(select(Guardianship.via_id))) == {None}


def test_the_page_of_a_split_shows_the_talks_that_are_to_come(school, book_one, alike, merge):
    alike("Alice", "Carol")
    talk = book_one("Carol", "Kim", "Vera", 0)
    merge("Alice", "Carol")

    def shown(now):
        page = load_split(school.actors["Carol"].guardian_id, now=now)
        return [one.booking_id for one in page.talks]

    assert shown(FIRST - timedelta(seconds=1)) == [talk]
    assert shown(FIRST) == []


def test_two_again_both_sign_in_anew(db, school, alike, merge, split):
    """One of them could be signed in as the other, by the address they shared."""
    alike("Alice", "Carol")
    merge("Alice", "Carol")
    new_session(school.people["Alice"], now=NOW)
    split("Carol")
    assert db.scalars(select(SignInSession.ended_at)).all() == [NOW]


# A teacher and a guardian


def test_a_guardian_or_teacher_who_has_left_is_nobody_to_join(db, school, alike):
    alike("Carol", "Vera", address="vera@school.example")
    vera = school.teachers["Vera"]
    assert [one.name for one in load_join(vera).candidates] == ["Carol Öztürk"]
    db.execute(
        update(Guardian)
        .where(Guardian.id == school.actors["Carol"].guardian_id)
        .values(ended_on=TODAY)
    )
    db.commit()
    assert load_join(vera).candidates == ()
    db.execute(update(Teacher).where(Teacher.id == vera).values(ended_on=TODAY))
    db.commit()
    with pytest.raises(NotFoundError):
        load_join(vera)


def test_a_guardian_of_whom_nothing_was_known_reads_the_language_of_before(db, school, guardian):
    db.execute(update(Person).where(Person.id == school.people["Bart"]).values(language="en"))
    db.commit()
    part_people(school.actors["Anna"], school.teachers["Bart"], reason="a namesake", now=NOW)
    person = db.get(Person, guardian("Bart").person_id)
    assert person.id != school.people["Bart"]
    assert (person.language, person.sort_key) == (
        "en",
        db.get(Person, school.people["Bart"]).sort_key,
    )


# Who is removed


def test_talks_go_that_only_one_who_left_before_would_share(db, school, book_one, remove):
    """Alice left by the source, and nobody else is left when Adam is removed."""
    talk = book_one("Adam", "Noor", "Vera", 0)
    db.execute(
        update(Guardian)
        .where(Guardian.id == school.actors["Alice"].guardian_id)
        .values(ended_on=TODAY)
    )
    db.commit()
    page = load_removal(school.people["Adam"], now=NOW)
    assert [one.booking_id for one in page.family_talks] == [talk]
    remove("Adam")
    assert db.get(Booking, talk).cancelled_at == NOW


def test_talks_that_have_begun_stay(db, school, book, remove):
    begun, to_come = book("Carol", "Kim", ("Vera", 0), ("Bart", 1))
    page = load_removal(school.people["Carol"], now=FIRST)
    assert [one.booking_id for one in page.family_talks] == [to_come]
    remove("Carol", FIRST)
    assert db.get(Booking, begun).cancelled_at is None


def test_sessions_are_counted_until_they_end_and_tasks_of_the_office_go(db, school, remove):
    new_session(school.people["Sofie"], now=NOW)
    expires_at = db.scalars(select(SignInSession.expires_at)).one()

    def sessions(now):
        return load_removal(school.people["Sofie"], now=now).sessions

    assert sessions(expires_at - timedelta(seconds=1)) == 1
    assert sessions(expires_at) == 0
    db.execute(
        update(Account)
        .where(Account.id == account_of(school.people["Sofie"]))
        .values(administrator=True)
    )
    db.commit()
    remove("Sofie")
    tasks = select(Account.administrator, Account.scheduler).where(
        Account.person_id == school.people["Sofie"]
    )
    assert db.execute(tasks).one() == (False, False)


def test_an_import_that_brings_a_student_back_brings_its_offers_back(db, school, remove):
    """So they are withdrawn as an import does, and not as by hand."""
    remove("Kim")
    offers = select(Offer.offered, Offer.in_package).where(
        Offer.student_id == school.students["Kim"]
    )
    assert set(map(tuple, db.execute(offers))) == {(False, False)}


def test_a_child_that_was_no_longer_a_guardians_ended_then(db, school, remove):
    links = Guardianship.guardian_id == school.actors["Alice"].guardian_id
    noor = Guardianship.student_id == school.students["Noor"]
    db.execute(update(Guardianship).where(links, noor).values(ended_at=NOW - DAY))
    db.commit()
    remove("Alice")
    ended = select(Guardianship.ended_at).where(links).order_by(Guardianship.ended_at)
    assert db.scalars(ended).all() == [NOW - DAY, NOW]
