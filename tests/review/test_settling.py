"""Ticking off, and putting back: what the office does on the page."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.review import queries, service
from app.review.entries import ReviewKind
from app.review.models import ReviewItem
from app.review.queries import load_page
from tests.review.conftest import found
from tests.small_school import NOW

PAGE = "/office/review"
ADAM, BEA = ("Adam Jansen",), ("Bea van den Berg",)


@pytest.fixture
def without(files):
    """Let these parents have no address in the source."""

    def without_(*names):
        for name, row in files.tables["ouders"].items():
            row["email"] = "" if name in names else f"{name.lower()}@family.example"
        assert files.run(allow=["ouders"]).applied

    return without_


def open_(kind="no_address"):
    return found().get(kind, [])


def settled():
    """Return the names of those ticked off."""
    return [
        tuple(one.name for one in entry.people)
        for group in load_page(NOW).groups
        for entry in group.settled
    ]


@pytest.fixture
def send(office):
    """Send the form of a kind; return what the page then says."""

    def send_(kind="no_address", **form):
        answer = office.post(PAGE, data={"kind": kind, **form})
        assert (answer.status_code, answer.location) == (303, f"{PAGE}#told")
        page = office.get(PAGE).text
        (message,) = re.findall(r'id="told"[^>]*>([^<]+)<', page)
        return message

    return send_


def subjects(kind=ReviewKind.NO_ADDRESS):
    """Return what the page holds of this kind, by the first person's first name."""
    return {
        entry.people[0].name.split()[0]: entry.subject
        for group in load_page(NOW).groups
        if group.kind is kind
        for entry in (*group.open, *group.settled)
    }


def test_one_is_ticked_off_and_put_back(db, without, send):
    without("Adam", "Bea")
    adam = subjects()["Adam"]
    assert send(subject=adam) == "Ticked off."
    assert (open_(), settled()) == ([BEA], [ADAM])
    assert send(back=adam) == "It is on the list again."
    assert (open_(), settled()) == ([BEA, ADAM], [])
    (entry,) = db.scalars(select(AuditEntry).where(AuditEntry.action == "review.settled"))
    assert entry.details["counts"] == {"no_address": 1}


def test_sent_twice_is_harmless(db, without, send):
    without("Adam", "Bea")
    adam = subjects()["Adam"]
    send(subject=adam)
    assert "done already" in send(subject=adam)
    assert settled() == [ADAM]
    send(back=adam)
    assert "done already" in send(back=adam)
    assert open_() == [BEA, ADAM]
    assert len(db.scalars(select(ReviewItem)).all()) == 1


def test_all_are_those_who_were_shown(without, send):
    without("Adam", "Bea")
    shown = list(subjects().values())
    without("Adam", "Bea", "Alice")
    assert send(every="1", shown=shown) == "2 ticked off."
    assert (open_(), len(settled())) == ([("Alice Jansen",)], 2)


def test_of_thousands_the_first_are_shown_and_ticked_off(monkeypatch, office, without):
    monkeypatch.setattr(queries, "MOST_SHOWN", 2)
    without("Adam", "Alice", "Bea")
    page = office.get(PAGE).text
    assert "These are the first 2 of 3." in page
    assert "Tick off these 2" in page
    assert page.count('name="shown"') == 2
    assert "/office/people?list=without-mail" in page


def test_the_page_of_many_is_light(office, files):
    for number in range(150):
        name = f"Maximiliaan-Alexander {number}"
        files.add_guardian(f"new {number}", "Tim", voornaam=name, email="")
    files.run()
    answer = office.get(PAGE)
    assert "Tick off all 150" in answer.text
    assert len(answer.data) < 20_000 + 150 * 350


def test_another_kind_of_the_same_person_is_not_ticked_off(files, send):
    files.tables["leerlingen"]["Kim"]["stamklas"] = ""
    del files.tables["ouder_leerling"]["Carol", "Kim"]
    files.run(allow=["leerlingen", "ouder_leerling", "ouders"])
    send("no_class", subject=subjects(ReviewKind.NO_CLASS)["Kim"])
    assert set(found()) == {"no_guardian"}


