"""The site of the browser tests, with the small school on it, and what happens behind one's back."""

import time
from datetime import date, timedelta
from itertools import count

from sqlalchemy import ColumnElement, delete, select, update

from app.accounts import credentials
from app.accounts import service as accounts
from app.accounts.models import FeedAddress, SignInToken
from app.accounts.secrets import digest, new_token
from app.audit.models import AuditEntry
from app.bookings import picture, remarks, service
from app.bookings.calling_off import service as calling_off
from app.bookings.models import Booking, BookingRequest, Claim, Submission, Unavailability
from app.bookings.rules import Choice
from app.calendars.errors import Refusal
from app.calendars.models import CalendarEntry, Mailbox, TeacherCalendar
from app.core import clock
from app.extensions import db
from app.outbox.models import OutboxMessage
from app.people import merging, splitting
from app.planner import publishing, runs
from app.planner.execution import carry_out
from app.planner.models import PlannedTalk, PlanRun, PlanSettings
from app.requests import asking, wishes
from app.requests import remarks as request_remarks
from app.requests.asking import Asked, AskedFor
from app.requests.models import AwayTime, NoTalkNeeded, Preference, Wishes
from app.rounds.models import (
    Break,
    Evening,
    EveningRoom,
    Offer,
    OfferTeacher,
    Round,
    RoundClass,
    Slot,
)
from app.school.models import Guardian, Person, Student, Teacher
from tests.branches import TwoBranches, close_second_branch, open_second_branch
from tests.e2e import imported
from tests.rounds.lessons import Lessons
from tests.sites import Site
from tests.small_school import open_school
from tests.talks import block

PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}

TRACES = (
    *(PlannedTalk, PlanRun, PlanSettings),
    *(AwayTime, Wishes, NoTalkNeeded, BookingRequest),
    *(CalendarEntry, Mailbox, TeacherCalendar, Claim, Unavailability, Booking),
    *(Submission, AuditEntry, OutboxMessage, FeedAddress),
)
"""What a test leaves behind."""

_tokens = count()


