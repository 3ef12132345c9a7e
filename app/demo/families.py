"""Invent families: children in classes, and their guardians. No I/O.

The same random seed gives the same families.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.demo.names import ORIGINS, TURKISH, DemoNames, FamilyNames, Word
from app.demo.subjects import DemoDepartment
from app.school.names import fold

MAIL_DOMAIN = "ouder.example"
SCHOOL_DOMAIN = "hetbaken.example"
STUDENT_DOMAIN = f"leerling.{SCHOOL_DOMAIN}"


@dataclass(frozen=True)
class DemoClass:
    """A class with its number of seats."""

    name: str
    department: DemoDepartment
    seats: int

    @property
    def key(self) -> str:
        """What names the class in the tables; another branch can have one of the same name."""
        return f"{self.department.branch}.{self.name}"


@dataclass(eq=False)
class DemoGuardian:
    """A guardian who comes for a child."""

    code: str
    given: str
    family: FamilyNames
    mail: str
    language: str = "nl"


@dataclass(frozen=True)
class Link:
    """A guardian of a student; ``relation`` is "moeder", "vader", "stiefvader" or "voogd"."""

    guardian: DemoGuardian
    relation: str
    authority: bool = True


@dataclass(eq=False)
class DemoStudent:
    """A child of the school."""

    number: str
    given: str
    family: FamilyNames
    sex: str  # "V" or "M"
    birth: date
    mail: str
    home_class: DemoClass
    apart: bool = False  # the guardians come apart
    links: Sequence[Link] = ()


@dataclass
class Stars:
    """The people behind the demo sign-ins."""

    of_three: DemoGuardian
    apart: DemoGuardian
    teaching: DemoGuardian
    student: DemoStudent


@dataclass
class Families:
    """All invented students, with their links, and all guardians."""

    students: list[DemoStudent]
    guardians: list[DemoGuardian]
    stars: Stars


def latin(text: str) -> str:
    """Spell a name for a mail address: without accents, spaces and punctuation."""
    return "".join(char for char in fold(text) if char.isascii() and char.isalnum())


def invent(classes: Sequence[DemoClass], school_year: int, random: Random) -> Families:
    """Fill the classes with children of invented families."""
    maker = _Maker(classes, school_year, random)
    stars = maker.stars()
    # At least one family of every origin, then by weight.
    for origin in ORIGINS:
        maker.family(origin)
    weights = [origin.weight for origin in ORIGINS]
    while maker.seats:
        maker.family(random.choices(ORIGINS, weights)[0])
    order = {home_class.key: number for number, home_class in enumerate(classes)}
    maker.students.sort(key=lambda s: (order[s.home_class.key], fold(s.family.text), s.number))
    return Families(maker.students, maker.guardians, stars)


class _Maker:
    def __init__(self, classes: Sequence[DemoClass], school_year: int, random: Random) -> None:
        self.random, self.school_year = random, school_year
        self.seats = [home_class for home_class in classes for _ in range(home_class.seats)]
        random.shuffle(self.seats)
        self.students: list[DemoStudent] = []
        self.guardians: list[DemoGuardian] = []
        self._mails: set[str] = set()

    def stars(self) -> Stars:
        """Create the families that the demo shows."""
        visser, de_jong = FamilyNames("Visser"), FamilyNames("Jong", "de")
        marieke = self.guardian(Word("Marieke"), de_jong)
        pieter = self.guardian(Word("Pieter"), visser)
        together = [Link(marieke, "moeder"), Link(pieter, "vader")]
        lotte = self.student(Word("Lotte"), visser, "V", self.seat("N.v4"), together)
        self.student(Word("Noor"), visser, "V", self.seat("N.h2"), together)
        self.student(Word("Sem"), visser, "M", self.seat("N.k1"), together)

        demir, kaya = FamilyNames("Demir"), FamilyNames("Kaya")
        ayse = self.guardian(Word("Ayşe"), kaya)
        murat = self.guardian(Word("Murat"), demir)
        apart = [Link(ayse, "moeder"), Link(murat, "vader")]
        self.student(Word("Deniz"), demir, "M", self.seat("N.h3"), apart, apart=True)
        wendy = self.guardian(Word("Wendy"), FamilyNames("Bos"))
        blended = [Link(wendy, "moeder"), Link(murat, "stiefvader", authority=False)]
        self.student(Word("Tess"), FamilyNames("Bos"), "V", self.seat("Z.h1"), blended)

        karin = self.guardian(Word("Karin"), FamilyNames("Bakker"))
        sander = self.guardian(Word("Sander"), FamilyNames("Hendriks"))
        teaching = [Link(karin, "moeder"), Link(sander, "vader")]
        self.student(Word("Jesse"), FamilyNames("Hendriks"), "M", self.seat("N.v2"), teaching)

        grown = self.student(
            Word("Emre"), FamilyNames("Arslan"), "M", self.seat("N.h5"), self.couple(TURKISH)
        )
        grown.birth = date(self.school_year - 18, 8, 1)  # of age: the parents no longer see him
        return Stars(marieke, ayse, karin, lotte)

    def family(self, origin: DemoNames) -> None:
        """Create a family with one to three children, as far as there are seats."""
        count = min(self.random.choices((1, 2, 3), (60, 30, 10))[0], len(self.seats))
        links, apart = self._guardians(origin)
        fathers = [link.guardian for link in links if link.relation == "vader"]
        parents = fathers or [link.guardian for link in links if link.relation == "moeder"]
        family = parents[0].family if parents else self.random.choice(origin.families)
        seats = self._seats_of_siblings(count)
        for seat in seats:
            sex = self.random.choice("VM")
            given = self._given(origin, sex, family, seat)
            self.student(given, family, sex, seat, links, apart=apart)
        if len({seat.key for seat in seats}) < len(seats):  # twins share a birth date
            for twin in self.students[-len(seats) :]:
                twin.birth = self.students[-1].birth

    def _guardians(self, origin: DemoNames) -> tuple[list[Link], bool]:
        match self.random.choices(range(6), (72, 10, 11, 2, 2, 1))[0]:
            case 1:  # one parent
                relation = self.random.choices(("moeder", "vader"), (4, 1))[0]
                return [link for link in self.couple(origin) if link.relation == relation], False
            case 2:
                return self.couple(origin), True
            case 3:  # a parent without legal authority
                mother, father = self.couple(origin)
                return [mother, Link(father.guardian, "vader", authority=False)], False
            case 4:  # an organisation
                code = self._code()
                office = DemoGuardian(
                    code, "", FamilyNames("Stichting Jeugdhaven"), f"{code}@voogdij.example"
                )
                self.guardians.append(office)
                return [Link(office, "voogd")], False
            case 5:  # nobody is known
                return [], False
        return self.couple(origin), False

    def couple(self, origin: DemoNames) -> list[Link]:
        """Create a mother and a father; two in a hundred couples share a mail address."""
        own, other = self.random.sample(origin.families, 2)
        language = origin.language if self.random.random() < 0.4 else "nl"
        mother = self.guardian(self.random.choice(origin.women), other, language)
        father = self.guardian(self.random.choice(origin.men), own, language)
        if self.random.random() < 0.02:
            father.mail = mother.mail
        return [Link(mother, "moeder"), Link(father, "vader")]

    def guardian(self, given: Word, family: FamilyNames, language: str = "nl") -> DemoGuardian:
        """Create a guardian; one in thirty has no mail address."""
        local = self._spell(given, family)
        is_star = len(self.guardians) < 7
        mail = f"{local}@{MAIL_DOMAIN}" if is_star or self.random.random() > 1 / 30 else ""
        guardian = DemoGuardian(self._code(), given.text, family, mail, language)
        self.guardians.append(guardian)
        return guardian

    def student(
        self,
        given: Word,
        family: FamilyNames,
        sex: str,
        home_class: DemoClass,
        links: list[Link],
        *,
        apart: bool = False,
    ) -> DemoStudent:
        """Create a student with the usual age for the year."""
        year = home_class.department.year
        number = f"{self.school_year - year + 1}{len(self.students) + 1:04}"
        born = date(self.school_year - 11 - year, 10, 1) + timedelta(self.random.randrange(365))
        mail = f"{self._spell(given, family)}@{STUDENT_DOMAIN}"
        student = DemoStudent(number, given.text, family, sex, born, mail, home_class, apart, links)
        self.students.append(student)
        return student

    def seat(self, department: str) -> DemoClass:
        """Take a seat in a department, by its key."""
        return self._take(lambda home_class: home_class.department.key == department)

    def _seats_of_siblings(self, count: int) -> list[DemoClass]:
        taken: list[DemoClass] = []
        years: set[int] = set()
        twins = count == 2 and self.random.random() < 0.08
        for _ in range(count):
            seat = self._take(
                lambda other: (
                    other in taken if twins and taken else other.department.year not in years
                )
            )
            taken.append(seat)
            years.add(seat.department.year)
        return taken

    def _take(self, suits: Callable[[DemoClass], bool]) -> DemoClass:
        """Take the next seat that suits, or else the next one."""
        for index in range(len(self.seats) - 1, -1, -1):
            if suits(self.seats[index]):
                return self.seats.pop(index)
        return self.seats.pop()

    def _given(self, origin: DemoNames, sex: str, family: FamilyNames, seat: DemoClass) -> Word:
        """Choose a first name that no child with this family name has in the department."""
        names = list(origin.girls if sex == "V" else origin.boys)
        self.random.shuffle(names)
        taken = {
            student.given
            for student in self.students
            if student.family.text == family.text
            and student.home_class.department == seat.department
        }
        return next((name for name in names if name.text not in taken), names[0])

    def _spell(self, given: Word, family: FamilyNames) -> str:
        """Return a unique local part for somebody's mail address."""
        first = given.latin or latin(given.text)
        last = family.latin or latin(family.prefix + family.text)
        spelled, number = f"{first}.{last}", 1
        while spelled in self._mails:
            number += 1
            spelled = f"{first}.{last}{number}"
        self._mails.add(spelled)
        return spelled

    def _code(self) -> str:
        return f"ouder{len(self.guardians) + 1:05}"
