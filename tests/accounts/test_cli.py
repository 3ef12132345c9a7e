import re

import pytest
from sqlalchemy import select, update

from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.school.models import Person
from tests.small_school import NOW


@pytest.fixture
def shell(app):
    return app.test_cli_runner()


def test_the_first_administrator_chooses_a_password_at_a_printed_address(shell, client, db):
    result = shell.invoke(
        args=["accounts", "create-admin", "--mail", "Eva@School.example", "--name", "Eva de Wit"]
    )

    assert result.exit_code == 0, result.output
    link = re.search(r"http://localhost(/password/\S+)", result.output)[1]
    assert client.post(link, data={"password": "fiets lamp november"}).status_code == 303
    assert "Eva de Wit" in client.get("/account").text
    account = db.scalar(select(Account))
    assert account.administrator
    assert (
        db.scalar(select(AuditEntry.action).order_by(AuditEntry.id).limit(1))
        == "account.made_administrator"
    )


def test_a_scheduler_is_made_in_the_same_way(shell, client, db):
    result = shell.invoke(
        args=[
            "accounts",
            "create-scheduler",
            "--mail",
            "eva@school.example",
            "--name",
            "Eva de Wit",
        ]
    )

    assert result.exit_code == 0, result.output
    link = re.search(r"http://localhost(/password/\S+)", result.output)[1]
    client.post(link, data={"password": "fiets lamp november"})
    account = db.scalar(select(Account))
    assert (account.scheduler, account.administrator) == (True, False)
    assert db.scalar(select(AuditEntry.action).order_by(AuditEntry.id).limit(1)) == (
        "account.made_scheduler"
    )
    assert client.get("/office/rounds").status_code == 200


def test_a_teacher_becomes_administrator_without_a_second_person(shell, db, school):
    people = db.scalars(select(Person.id)).all()

    shell.invoke(
        args=["accounts", "create-admin", "--mail", "vera@school.example", "--name", "Vera"]
    )

    assert db.scalars(select(Person.id)).all() == people
    account = db.scalar(select(Account).where(Account.person_id == school.people["Vera"]))
    assert account.administrator


def test_nobody_is_guessed_where_several_have_the_address(shell, db, school):
    db.get(Person, school.people["Adam"]).email_key = "alice@family.example"
    db.commit()

    for command in (["create-admin", "--name", "A", "--mail"], ["invite"], ["set-password"]):
        result = shell.invoke(
            args=["accounts", *command, "alice@family.example"], input="fiets lamp november\n" * 2
        )
        assert result.exit_code == 1, command


def test_a_password_is_asked_and_not_given_on_the_command_line(shell, client, school):
    result = shell.invoke(
        args=["accounts", "set-password", "vera@school.example"],
        input="fiets lamp november\nfiets lamp november\n",
    )

    assert result.exit_code == 0, result.output
    assert "fiets" not in result.output
    data = {"email": "vera@school.example", "password": "fiets lamp november"}
    assert client.post("/sign-in/password", data=data).status_code == 303


def test_a_weak_password_is_refused_from_the_shell_too(shell, school):
    result = shell.invoke(
        args=["accounts", "set-password", "vera@school.example"], input="welkom2027\n" * 2
    )

    assert result.exit_code == 1


def test_an_invitation_goes_by_mail(shell, school, postbox):
    assert shell.invoke(args=["accounts", "invite", "vera@school.example"]).exit_code == 0

    (mail,) = postbox()
    assert "/password/" in mail.text


def test_an_unknown_address_is_said(shell, school, postbox):
    result = shell.invoke(args=["accounts", "invite", "nobody@school.example"])

    assert result.exit_code == 1
    assert postbox() == []


@pytest.fixture
def office(shell, db, school):
    """Give Vera, a teacher, and Eva, who is nothing else, the roles of the office."""
    db.execute(update(Account).values(administrator=False, scheduler=False))
    db.commit()
    for role, mail, name in (
        ("admin", "vera@school.example", "Vera"),
        ("scheduler", "vera@school.example", "Vera"),
        ("admin", "eva@school.example", "Eva de Wit"),
    ):
        shell.invoke(args=["accounts", f"create-{role}", "--mail", mail, "--name", name])


