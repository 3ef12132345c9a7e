import os
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime

import pytest

from app.demo.cli import demo_cli
from app.demo.roles import ADMINISTRATOR_MAIL, PASSWORD, demo_roles
from app.demo.run import PortTaken, listen
from app.extensions import db as _db
from app.school.models import Person
from app.settings.service import SchoolSpec, save_school
from tests.services import ROOT
from tests.sites import make_app

pytestmark = pytest.mark.only_on("sqlite")  # what `make demo` runs on


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize("command", ["seed", "sign-ins", "run"])
def test_a_real_school_is_left_alone(app, db, command):
    result = app.test_cli_runner().invoke(demo_cli, [command])
    assert result.exit_code == 1
    assert "TIENMINUTEN_DEMO=1" in result.output
    assert db.query(Person).count() == 0


@pytest.mark.live
def test_sign_ins_are_shown_and_only_staff_have_passwords(seeded_app):
    output = seeded_app.test_cli_runner().invoke(demo_cli, ["sign-ins"]).output
    with seeded_app.app_context():
        roles = demo_roles()
    for role in roles:
        [line] = [line for line in output.splitlines() if role.address in line]
        assert role.label in line
        assert (PASSWORD in line) is (role.key in {"teacher", "administrator"})


@pytest.mark.live
def test_a_second_school_is_refused(seeded_app):
    result = seeded_app.test_cli_runner().invoke(demo_cli, ["seed"])
    assert result.exit_code == 1
    assert "make demo-reset" in result.output


@pytest.mark.live
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "school.example"])
def test_the_demo_serves_this_machine_only(seeded_app, host):
    result = seeded_app.test_cli_runner().invoke(demo_cli, ["run", "--host", host])
    assert result.exit_code == 1
    assert "127.0.0.1" in result.output


@pytest.mark.live
def test_a_port_that_is_taken_is_one_clear_sentence(seeded_app):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken):
            listen("127.0.0.1", port)
        result = seeded_app.test_cli_runner().invoke(demo_cli, ["run", "--port", str(port)])
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
    assert str(port) in result.output


@pytest.mark.live
def test_the_demo_serves_until_it_is_stopped(databases):
    url, port = databases.migrated(), free_port()
    with make_app(url, demo=True).app_context():  # something to serve, without inventing it
        save_school(
            SchoolSpec("Het Baken", contact_mail=ADMINISTRATOR_MAIL),
            None,
            now=datetime(2026, 11, 22, tzinfo=UTC),
        )
        _db.session.remove()
        _db.engine.dispose()
    demo = subprocess.Popen(
        [sys.executable, "-m", "flask", "demo", "run", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TIENMINUTEN_DEMO": "1", "TIENMINUTEN_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        shown = []
        for line in demo.stdout:
            shown.append(line)
            if "Ctrl-C" in line:
                break
        assert f"http://127.0.0.1:{port}" in "".join(shown), "".join(shown)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 200
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=40)
    finally:
        demo.kill()
        demo.communicate()
    assert demo.returncode == 0, rest
    listen("127.0.0.1", port).close()  # nobody is left