class Stage:
    """One site for all tests; each leaves it as it found it."""

    _look_every = picture.LOOK_EVERY  # of a site in use, not of the process that runs the tests

    def __init__(self, site: Site):
        self.site = site
        self.school = open_school(site)
        with site.app.app_context():
            lessons = Lessons(db.session, self.school)
            for subject, teacher, first in (
                ("ne", "Vera", "2000-W01"),
                ("wi", "Bart", "2000-W01"),
                ("en", "Kader", "2020-W01"),  # in an older week nobody has her
            ):
                lessons.group(subject)
                lessons.lesson(subject, teacher, weeks=(first, "2099-W52"))
            slots = db.session.scalars(select(Slot)).all()
            round_ = db.session.get(Round, self.school.round_id)
            self._starts = {slot.starts_at: slot.id for slot in slots}
            self._dates = {
                name: getattr(round_, name)
                for name in (
                    "opens_at",
                    "closes_at",
                    "cancel_until",
                    "state",
                    "open_to",
                    "modalities",
                    "mode",
                    "long_talks",
                    "office_remarks",
                    "max_per_child",
                    "timetable_visible",
                    "teachers_told_at",
                    "families_told_at",
                )
            }
            db.session.remove()
        self._addresses: dict[int, tuple[str, str]] = {}  # by person, as they were
        self._births: dict[int, date | None] = {}  # of students, as they were
        self._branches: TwoBranches | None = None

    def url(self, path: str) -> str:
        """The whole address of a page."""
        return self.site.base_url + path

    def table(self, student: str, *, by_student: bool = False) -> str:
        """The path of a child's table."""
        round_id = self.school.student_round_id if by_student else self.school.round_id
        return f"/rounds/{round_id}/children/{self.school.students[student]}"

    def desk(self, student: str) -> str:
        """The path of a child's times as the office books them."""
        student_id, round_id = self.school.students[student], self.school.round_id
        return f"/office/students/{student_id}/rounds/{round_id}"

    def cell(self, student: str, teacher: str, slot: int) -> str:
        """The value of a cell: the slot with this index, of a student's teacher."""
        return "-".join(map(str, self.school.choice(student, teacher, slot)))

    def book(self, actor: str, student: str, *cells: tuple[str, int]) -> list[int]:
        """Book as somebody at another device; return the ids of the talks."""
        with self.site.app.app_context():
            result = service.book(
                self.school.actors[actor],
                self.school.round_id,
                self.school.students[student],
                [Choice(*self.school.choice(student, *cell)) for cell in cells],
                together=False,
                submission=f"at-another-device-{next(_tokens)}",
                now=clock.now(),
            )
            db.session.remove()
        assert not result.lost
        return list(result.booked)

    def hang(self, booking_id: int) -> None:
        """Let Vera's calendar refuse a talk, and the site keep trying another one."""
        with self.site.app.app_context():
            mailbox = Mailbox(kind="microsoft", account="vera@school.example")
            db.session.add(mailbox)
            db.session.flush()
            entry = CalendarEntry(
                booking_id=booking_id,
                teacher_id=self.school.teachers["Vera"],
                mailbox_id=mailbox.id,
                given_up=True,
                refusal=Refusal.ACCESS_DENIED,
                fault_since=clock.now(),
            )
            db.session.add(entry)
            db.session.commit()
            db.session.remove()

    def call_off(self, *booking_ids: int, reason: str = "") -> None:
        """Let the office call talks off because the teacher is absent."""
        with self.site.app.app_context():
            calling_off.call_off(
                self.school.actors["Sofie"],
                booking_ids,
                "absent",
                reason=reason,
                now=clock.now(),
            )
            db.session.remove()

    def remark(self, actor: str, booking_id: int, text: str) -> None:
        """Add a remark to a talk."""
        with self.site.app.app_context():
            remarks.set_remark(self.school.actors[actor], booking_id, text, now=clock.now())
            db.session.remove()

    def link_of_another_browser(self, address: str) -> str:
        """Return the path of a sign-in link that somebody asked for elsewhere."""
        with self.site.app.app_context():
            now, token = clock.now(), new_token()
            its = SignInToken(
                kind="link",
                token_hash=digest(token),
                browser_hash=digest("another browser"),
                email_key=address,
                created_at=now,
                expires_at=now + timedelta(minutes=10),
            )
            db.session.add(its)
            db.session.commit()
            db.session.remove()
        return f"/sign-in/link/{token}"

    def invitation(self, name: str) -> str:
        """Return the path at which somebody of the staff chooses a password."""
        with self.site.app.app_context():
            now = clock.now()
            account_id = accounts.account_of(self.school.people[name])
            token = credentials.new_password_token(account_id, "invitation", now=now)
            db.session.remove()
        return f"/password/{token}"

    def same_mail(self, name: str, other: str) -> None:
        """Give a guardian the mail address of another until the end of the test."""
        with self.site.app.app_context():
            theirs = db.session.get_one(Person, self.school.people[other])
            person = db.session.get_one(Person, self.school.people[name])
            self._addresses[person.id] = (person.email, person.email_key)
            person.email, person.email_key = theirs.email, theirs.email_key
            db.session.commit()
            db.session.remove()

    def merge(self, name: str, other: str) -> None:
        """Let the office say that two guardians are one person, until the end of the test."""
        self.same_mail(other, name)
        one, two = (self.school.actors[who].guardian_id for who in (name, other))
        with self.site.app.app_context():
            merging.merge_guardians(
                self.school.actors["Anna"], one, two, reason="a scene", now=clock.now()
            )
            db.session.remove()

    def ask(
        self,
        actor: str,
        student: str,
        *teachers: str,
        remark: str = "",
        to_teacher: str = "",
        away: bool = False,
        none_needed: bool = False,
    ) -> None:
        """Ask for talks without a time, say something to the office, and come late if ``away``."""
        with self.site.app.app_context():
            who, now = self.school.actors[actor], clock.now()
            talks = [Asked(self.school.offers[student, name]) for name in teachers]
            wanted = {self.school.students[student]: AskedFor(talks, none_needed)}
            asking.ask(who, self.school.round_id, wanted, now=now)
            wishes.set_wishes(
                who,
                self.school.round_id,
                away=[(self.school.evening_id, min(self._starts))] if away else (),
                preference=Preference.LATE,
                remark=remark,
                now=now,
            )
            if to_teacher:
                (row, *_others) = db.session.scalars(select(BookingRequest.id)).all()
                its = {row: to_teacher}
                request_remarks.save(who, self.school.round_id, its, now=now)
            db.session.remove()

    def plan(self, *, ends: bool = True, publishes: bool = False) -> int:
        """Make a plan of the round, or begin one; return its run."""
        with self.site.app.app_context():
            begun = runs.begin(self.school.round_id, now=clock.now())
            if ends:
                carry_out(begun, clock=clock.now, moves=200)
            if publishes:
                publishing.publish(self.school.actors["Sofie"], begun.id, now=clock.now())
            db.session.remove()
        return begun.id

    def stay_away(self, name: str) -> None:
        """Let a teacher block the whole evening."""
        with self.site.app.app_context():
            slots = db.session.scalars(select(Slot).order_by(Slot.starts_at)).all()
            its = [it for it in slots if it.evening_id == self.school.evening_id]
            span = (self.school.evening_id, its[0].starts_at, its[-1].ends_at)
            who = self.school.actors[name]
            block(who, self.school.teachers[name], *span, now=clock.now())
            db.session.remove()

    def come_back(self, name: str) -> None:
        """Let a teacher be there after all."""
        with self.site.app.app_context():
            its = Unavailability.teacher_id == self.school.teachers[name]
            away = select(Unavailability.id).where(its)
            db.session.execute(delete(Claim).where(Claim.unavailability_id.in_(away)))
            db.session.execute(delete(Unavailability).where(its))
            db.session.commit()
            db.session.remove()

    def change_round(self, *, round_id: int | None = None, **dates: object) -> None:
        """Let the round open or close at another moment, or be otherwise, until the end of the test."""
        with self.site.app.app_context():
            of_round = Round.id == (round_id or self.school.round_id)
            db.session.execute(update(Round).where(of_round).values(**dates))
            db.session.commit()
            db.session.remove()

    def open_second_branch(self) -> TwoBranches:
        """Give the school a second branch with a class of the same name, until the end of the test."""
        with self.site.app.app_context():
            self._branches = open_second_branch(db.session, self.school)
            db.session.remove()
        return self._branches

    def withdraw(self, student: str, teacher: str) -> None:
        """Let the school offer a student a teacher no more, until the end of the test."""
        self._offer(Offer.id == self.school.offers[student, teacher], offered=False)

    def grow_up(self, name: str) -> None:
        """Let a student be 18 or older, until the end of the test."""
        with self.site.app.app_context():
            student = db.session.get_one(Student, self.school.students[name])
            self._births[student.id] = student.birth_date
            student.birth_date = date(2000, 1, 1)
            db.session.commit()
            db.session.remove()

    def leave(self, name: str) -> None:
        """Let an import have no row of a teacher or student, until the end of the test."""
        if name in self.school.teachers:
            teacher_id = self.school.teachers[name]
            self._offer(Offer.teacher_key == str(teacher_id), offered=False)
            self._end(Teacher, Teacher.id == teacher_id, clock.now().date())
        else:
            student_id = self.school.students[name]
            self._offer(Offer.student_id == student_id, offered=False)
            self._end(Student, Student.id == student_id, clock.now().date())

    def _end(
        self, role: type[Student | Teacher], which: ColumnElement[bool], day: date | None
    ) -> None:
        with self.site.app.app_context():
            db.session.execute(update(role).where(which).values(ended_on=day))
            db.session.commit()
            db.session.remove()

    def _offer(self, which: ColumnElement[bool], *, offered: bool) -> None:
        with self.site.app.app_context():
            db.session.execute(update(Offer).where(which).values(offered=offered))
            db.session.commit()
            db.session.remove()

    def talks(self) -> set[tuple[str, str, int]]:
        """Return the live talks as (child, teacher, index of the slot)."""
        students = {id_: first for first, id_ in self.school.students.items()}
        teachers = {str(id_): first for first, id_ in self.school.teachers.items()}
        with self.site.app.app_context():
            rows = db.session.execute(
                select(Booking.student_id, Booking.teacher_key, Booking.starts_at).where(
                    Booking.cancelled_at.is_(None)
                )
            ).all()
            db.session.remove()
        return {
            (students[student_id], teachers[key], self.school.slots.index(self._starts[start]))
            for student_id, key, start in rows
        }

    def wait_for_pictures(self) -> None:
        """Wait until every process of the site has seen what others booked."""
        time.sleep(self._look_every + 0.05)

    def clear(self) -> None:
        """Forget what a test did."""
        with self.site.app.app_context():
            self._tell_people_apart()
            imported.clear(db.session)
            for table in TRACES:
                db.session.execute(delete(table))
            db.session.execute(update(Person).values(revision=Person.revision + 1))
            self._drop_new_rounds()
            for student_id, day in self._births.items():
                its = Student.id == student_id
                db.session.execute(update(Student).where(its).values(birth_date=day))
            self._births.clear()
            if self._branches:
                close_second_branch(db.session, self.school, self._branches)
                self._branches = None
            db.session.commit()
            db.session.remove()
        self._offer(~Offer.offered, offered=True)
        for role in (Student, Teacher):
            self._end(role, role.ended_on.is_not(None), None)
        self.change_round(**self._dates)
        self.change_round(round_id=self.school.student_round_id, state="published")

    def _tell_people_apart(self) -> None:
        merged = select(Guardian.id).where(Guardian.same_as_id.is_not(None))
        for guardian_id in db.session.scalars(merged).all():
            splitting.split_guardians(
                self.school.actors["Anna"], guardian_id, reason="", now=clock.now()
            )
        for person_id, (email, key) in self._addresses.items():
            of_person = Person.id == person_id
            db.session.execute(update(Person).where(of_person).values(email=email, email_key=key))
        self._addresses.clear()

    def _drop_new_rounds(self) -> None:
        """Delete the rounds that a test made."""
        rounds = select(Round.id).where(Round.id > self.school.student_round_id)
        evenings = select(Evening.id).where(Evening.round_id.in_(rounds))
        for table in (Slot, Break, EveningRoom):
            db.session.execute(delete(table).where(table.evening_id.in_(evenings)))
        offers = select(Offer.id).where(Offer.round_id.in_(rounds))
        db.session.execute(delete(OfferTeacher).where(OfferTeacher.offer_id.in_(offers)))
        for table in (Offer, Evening, RoundClass):
            db.session.execute(delete(table).where(table.round_id.in_(rounds)))
        db.session.execute(delete(Round).where(Round.id > self.school.student_round_id))
