"""Many families on one site: their rows, and their phones."""

import html
import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert

from app.accounts.secrets import new_token
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher
from app.school.models import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from tests.signing_in import cookie_of
from tests.sites import Site
from tests.small_school import SmallSchool


def add_families(
    site: Site, school: SmallSchool, count: int, *, guardians: int = 1
) -> list[list["Phone"]]:
    """Add families of one child each; return the phones of each family's guardians."""
    with site.app.test_request_context():
        csrf, secret = generate_csrf(), session["csrf_token"]
    with site.app.app_context():
        families = []
        home_class = db.session.scalar(db.select(Student.home_class_id).limit(1))
        for number in range(count):
            student = _person(f"Kind{number}")
            row = Student(
                person_id=student,
                source="crowd",
                source_id=new_token(),
                number=str(number),
                home_class_id=home_class,
            )
            household = Household(guardian_key=new_token())
            db.session.add_all([row, household])
            db.session.flush()
            db.session.add(HouseholdStudent(household_id=household.id, student_id=row.id))
            phones = []
            for which in range(guardians):
                person = _person(f"Ouder{number}-{which}")
                guardian = Guardian(person_id=person, source="crowd", source_id=new_token())
                db.session.add(guardian)
                db.session.flush()
                db.session.add_all(
                    [
                        HouseholdGuardian(household_id=household.id, guardian_id=guardian.id),
                        Guardianship(student_id=row.id, guardian_id=guardian.id),
                    ]
                )
                phones.append((person, row.id))
            offers = {}
            for first, teacher_id in school.teachers.items():
                offers[first] = db.session.scalar(
                    insert(Offer)
                    .values(
                        round_id=school.round_id,
                        student_id=row.id,
                        subject_code="ne",
                        teacher_key=str(teacher_id),
                    )
                    .returning(Offer.id)
                )
                db.session.execute(
                    insert(OfferTeacher).values(offer_id=offers[first], teacher_id=teacher_id)
                )
            families.append([(person, student_id, offers) for person, student_id in phones])
        db.session.commit()
        return [
            [
                Phone(
                    school,
                    cookie_of(site.app, person, csrf_token=secret),
                    student_id,
                    offers,
                    site.base_url,
                    csrf,
                    new_token(),
                )
                for person, student_id, offers in family
            ]
            for family in families
        ]


def _person(name: str) -> int:
    person = Person(given_name=name, family_name="Massa", sort_key=name, search_key=name)
    db.session.add(person)
    db.session.flush()
    return person.id


@dataclass
class Answer:
    """What a phone got: the status, the text as a person reads it, and the markup."""

    status: int
    body: str

    @property
    def text(self) -> str:
        """The words of the page."""
        return html.unescape(re.sub(r"<[^>]+>", " ", self.body))


@dataclass
class Phone:
    """A guardian with a page open."""

    school: SmallSchool
    cookie: str
    student_id: int
    offers: dict[str, int]
    base_url: str
    csrf: str
    submission: str

    @property
    def path(self) -> str:
        """The address of the child's table."""
        return f"/rounds/{self.school.round_id}/children/{self.student_id}"

    def cell(self, teacher: str, slot: int) -> str:
        """Return the value of a cell."""
        return f"{self.school.slots[slot]}-{self.offers[teacher]}"

    def fresh(self) -> "Phone":
        """Return the same guardian with a new form; its tokens are those a page would hold."""
        return replace(self, submission=new_token())

    def book(self, *cells: str, **fields: str) -> Answer:
        """Send the ticked cells."""
        form = [("cells", cell) for cell in cells] + list(fields.items())
        return self.post(self.path, *form)

    def post(self, path: str, *fields: tuple[str, str]) -> Answer:
        """Send a form with this page's tokens, as htmx does."""
        tokens = [("csrf_token", self.csrf), ("submission", self.submission)]
        return self.send("POST", path, urlencode([*tokens, *fields]))

    def send(self, method: str, path: str, body: str | None = None) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.base_url.removeprefix("http://"), timeout=60)
        headers = {"Cookie": self.cookie, "HX-Request": "true"} if body else {"Cookie": self.cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()


def at_once(calls: list) -> list:
    """Make all calls at the same moment, each on its own thread; return the answers in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.result(timeout=120) for future in futures]