def test_what_was_ticked_off_stays_so_over_imports(without, send, deliver):
    without("Adam", "Bea")
    deliver()
    send(subject=subjects()["Adam"])
    without("Adam")
    deliver()
    assert (open_(), settled()) == ([], [ADAM])


def test_what_went_and_came_back_is_to_be_checked_again(without, send, deliver):
    without("Adam")
    deliver()
    send(subject=subjects()["Adam"])
    without()
    deliver()
    without("Adam")
    assert deliver()
    assert (open_(), settled()) == ([ADAM], [])


def test_rows_left_out_are_ticked_off_until_others_are(files, send, deliver):
    row = files.tables["leerlingen"]["Kim"]
    row["geboortedatum"] = "31-02-2013"
    files.run()
    deliver()
    (entry,) = (group.open[0] for group in load_page(NOW).groups)
    send("rows_left_out", subject=entry.subject)
    files.run()  # the same fault every night
    assert not deliver()
    assert found() == {}
    row["geboortedatum"] = "32-01-2013"
    files.run()
    assert deliver()
    assert set(found()) == {"rows_left_out"}


@pytest.mark.parametrize("kind", ["", "no_such_kind", "NO_ADDRESS", "no_address\x00"])
def test_an_unknown_kind_is_refused(office, school, kind):
    assert office.post(PAGE, data={"kind": kind, "subject": "1"}).status_code == 422


@pytest.mark.parametrize("form", [{"subject": "99999"}, {"back": "x\x00"}, {"every": "1"}, {}])
def test_what_is_not_to_be_checked_changes_nothing(db, without, send, form):
    without("Adam")
    assert "changed meanwhile" in send(**form)
    assert db.scalars(select(ReviewItem)).all() == []


def test_what_is_on_the_list_anyway_is_not_marked_by_putting_it_back(db, without, send, deliver):
    without("Adam")
    send(back=subjects()["Adam"])
    assert db.scalars(select(ReviewItem)).all() == []
    assert deliver()  # it is still news


@pytest.mark.parametrize("name", ["Alice", "Noor", "Vera"])
def test_others_change_nothing_and_find_nothing(db, school, act, without, name):
    without("Adam")
    adam = subjects()["Adam"]
    client = act(name)
    assert client.get(PAGE).status_code == 404
    form = {"kind": "no_address", "subject": adam}
    assert client.post(PAGE, data=form).status_code == 404
    with pytest.raises(NotFoundError):
        service.settle(school.actors[name], ReviewKind.NO_ADDRESS, [adam], shall=True, now=NOW)
    assert open_() == [ADAM]


def test_a_scheduler_ticks_off_but_is_offered_nothing_for_administrators(school, act, files):
    files.tables["ouders"]["Carol"]["email"] = "vera@school.example"
    files.add_guardian("Bob again", "Lot", voornaam="Bob", achternaam="Smit", email="b@x.example")
    files.tables["ouders"]["Bob"]["email"] = "b@x.example"
    files.renumber("Noor", "20279999")
    files.run(allow=["ouders"])
    doors = ("/join", "/merge", "/number")
    anna = act("Anna").get(PAGE).text
    assert all(door in anna for door in doors)
    assert "An administrator can do that." not in anna
    sofie = act("Sofie")
    page = sofie.get(PAGE).text
    assert not any(door in page for door in doors)
    assert page.count("An administrator can do that.") == 3
    sofie.post(
        PAGE, data={"kind": "new_number", "subject": subjects(ReviewKind.NEW_NUMBER)["Noor"]}
    )
    assert set(found()) == {"teacher_and_parent", "one_person"}


def test_each_button_is_called_by_its_person_and_nobody_by_an_address(office, files, without):
    without("Adam")
    files.tables["ouders"]["Carol"]["email"] = "vera@school.example"
    files.run(allow=["ouders"])
    page = office.get(PAGE).text
    buttons = [
        " ".join(re.sub(r"<[^>]+>", "", button).split())
        for button in re.findall(r"<button\s+class=\"link\"\s+name.*?</button>", page, re.DOTALL)
    ]
    assert buttons == ["Tick off Vera de Vries, Carol Öztürk", "Tick off Adam Jansen"]
    assert ".example" not in page
