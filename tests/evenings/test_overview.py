"""The office's evening: what it shows, to whom, how fresh, and with how many statements."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from app.bookings.models import Booking
from app.extensions import db as database
from app.rounds.models import Evening, Offer, OfferTeacher
from app.school.models import Department, HomeClass, Person, Student, Teacher
from tests.html import without_secrets
from tests.small_school import FIRST, NOW
from tests.talks import block

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(school):
    return f"/office/rounds/{school.round_id}/evening"


@contextmanager
def counted():
    """Count the statements within."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    engine = database.session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def cell(text, school, teacher, slot):
    """The cell of a teacher at a time, as it stands in the page."""
    start = text.index(f'data-cell="{school.teachers[teacher]}-{school.slots[slot]}"')
    return text[start : text.index("</td>", start)]


def figure(text, word):
    """The number above a word."""
    before = text[: text.index(word)]
    return int(before[before.rindex("<strong>") + 8 : before.rindex("</strong>")])


def test_every_state_has_a_word(act, school, book_one, url):
    book_one("Carol", "Kim", "Vera", 1)
    book_one("Bart", "Lot", "Vera", 2)
    block(
        school.actors["Sofie"],
        school.teachers["Vera"],
        school.evening_id,
        FIRST,
        FIRST.replace(minute=40),
        now=NOW,
    )
    page = act("Anna").get(url)
    assert page.status_code == 200
    for teacher, slot, state, word in (
        ("Vera", 0, "blocked", "blocked"),
        ("Vera", 1, "talk", "Kim Öztürk, h2a"),
        ("Vera", 3, "free", "free"),
        ("Bart", 2, "elsewhere", "sits elsewhere"),
    ):
        text = cell(page.text, school, teacher, slot)
        assert f'data-state="{state}"' in text
        assert word in text


def test_the_figures_are_of_what_is_shown(act, school, book_one, call_off, url):
    book_one("Carol", "Kim", "Vera", 1)
    call_off(book_one("Alice", "Noor", "Bart", 0))
    text = act("Anna").get(url).text
    assert figure(text, "talks reserved") == 1
    assert figure(text, "times free") == 3 * 12 - 1
    assert figure(text, "teachers full") == 0
    assert figure(text, "students without a talk") == 4
    assert figure(text, "called off, not answered") == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Vera", "Bart", "Kader"}),
        ("teacher=vries", {"Vera"}),
        ("teacher=VER", {"Vera"}),
        ("teacher=xyz", {"Bart"}),
        ("teacher=XYZ", {"Bart"}),
        ("teacher=%25", set()),
        ("family=oztu", {"Vera"}),
        ("family=carol", {"Vera"}),
        ("family=noor", set()),
        ("state=quiet", {"Bart", "Kader"}),
        ("state=full", set()),
        ("state=free", {"Vera", "Bart", "Kader"}),
        ("department={department}&home_class={home_class}", {"Vera", "Bart", "Kader"}),
        ("home_class=999", set()),
        ("department=x&state=y&evening=", {"Vera", "Bart", "Kader"}),
    ],
)
def test_filters_stand_in_the_address(act, db, school, book_one, url, query, shown):
    book_one("Carol", "Kim", "Vera", 1)
    db.get(Teacher, school.teachers["Bart"]).code = "XYZ"
    db.commit()
    department, home_class = (
        db.scalars(select(Department)).one(),
        db.scalars(select(HomeClass)).one(),
    )
    query = query.format(department=department.id, home_class=home_class.id)
    text = act("Anna").get(f"{url}?{query}").text
    found = {name for name, id_ in school.teachers.items() if f'id="teacher-{id_}"' in text}
    assert found == shown


def test_another_rounds_evening_is_not_found(act, db, school, url):
    other = db.scalar(select(Evening.id).where(Evening.round_id == school.student_round_id))
    assert act("Anna").get(f"{url}?evening={other}").status_code == 404
    assert act("Anna").get("/office/rounds/999/evening").status_code == 404


def test_a_page_that_waits_gets_nothing_until_something_changes(act, book_one, url):
    client = act("Anna")
    text = client.get(url).text
    start = text.index("marker=") + 7
    marker = text[start : text.index("&amp;", start)]
    again = f"{url}?marker={marker}"
    assert client.get(again, headers=HTMX).status_code == 204
    book_one("Carol", "Kim", "Vera", 1)
    fresh = client.get(again, headers=HTMX)
    assert fresh.status_code == 200
    assert "Kim" in fresh.text
    assert not fresh.text.lstrip().startswith("<!DOCTYPE")


@pytest.mark.parametrize(
    "page", ["evening", "talks", "silent", "unanswered", "absent?teacher={vera}"]
)
def test_the_statements_do_not_grow_with_the_school(act, db, school, book_one, call_off, page):
    address = f"/office/rounds/{school.round_id}/{page}".format(vera=school.teachers["Vera"])
    client = act("Anna")
    call_off(book_one("Bob", "Tim", "Vera", 3))
    book_one("Bob", "Tim", "Bart", 4)
    client.get(address)
    with counted() as before:
        client.get(address)
    for number in range(12):
        add_teacher(db, school, number)
    call_off(book_one("Carol", "Kim", "Vera", 1), book_one("Alice", "Sem", "Vera", 2))
    book_one("Alice", "Noor", "Bart", 2)
    book_one("Bart", "Lot", "Vera", 5)
    client.get(address)
    with counted() as after:
        client.get(address)
    assert len(after) == len(before)


