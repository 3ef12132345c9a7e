"""A student of 18: the own choice in a round for parents, and what parents see."""

from datetime import date

import pytest
from sqlalchemy import select

from app.accounts.queries import load_owner
from app.accounts.service import account_of
from app.audit.models import AuditEntry
from app.bookings.models import Booking, Claim, ClaimKind
from app.core.versions import Version
from app.family import consent
from app.round_setup import recipients
from app.school.models import Person, Student
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")


@pytest.fixture
def grown(db, school):
    """Noor is 18 since today; her parents come together."""
    db.get(Student, school.students["Noor"]).birth_date = date(2009, 1, 20)
    db.commit()
    school.actors["Noor"] = load_owner(account_of(school.people["Noor"]))[0]
    return school.actors["Noor"]


def table(client, school):
    return client.get(f"/rounds/{school.round_id}/children/{school.students['Noor']}")


def who_is_told(school):
    ids = recipients.families_of(school.round_id, now=NOW)
    return {name for name, id_ in school.people.items() if id_ in ids}


def test_chooses_alone_in_a_round_for_parents(db, act, school, choose, grown):
    address = f"/rounds/{school.round_id}/children/{school.students['Noor']}"
    assert f'href="{address}"' in act("Noor").get("/talks").text
    assert table(act("Noor"), school).status_code == 200
    choose("Noor", "Noor", ("Vera", 0))
    talk = db.scalars(select(Booking)).one()
    assert talk.household_id is None
    of_people = select(Claim.resource_id).where(Claim.kind == ClaimKind.PERSON)
    whose = set(db.scalars(of_people))
    assert school.people["Noor"] in whose
    assert not whose & {school.people["Alice"], school.people["Adam"]}
    assert act("Noor").post(f"/talks/{talk.id}/cancel").status_code in {200, 303}


def test_who_is_a_day_younger_chooses_nothing(db, act, school, grown):
    db.get(Student, school.students["Noor"]).birth_date = date(2009, 1, 21)
    db.commit()
    assert table(act("Noor"), school).status_code == 404
    actor = load_owner(account_of(school.people["Noor"]))[0]
    with pytest.raises(consent.NotOfAge):
        consent.decide(actor, lets_in=True, now=NOW)


def test_parents_read_why_they_see_nothing(db, act, school, grown):
    page = act("Alice").get("/talks").text
    assert "a child who is 18 or older" in page
    assert "Noor" not in page
    assert "a child who is 18 or older" not in act("Carol").get("/talks").text
    db.get(Student, school.students["Sem"]).birth_date = date(2008, 1, 20)
    db.commit()  # no child is left to see
    page = act("Alice").get("/talks").text
    assert "a child who is 18 or older" in page
    assert "nothing to choose yet" not in page
    assert table(act("Alice"), school).status_code == 404


def test_one_tick_lets_the_parents_in_and_out(db, act, school, choose, grown):
    version = select(Version.number)
    before = db.scalar(version)
    page = act("Noor").get("/account").text
    assert 'name="lets_in"' in page
    act("Noor").post("/account/parents", data={"lets_in": "y"})
    assert db.scalar(version) > before
    assert table(act("Alice"), school).status_code == 200
    assert "a child who is 18 or older" not in act("Alice").get("/talks").text
    choose("Alice", "Noor", ("Vera", 0))
    talk = db.scalars(select(Booking)).one()
    assert talk.household_id == school.households["Alice"]
    assert f"/talks/{talk.id}" in act("Noor").get("/talks").text
    act("Noor").post("/account/parents", data={})
    assert table(act("Alice"), school).status_code == 404
    assert table(act("Noor"), school).status_code == 200
    logged = db.scalars(select(AuditEntry.action).where(AuditEntry.action.like("family.%ed")))
    assert sorted(logged) == ["family.closed"] * 2 + ["family.opened"] * 2


def test_only_who_is_of_age_has_the_tick(act):
    assert 'name="lets_in"' not in act("Sem").get("/account").text
    assert 'name="lets_in"' not in act("Alice").get("/account").text


def test_is_invited_instead_of_the_parents(db, school, grown):
    for name in ("Noor", "Kim"):
        person = db.get(Person, school.people[name])
        person.email = person.email_key = f"{name.lower()}@school.example"
    db.commit()
    assert "Noor" in who_is_told(school)
    assert "Kim" not in who_is_told(school)
    consent.decide(grown, lets_in=True, now=NOW)
    assert {"Noor", "Alice"} <= who_is_told(school)
