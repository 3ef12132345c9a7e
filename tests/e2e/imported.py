"""Runs of the import on the stage, and people who make the office look."""

from datetime import timedelta

from sqlalchemy import delete, select

from app.core import clock
from app.extensions import db
from app.imports import runs
from app.imports.diff import Proposal
from app.imports.faults import Code, ImportFault, Notice
from app.imports.models import ImportRun, ImportStop
from app.imports.report import Regrouped, Report, Stop, TableCount, Verdict
from app.review.models import ReviewItem
from app.school import names
from app.school.models import Guardian, HomeClass, Person, Student

SOURCE = "scene"
LONG = "Maximiliaan-Alexander van den Nieuwenhuijzen-Rooseboom de Bruijnweerts"
ARABIC = "عبد الرحمن"

_LEFT_OUT = tuple(
    ImportFault(
        "leerlingen.csv",
        line,
        "geboortedatum",
        "31-02-2014",
        Code.BAD_VALUE,
        "Deze dag bestaat niet. Verbeter de datum.",
        stops=False,
    )
    for line in range(12, 36)
)

ACCEPTED = Report(
    Verdict.ACCEPTED,
    applied=True,
    tables=(
        TableCount(
            "leerlingen.csv",
            *(3, 2, 1, 806, 0),
            who_came=("Sanne Ben Ali (20260001)", f"{LONG} (20260002)", f"{ARABIC} (20260003)"),
            what_changed=(
                "Sam Jansen (20250007): stamklas h2a → h2b",
                "Tess Visser (20250011): email",
            ),
            who_went=("Daan de Boer (20240012)",),
        ),
        TableCount(
            "ouder_leerling.csv",
            *(45, 0, 2, 1404, 0),
            who_came=tuple(f"Ouder {number} van Leerling {number}" for number in range(45)),
        ),
    ),
    faults=(),
    notices=(
        Notice(
            "docenten.csv", 1, "telefoonnummer", "", "Deze kolom is niet bekend en niet gelezen."
        ),
    ),
    proposals=(),
    regrouped=(Regrouped("20250007", "Sam Jansen", apart=True),),
)
PARTIAL = Report(
    Verdict.PARTIAL,
    applied=True,
    tables=(TableCount("leerlingen.csv", 0, 1, 0, 780, 24, what_changed=("Tim Smit (3): email",)),),
    faults=_LEFT_OUT,
    notices=(),
    proposals=(),
)
STOPPED = Report(
    Verdict.BLOCKED,
    applied=False,
    tables=(TableCount("ouders.csv", 0, 0, 62, 510, 0),),
    faults=(
        ImportFault("ouders.csv", 0, "", "", Code.MASS_REMOVAL, "62 van 572 rijen verdwijnen."),
        *_LEFT_OUT[:2],
    ),
    notices=(),
    proposals=(Proposal("Tim", "20279999", "Tim Smit"),),
    stops=(
        Stop(
            "ouders",
            "",
            tuple(str(number) for number in range(62)),
            (LONG, ARABIC, *(f"Ouder Nummer {number}" for number in range(60))),
            572,
        ),
        Stop("leerlingen", "stamklas", ("1", "2", "3"), ("Sam Jansen", "Tess Visser", LONG), 20),
    ),
)


def record(stage, report, *, days_ago=0) -> int:
    """Let the import have run; return the id of the run."""
    with stage.site.app.app_context():
        runs.record("csv", report, now=clock.now() - timedelta(days=days_ago))
        run_id = db.session.scalars(select(ImportRun.id).order_by(ImportRun.id.desc())).first()
        db.session.remove()
    return run_id


def guardians(stage, *called, mail="") -> None:
    """Add guardians, all with this address or without one, until the end of the test."""
    with stage.site.app.app_context():
        for number, family in enumerate(called):
            _add(Guardian, family, mail, f"{mail}{number}{family}")
        db.session.commit()
        db.session.remove()


def students(stage, *called, in_class=True) -> None:
    """Add students without a guardian, until the end of the test."""
    with stage.site.app.app_context():
        home_class = db.session.scalars(select(HomeClass.id)).first() if in_class else None
        for number, family in enumerate(called):
            key = f"2026{number:04}{int(in_class)}"
            _add(Student, family, "", key, number=key, home_class_id=home_class)
        db.session.commit()
        db.session.remove()


def _add(role, family, mail, key, **values) -> None:
    person = Person(
        family_name=family,
        sort_key=names.sort_key("", "", family),
        search_key=names.search_key("", "", family),
        email=mail,
        email_key=names.email_key(mail),
    )
    db.session.add(person)
    db.session.flush()
    db.session.add(role(person_id=person.id, source=SOURCE, source_id=key, **values))


def clear(session) -> None:
    """Forget all of it; the caller commits."""
    for table in (ReviewItem, ImportStop, ImportRun):
        session.execute(delete(table))
    for role in (Guardian, Student):
        people = session.scalars(select(role.person_id).where(role.source == SOURCE)).all()
        session.execute(delete(role).where(role.source == SOURCE))
        session.execute(delete(Person).where(Person.id.in_(people)))


def everything(stage, parents=12) -> None:
    """Leave something of every kind to check."""
    record(stage, PARTIAL, days_ago=1)
    stage.book("Alice", "Noor", ("Vera", 0), ("Kader", 4))
    stage.book("Carol", "Kim", ("Vera", 3))
    stage.leave("Vera")
    stage.leave("Kim")
    stage.same_mail("Bea", "Kader")
    guardians(stage, "Maria de Jong", "Maria de Jong", mail="maria@family.example")
    guardians(stage, LONG, ARABIC, "Jo Smit", mail="thuis@family.example")
    guardians(stage, LONG, ARABIC, *(f"Ouder Nummer {number}" for number in range(parents)))
    students(stage, LONG, "Sanne Ben Ali")
    students(stage, ARABIC, in_class=False)
    record(stage, STOPPED)
