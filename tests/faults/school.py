"""The school of these tests: that of the rush, and an owner with a password."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.accounts import credentials, service
from app.accounts.models import Account
from app.core import clock
from app.extensions import db
from app.rounds.models import Offer, Round, Slot
from app.school.models import Person as PersonRow
from app.school.models import Teacher
from tests.faults.crowd import Family, Notes, Person
from tests.rush.school import build
from tests.signing_in import new_session
from tests.sites import Site

OWNER, PASSWORD = "directeur@school.example", "fiets lamp november"


@dataclass(frozen=True)
class School:
    """Families who did nothing yet, and what pages and mails call things."""

    looker: Family  # who only looks
    office: dict[str, str]  # cookies of an administrator
    families: list[Family]
    teachers: dict[str, str]  # names by offer
    times: dict[str, str]  # by slot, as mails write them
    offline: str  # what a page says when there is no answer


def fill(site: Site, families: int) -> School:
    """Fill an empty database."""
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    with site.app.app_context():
        school = build(families, signed_in=1.0)
        yesterday = clock.now() - timedelta(days=1)
        db.session.execute(sa.update(Round).values(opens_at=yesterday))
        session = new_session(_add_owner())
        offers = db.session.execute(
            sa.select(Offer.id, Offer.student_id, PersonRow.family_name)
            .join(Teacher, sa.cast(Teacher.id, sa.String) == Offer.teacher_key)
            .join(PersonRow, PersonRow.id == Teacher.person_id)
            .order_by(Teacher.id)
        ).all()
        slots = db.session.execute(sa.select(Slot.id, Slot.starts_at)).all()
        db.session.remove()
        db.engine.dispose()
    wanted: dict[int, list[str]] = {}
    for offer in offers:  # first the teachers of the lowest number, so that families meet
        wanted.setdefault(offer.student_id, []).append(str(offer.id))
    looker, *others = [
        Family(
            number,
            child := it.children[0],
            f"/rounds/{school.round_id}/children/{child}",
            {"session": serializer.dumps({"_user_id": it.token})},
            wanted[child],
        )
        for number, it in enumerate(school.families)
    ]
    return School(
        looker,
        {"session": serializer.dumps({"_user_id": session})},
        others,
        {str(offer.id): offer.family_name for offer in offers},
        {str(slot.id): _written(slot.starts_at) for slot in slots},
        _offline(site, looker),
    )


def _add_owner() -> int:
    owner = PersonRow(
        given_name="Dirk",
        family_name="Groen",
        sort_key="groen",
        search_key="dirk groen",
        email=OWNER,
        email_key=OWNER,
    )
    db.session.add(owner)
    db.session.commit()
    credentials.set_password(service.account_of(owner.id), PASSWORD, now=clock.now())
    db.session.execute(sa.update(Account).values(administrator=Account.person_id == owner.id))
    db.session.commit()
    return owner.id


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Europe/Amsterdam')):%H.%M} uur"


def _offline(site: Site, family: Family) -> str:
    page = asyncio.run(Person(site.base_url, Notes(), family.cookies).once(family.path)).body
    return re.search(r'data-word="offline">([^<]+)', page)[1]
