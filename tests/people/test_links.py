"""A teacher's own link: changed by the office and by the teacher, seen by nobody before a talk."""

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core.errors import NotFoundError
from app.rounds.models import Round
from app.school.links import BadLink, set_link
from app.school.models import Teacher
from app.school.rows import Change, TeacherRow
from app.school.service import apply_school
from tests.small_school import NOW

pytestmark = pytest.mark.usefixtures("on_the_evening_of_booking")

LINK = "https://meet.school.example/vera?room=1&x=y"


@pytest.fixture
def link(db, school):
    def link_(name="Vera"):
        db.rollback()
        return db.scalar(select(Teacher.link).where(Teacher.id == school.teachers[name]))

    return link_


@pytest.fixture
def own_links(db):
    """Hold all talks at the teachers' own links."""
    db.execute(update(Round).values(modalities="own_link"))
    db.commit()


@pytest.mark.parametrize("name", ["Anna", "Sofie", "Vera"])
def test_the_office_and_the_teacher_change_it_and_the_log_does_not_hold_it(db, school, link, name):
    set_link(school.actors[name], school.teachers["Vera"], f" {LINK} ", now=NOW)
    assert link() == LINK
    (entry,) = db.scalars(select(AuditEntry))
    assert entry.action == "school.teacher_link"
    assert entry.details == {"teacher_id": school.teachers["Vera"]}
    set_link(school.actors[name], school.teachers["Vera"], LINK, now=NOW)
    assert len(db.scalars(select(AuditEntry)).all()) == 1
    set_link(school.actors[name], school.teachers["Vera"], "", now=NOW)
    assert link() == ""


@pytest.mark.parametrize("name", ["Bart", "Kader", "Alice", "Noor"])
def test_nobody_else_does(school, link, name):
    with pytest.raises(NotFoundError):
        set_link(school.actors[name], school.teachers["Vera"], LINK, now=NOW)
    assert link() == ""


@pytest.mark.parametrize(
    "text",
    [
        "http://meet.school.example/vera",
        "meet.school.example/vera",
        "javascript:alert(1)",
        "https://",
        "https://vera",
        "https://school.example@elsewhere.example/",
        "https://[bad/",
        "https://meet.example/a b",
        "https://meet.example/\x01",
        "https://meet.exámple/",
        f"https://meet.example/{'x' * 480}",
    ],
)
def test_what_is_no_link_is_refused(school, link, text):
    with pytest.raises(BadLink):
        set_link(school.actors["Anna"], school.teachers["Vera"], text, now=NOW)
    assert link() == ""


def test_the_office_fills_it_in_on_the_page_of_the_teacher(act, school, link):
    page = f"/office/teachers/{school.teachers['Vera']}"
    answer = act("Anna").post(f"{page}/link", data={"link": "vera"})
    assert answer.status_code == 422
    assert 'id="link-error"' in answer.text
    assert 'value="vera"' in answer.text
    answer = act("Anna").post(f"{page}/link", data={"link": LINK})
    assert (answer.status_code, answer.location, link()) == (303, page, LINK)
    assert LINK.replace("&", "&amp;") in act("Anna").get(page).text
    assert act("Anna").post("/office/teachers/999/link", data={"link": LINK}).status_code == 404


def test_the_teacher_does_where_a_round_has_talks_there(act, db, own_links, link):
    assert 'action="/teaching/link#own-link"' in act("Vera").get("/teaching").text
    assert act("Vera").post("/teaching/link", data={"link": "x" * 501}).status_code == 422
    answer = act("Vera").post("/teaching/link", data={"link": LINK})
    assert (answer.status_code, link(), link("Bart")) == (303, LINK, "")
    db.execute(update(Round).values(modalities="site"))
    db.commit()
    assert 'action="/teaching/link#own-link"' in act("Vera").get("/teaching").text  # to delete it
    assert 'action="/teaching/link#own-link"' not in act("Kader").get("/teaching").text


@pytest.mark.usefixtures("own_links")
def test_a_family_sees_the_link_of_its_own_talk_as_it_is_now(act, school, book_one):
    vera = school.teachers["Vera"]
    set_link(school.actors["Vera"], vera, LINK, now=NOW)
    table = f"/rounds/{school.round_id}/children/{{}}".format
    client = act("Alice")
    assert "meet.school.example" not in client.get(table(school.students["Noor"])).text
    book_one("Alice", "Noor", "Vera", 0)
    page = client.get(table(school.students["Noor"])).text
    assert f'href="{LINK.replace("&", "&amp;")}"' in page
    set_link(school.actors["Anna"], vera, "https://other.example/", now=NOW)
    page = client.get(table(school.students["Noor"])).text
    assert 'href="https://other.example/"' in page
    assert "meet.school.example" not in page
    for name in ("Carol", "Bob"):
        assert "other.example" not in act(name).get("/talks").text


def test_an_import_leaves_it(db, school, link):
    set_link(school.actors["Vera"], school.teachers["Vera"], LINK, now=NOW)
    row = TeacherRow("Vera", "mevr.", "Vera", "de", "Vries", "ver")
    apply_school("test", {TeacherRow: Change(changed=[row])}, now=NOW)
    assert link() == LINK
