"""What nobody should send on the pages where an administrator changes a family, and sends all the same."""

import re
from html import escape

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.school.models import Guardian, Person

NUL = "\0"
REASON = "Zij belde."
DONE = "This was done already, or it has changed meanwhile."


@pytest.fixture
def forms(db, school):
    """Address and fields of every form; Carol, Vera and Adam have one mail address."""
    for name in ("Carol", "Vera", "Adam"):
        person = db.get(Person, school.people[name])
        person.email = person.email_key = "one@school.example"
    db.commit()
    guardians = {
        name: db.scalars(select(Guardian.id).where(Guardian.person_id == person_id)).first()
        for name, person_id in school.people.items()
    }
    student = f"/office/students/{school.students['Noor']}"
    return {
        "apart": (f"{student}/apart", {"shall": "be"}),
        "access": (f"{student}/guardians/{guardians['Adam']}", {"shall": "not be"}),
        "number": (f"{student}/number", {"number": "20279999"}),
        "join": (
            f"/office/teachers/{school.teachers['Vera']}/join",
            {"person": school.people["Carol"]},
        ),
        "part": (f"/office/teachers/{school.teachers['Bart']}/part", {}),
        "merge": (f"/office/guardians/{guardians['Carol']}/merge", {"guardian": guardians["Adam"]}),
        "remove": (f"/office/people/{school.people['Bea']}/remove", {}),
    }


FORMS = ("apart", "access", "number", "join", "part", "merge", "remove")


def errors(page):
    return re.findall(r'role="alert">\s*(.*?)\s*</p>', page.text, re.DOTALL)


def lines(db):
    return db.scalar(select(func.count()).select_from(AuditEntry))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("", "Give a reason. Your colleagues find it in the log."),
        (NUL, "Give a reason. Your colleagues find it in the log."),
        ("<b>" * 600, "Use at most 200 characters."),
        ("😀" * 201, "Use at most 200 characters."),
    ],
)
def test_a_reason_that_cannot_be_is_refused_beside_its_field(db, act, forms, form, reason, says):
    path, fields = forms[form]
    before = lines(db)
    page = act("Anna").post(path, data=fields | {"reason": reason})
    assert page.status_code == 422
    assert errors(page) == [says]
    assert f'value="{escape(reason.strip(NUL))}"' in page.text
    assert lines(db) == before


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ("apart", "shall", "Open this page again, and choose once more."),
        ("access", "shall", "Open this page again, and choose once more."),
        (
            "number",
            "number",
            "A student number has letters and digits, and no spaces or other signs.",
        ),
        ("join", "person", "Choose who it is."),
        ("merge", "guardian", "Choose who it is."),
    ],
)
@pytest.mark.parametrize("value", ["<b>", "😀", "a b"])
def test_what_nobody_can_mean_is_refused_and_the_reason_is_kept(
    db, act, forms, form, field, says, value
):
    path, fields = forms[form]
    before = lines(db)
    page = act("Anna").post(path, data=fields | {field: value, "reason": REASON})
    assert page.status_code == 422
    assert errors(page) == [says]
    assert f'value="{REASON}"' in page.text
    assert lines(db) == before


@pytest.mark.parametrize("form", ["join", "merge"])
def test_somebody_who_cannot_be_chosen_any_more_is_chosen_anew(db, act, school, forms, form):
    person = db.get(Person, school.people["Carol" if form == "join" else "Adam"])
    path, fields = forms[form]
    person.email = person.email_key = ""
    db.commit()
    before = lines(db)
    page = act("Anna").post(path, data=fields | {"reason": REASON})
    assert page.status_code == 422
    assert "Choose who it is." in page.text or "No other parent" in page.text
    assert lines(db) == before


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("apart", "The parents come apart already."),
        ("access", "This parent does not see the child any more."),
        ("number", "The student number is changed."),
        ("join", DONE),
        ("part", DONE),
        ("merge", "Is already one person with"),
        ("remove", DONE),
    ],
)
def test_a_form_sent_twice_is_done_once_and_says_so(db, act, forms, form, says):
    path, fields = forms[form]
    anna = act("Anna")
    assert anna.post(path, data=fields | {"reason": REASON}).status_code == 303
    done = lines(db)
    page = anna.post(path, data=fields | {"reason": REASON}, follow_redirects=True)
    assert says in page.text
    assert lines(db) == done


def test_two_who_are_two_again_are_not_split_once_more(db, act, forms):
    path, fields = forms["merge"]
    anna = act("Anna")
    anna.post(path, data=fields | {"reason": REASON})
    merged = db.scalars(select(Guardian.id).where(Guardian.same_as_id.is_not(None))).one()
    path = f"/office/guardians/{merged}/split"
    assert anna.post(path, data={"reason": REASON}).status_code == 303
    done = lines(db)
    assert DONE in anna.post(path, data={"reason": REASON}, follow_redirects=True).text
    assert lines(db) == done
