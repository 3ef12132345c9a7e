import re

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.school.models import Person


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
    assert db.scalar(select(AuditEntry.action).limit(1)) == "account.made_administrator"


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
