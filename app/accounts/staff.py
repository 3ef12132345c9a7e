"""Staff accounts: give and take roles of the office, and find an account by mail address."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnExpressionArgument, or_, select, update

from app.accounts import policy, queries, service
from app.accounts.models import Account, SignInToken
from app.accounts.residents import load_residents
from app.audit import service as audit
from app.audit.actions import Action
from app.core.access import Role
from app.core.errors import DomainError
from app.core.i18n import local_day
from app.core.transaction import retry_deadlock, transaction
from app.extensions import db
from app.school.models import Person
from app.school.names import email_key, search_key, sort_key
from app.school.reading import NAME


class NotOnePerson(DomainError):
    """Nobody, or more than one person, has this mail address."""


class LastAdministrator(DomainError):
    """Without this person nobody would be administrator."""


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


@retry_deadlock
def remove_office(role: Role, address: str, *, now: datetime) -> list[str]:
    """Take a role of the office from whoever has it at this mail address, and sign them out.

    Also from who has left, since an import can bring them back. Somebody without any other role has
    left now. Returns the names: none if nobody there has the role. Raises NotOnePerson if nobody
    has the address, and LastAdministrator.
    """
    key = email_key(address)
    with transaction():
        people = _lock_people(key) if key else []
        if not people:
            raise NotOnePerson(_("Nobody has this mail address."))
        # Lock everybody who has the role: of two administrators removed at once, one must stay.
        held = select(Account.id, Account.person_id).where(
            OFFICE[role], Account.closed_at.is_(None)
        )
        rows = db.session.execute(held.order_by(Account.id).with_for_update(key_share=True)).all()
        losing = {account_id: person for account_id, person in rows if person in people}
        if role is Role.ADMINISTRATOR:
            able = set(administrators())
            if able and able <= set(losing.values()):
                raise LastAdministrator(
                    _("This is the last administrator. Make somebody else administrator first.")
                )
        for account_id, person_id in losing.items():
            _remove(role, account_id, person_id, now)
        names = select(NAME).where(Person.id.in_(losing.values())).order_by(Person.id)
        return [name.full for name in db.session.scalars(names)]


def _lock_people(key: str) -> list[int]:
    whose = select(Person.id).where(Person.email_key == key).order_by(Person.id)
    return list(db.session.scalars(whose.with_for_update(key_share=True)))


def _remove(role: Role, account_id: int, person_id: int, now: datetime) -> None:
    db.session.execute(
        update(Account).where(Account.id == account_id).values({OFFICE[role]: False})
    )
    service.end_access([person_id], now=now)
    actor = queries.load_actor(account_id)
    if actor is not None and not actor.roles:
        db.session.execute(
            update(Person).where(Person.id == person_id).values(ended_on=local_day(now))
        )
    audit.record(None, Action(f"account.removed_{role}"), now=now, person=person_id)


@dataclass(frozen=True)
class Colleague:
    """Somebody with a role of the office; who left cannot sign in until an import brings them."""

    name: str
    email: str
    roles: tuple[Role, ...]
    has_left: bool


def list_office() -> list[Colleague]:
    """Return everybody with a role of the office, by name."""
    rows = db.session.execute(
        select(NAME, Person.email, Person.ended_on, *OFFICE.values())
        .join(Account, Account.person_id == Person.id)
        .where(or_(*OFFICE.values()), Account.closed_at.is_(None))
        .order_by(Person.sort_key, Person.id)
    )
    return [
        Colleague(
            name.full,
            email,
            tuple(role for role, has_it in zip(OFFICE, flags, strict=True) if has_it),
            ended_on is not None,
        )
        for name, email, ended_on, *flags in rows
    ]


def list_invited(*, now: datetime) -> list[str]:
    """Return the mail addresses of those with an invitation that they can still use."""
    return list(
        db.session.scalars(
            select(Person.email)
            .join(Account, Account.person_id == Person.id)
            .join(SignInToken, SignInToken.account_id == Account.id)
            .where(
                SignInToken.kind == "invitation",
                SignInToken.used_at.is_(None),
                SignInToken.expires_at > now,
                Person.ended_on.is_(None),
            )
            .order_by(Person.email)
            .distinct()
        )
    )


def administrators() -> list[int]:
    """Return the person ids of administrators who have a mail address."""
    return _reachable(Account.administrator)


def office() -> list[int]:
    """Return the person ids of everybody who runs rounds and has a mail address."""
    return _reachable(or_(*OFFICE.values()))


def _reachable(which: ColumnExpressionArgument[bool]) -> list[int]:
    return list(
        db.session.scalars(
            select(Person.id)
            .join(Account, Account.person_id == Person.id)
            .where(which, Person.ended_on.is_(None), Person.email_key != "")
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
