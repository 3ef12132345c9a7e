"""Many families on one site: their rows, and their phones."""

import html
import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import insert

from app.core import clock
from app.extensions import db
from app.rounds.models import Offer, OfferTeacher, Round
from app.school.models import (
    Guardian,
    Guardianship,
    Household,
    HouseholdGuardian,
    HouseholdStudent,
    Person,
    Student,
)
from tests.school import SmallSchool, small_school
from tests.signing_in import cookie_of


def open_school(app: Flask) -> SmallSchool:
    """Fill a live site's database with the small school, and let its round be open now."""
    with app.app_context():
        school = small_school(db.session)
        round_ = db.session.get(Round, school.round_id)
        now = clock.now()
        round_.opens_at = now - timedelta(hours=1)
        round_.closes_at = round_.cancel_until = now + timedelta(days=30)
        db.session.commit()
    return school


def add_families(app: Flask, school: SmallSchool, count: int, *, guardians: int = 1) -> list[list]:
    """Add families of one child each; return the phones of each family's guardians."""
    with app.app_context():
        families = []
        home_class = db.session.scalar(db.select(Student.home_class_id).limit(1))
        for number in range(count):
            student = _person(f"Kind{number}")
            row = Student(
                person_id=student,
                source="crowd",
                source_id=str(number),
                number=str(number),
                home_class_id=home_class,
            )
            household = Household(guardian_key=f"crowd-{number}")
            db.session.add_all([row, household])
            db.session.flush()
            db.session.add(HouseholdStudent(household_id=household.id, student_id=row.id))
            phones = []
            for which in range(guardians):
                person = _person(f"Ouder{number}-{which}")
                guardian = Guardian(person_id=person, source="crowd", source_id=f"{number}-{which}")
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
            [Phone(school, cookie_of(app, person), s, offers) for person, s, offers in family]
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
    base_url: str = ""
    csrf: str = ""
    submission: str = ""
    follow: bool = True

    @property
    def path(self) -> str:
        """The address of the child's table."""
        return f"/rounds/{self.school.round_id}/children/{self.student_id}"

    def cell(self, teacher: str, slot: int) -> str:
        """Return the value of a cell."""
        return f"{self.school.slots[slot]}-{self.offers[teacher]}"

    def open(self) -> Answer:
        """Open the table and keep its tokens for the next form."""
        answer = self.send("GET", self.path)
        assert answer.status == 200, answer.text
        self.csrf = re.search(r'name="csrf_token"\s+value="([^"]+)"', answer.body).group(1)
        found = re.search(r'name="submission"\s+value="([^"]+)"', answer.body)
        self.submission = found.group(1) if found else ""
        return answer

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
            self._keep_cookie(response.headers)
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()

    def _keep_cookie(self, headers) -> None:
        for value in headers.get_all("Set-Cookie") or []:
            if value.startswith("session="):
                self.cookie = value.split(";", 1)[0]


def at_once(calls: list) -> list:
    """Make all calls at the same moment, each on its own thread; return the answers in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.result(timeout=120) for future in futures]