@pytest.fixture
def removed(shell):
    def removed(role, mail):
        return shell.invoke(args=["accounts", f"remove-{role}", mail])

    return removed


def _roles(db, mail):
    return db.execute(
        select(Account.administrator, Account.scheduler)
        .join(Person, Person.id == Account.person_id)
        .where(Person.email_key == mail)
    ).one()


def _lines(db):
    lines = select(AuditEntry.action).where(AuditEntry.action.like("account.removed_%"))
    return db.scalars(lines.order_by(AuditEntry.id)).all()


def test_a_role_is_taken_away_and_whoever_had_it_is_signed_out(shell, client, db, office, removed):
    shell.invoke(
        args=["accounts", "set-password", "vera@school.example"], input="fiets lamp november\n" * 2
    )
    data = {"email": "vera@school.example", "password": "fiets lamp november"}
    client.post("/sign-in/password", data=data)
    assert client.get("/office/log").status_code == 200

    result = removed("admin", "Vera@School.example")

    assert result.exit_code == 0, result.output
    assert "Vera" in result.output
    assert client.get("/office/log").status_code == 302
    client.post("/sign-in/password", data=data)
    assert client.get("/office/log").status_code == 404
    assert client.get("/office/rounds").status_code == 200
    assert _roles(db, "vera@school.example") == (False, True)
    assert _lines(db) == ["account.removed_administrator"]


def test_taking_a_role_away_twice_changes_and_logs_nothing(shell, db, office, removed):
    removed("scheduler", "vera@school.example")

    result = removed("scheduler", "vera@school.example")

    assert result.exit_code == 0, result.output
    assert "Niemand" in result.output
    assert _roles(db, "vera@school.example") == (True, False)
    assert _lines(db) == ["account.removed_scheduler"]


def test_the_last_administrator_stays(db, office, removed):
    removed("admin", "vera@school.example")

    result = removed("admin", "eva@school.example")

    assert result.exit_code == 1
    assert "laatste beheerder" in result.output
    assert _roles(db, "eva@school.example").administrator
    assert len(_lines(db)) == 1


def test_an_administrator_who_left_is_no_successor(db, office, removed):
    vera = db.scalar(select(Person).where(Person.email_key == "vera@school.example"))
    vera.ended_on = NOW.date()
    db.commit()

    assert removed("admin", "eva@school.example").exit_code == 1
    assert removed("admin", "vera@school.example").exit_code == 0


def test_whoever_has_no_role_left_has_left_and_can_be_made_anew(shell, db, office, removed):
    removed("admin", "eva@school.example")

    eva = db.scalar(select(Person).where(Person.email_key == "eva@school.example"))
    assert eva.ended_on == NOW.date()
    vera = db.scalar(select(Person).where(Person.email_key == "vera@school.example"))
    removed("scheduler", "vera@school.example")
    assert vera.ended_on is None
    assert removed("admin", "eva@school.example").exit_code == 0
    shell.invoke(
        args=["accounts", "create-admin", "--mail", "eva@school.example", "--name", "Eva de Wit"]
    )
    assert "Eva de Wit" in shell.invoke(args=["accounts", "list-office"]).output


@pytest.mark.parametrize("mail", ["nobody@school.example", ""])
def test_an_address_that_nobody_has_takes_no_role_away(db, office, removed, mail):
    db.execute(update(Person).where(Person.email_key == "eva@school.example").values(email_key=""))
    db.commit()

    assert removed("admin", mail).exit_code == 1
    assert _lines(db) == []


def test_the_office_is_listed_by_name(shell, db, office):
    vera = db.scalar(select(Person).where(Person.email_key == "vera@school.example"))
    vera.ended_on = NOW.date()
    db.commit()

    result = shell.invoke(args=["accounts", "list-office"])

    assert result.output.splitlines() == [
        "Eva de Wit <eva@school.example>: administrator",
        f"{vera.full_name} <vera@school.example>: administrator, scheduler (is weg)",
    ]