@pytest.mark.parametrize("who", ["Vera", "Alice"])
def test_nor_those_of_a_teacher_and_of_a_family(act, db, school, book_one, call_off, who):
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    address = "/teaching" if who == "Vera" else f"/talks/{talk}/alternatives"
    client = act(who)
    client.get(address)
    with counted() as before:
        client.get(address)
    for number in range(12):
        add_teacher(db, school, number)
    for actor, student, slot in (("Carol", "Kim", 1), ("Bob", "Tim", 2), ("Bart", "Lot", 3)):
        book_one(actor, student, "Vera", slot)
    client.get(address)
    with counted() as after:
        client.get(address)
    assert len(after) == len(before)


def add_teacher(db, school, number):
    person = Person(given_name=f"Docent{number}", sort_key=f"docent{number}", search_key="docent")
    db.add(person)
    db.flush()
    teacher = Teacher(person_id=person.id, source="more", source_id=str(number), code=f"d{number}")
    db.add(teacher)
    db.flush()
    for student_id in db.scalars(select(Student.id)):
        offer = Offer(
            round_id=school.round_id,
            student_id=student_id,
            subject_code="ne",
            teacher_key=str(teacher.id),
        )
        db.add(offer)
        db.flush()
        db.add(OfferTeacher(offer_id=offer.id, teacher_id=teacher.id))
    db.commit()


# The lists


def test_the_list_of_talks_tells_who_where_and_by_whom(act, school, book_one):
    book_one("Carol", "Kim", "Vera", 1)
    text = act("Sofie").get(f"/office/rounds/{school.round_id}/talks").text
    for word in ("Kim Öztürk", "h2a", "mevr. De Vries", "B01", "18:40", "Carol Öztürk"):
        assert word in text


def test_a_student_who_reserved_is_not_named_twice(act, db, school, book_one):
    talk = book_one("Carol", "Kim", "Vera", 1)
    db.get(Booking, talk).booked_by_id = school.people["Kim"]
    db.commit()
    text = act("Sofie").get(f"/office/rounds/{school.round_id}/talks").text
    assert text.count("Kim Öztürk") == 1
    assert "the student" in text


def test_the_filter_by_state_is_not_named_as_the_one_by_name(act, url):
    text = act("Anna").get(url).text
    assert '<label for="filter-teacher">Teacher</label>' in text
    assert '<label for="filter-state">How full</label>' in text


@pytest.mark.parametrize(
    ("query", "students"),
    [
        ("", {"Kim", "Tim"}),
        ("teacher=vries", {"Kim"}),
        ("family=smit", {"Tim"}),
        ("state=called_off", {"Noor"}),
        ("state=cancelled", set()),
        ("page=2", set()),
    ],
)
def test_talks_are_chosen_by_the_address(act, school, book_one, call_off, query, students):
    book_one("Carol", "Kim", "Vera", 1)
    book_one("Bob", "Tim", "Bart", 2)
    call_off(book_one("Alice", "Noor", "Kader", 3))
    text = act("Anna").get(f"/office/rounds/{school.round_id}/talks?{query}").text
    assert {name for name in ("Kim", "Tim", "Noor") if f"<bdi>{name}" in text} == students


def test_who_has_no_talk_is_listed_with_the_parents(act, school, book_one):
    book_one("Alice", "Noor", "Vera", 1)
    text = act("Anna").get(f"/office/rounds/{school.round_id}/silent").text
    assert "<bdi>Noor" not in text
    assert "<bdi>Sem" in text
    assert "Bea van den Berg" in text


def test_what_waits_for_an_answer_is_ticked_off_with_a_note(act, db, school, book_one, call_off):
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    url = f"/office/rounds/{school.round_id}/unanswered"
    client = act("Anna")
    assert "Noor Jansen" in client.get(url).text
    assert client.post(f"{url}/{talk}", data={"note": "belt terug"}).status_code == 303
    assert "Noor Jansen" not in client.get(url).text


def test_a_student_who_left_waits_for_no_talk_and_for_no_answer(
    act, db, school, book_one, call_off, url
):
    call_off(book_one("Carol", "Kim", "Vera", 0))
    rounds = f"/office/rounds/{school.round_id}"
    client = act("Anna")
    figures = (figure(client.get(url).text, word) for word in ("without a talk", "not answered"))
    assert tuple(figures) == (5, 1)
    db.get(Student, school.students["Kim"]).ended_on = NOW.date()
    db.commit()
    figures = (figure(client.get(url).text, word) for word in ("without a talk", "not answered"))
    assert tuple(figures) == (4, 0)
    for page in ("silent", "unanswered"):
        assert "Kim" not in without_secrets(client.get(f"{rounds}/{page}").text)


def test_a_talk_of_another_round_is_not_ticked_off(act, school, book_one, call_off):
    talk = book_one("Alice", "Noor", "Vera", 0)
    call_off(talk)
    url = f"/office/rounds/{school.student_round_id}/unanswered/{talk}"
    assert act("Anna").post(url, data={"note": ""}).status_code == 404
