"""Staff accounts: create those of the office, and find one by mail address."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.accounts import policy, service
from app.accounts.models import Account
from app.accounts.residents import load_residents
from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Role
from app.core.errors import DomainError
from app.core.i18n import local_day
from app.core.transaction import transaction
from app.extensions import db
from app.school.models import Person
from app.school.names import email_key, search_key, sort_key


class NotOnePerson(DomainError):
    """Nobody, or more than one person, has this mail address."""


OFFICE = {Role.ADMINISTRATOR: Account.administrator, Role.SCHEDULER: Account.scheduler}


def create_office(role: Role, address: str, name: str, *, now: datetime) -> int:
    """Give the person with this mail address a role of the office, or create that person.

    ``role`` is administrator or scheduler. Returns the account id. Raises NotOnePerson if several
    people have the address.
    """
    with transaction():
        people = db.session.scalars(
            select(Person.id).where(
                Person.email_key == email_key(address), Person.ended_on.is_(None)
            )
        ).all()
        if len(people) > 1:
            raise NotOnePerson(_("Several people have this mail address."))
        person_id = people[0] if people else _create_person(address, name)
        account_id = service.account_of(person_id)
        db.session.execute(
            update(Account).where(Account.id == account_id).values({OFFICE[role]: True})
        )
        audit.record(None, Action(f"account.made_{role}"), now=now, person=person_id)
        return account_id


def _create_person(address: str, name: str) -> int:
    # Keep the name as given; nobody can tell where the first name ends.
    person = Person(
        family_name=name.strip(),
        sort_key=sort_key("", "", name.strip()),
        search_key=search_key("", "", name.strip()),
        email=address.strip(),
        email_key=email_key(address),
    )
    db.session.add(person)
    db.session.flush()
    return person.id


def administrators() -> list[int]:
    """Return the person ids of administrators who have a mail address."""
    return list(
        db.session.scalars(
            select(Person.id)
            .join(Account, Account.person_id == Person.id)
            .where(Account.administrator, Person.ended_on.is_(None), Person.email_key != "")
            .order_by(Person.id)
        )
    )


def account_at(address: str, *, now: datetime) -> int:
    """Return the account at a mail address, created if needed; staff take precedence over families.

    Raises NotOnePerson.
    """
    residents = load_residents(email_key(address), today=local_day(now))
    staff = [one for one in residents if policy.is_staff(one.roles)]
    chosen = staff or residents
    if len(chosen) != 1:
        raise NotOnePerson(
            _("Several people have this mail address.")
            if chosen
            else _("Nobody has this mail address.")
        )
    return service.account_of(chosen[0].person_id)
