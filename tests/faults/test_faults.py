"""Something fails while families book: nothing is lost, nothing double, and people read what is true."""

import os
import re
import signal
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.outbox.models import OutboxMessage
from tests.faults import table
from tests.faults.attack import Attack, signs_in
from tests.faults.crowd import NUMBER, most
from tests.faults.mails import addresses_of
from tests.faults.outages import filled, locked, no_larger_files, read_only
from tests.faults.school import OWNER
from tests.faults.stage import wait_until
from tests.faults.table import Row
from tests.mail.server import HANG_UP
from tests.rush.machine import Load

pytestmark = [pytest.mark.long, pytest.mark.live]
UNAVAILABLE = 503
TRIES, SECONDS = 20, 3  # of an owner under attack, on a machine of its own
MAILS = 10  # that strangers may cause in an hour


def test_web_workers_are_killed(stage):
    with stage.row("`kill -9` of both web workers, one after the other") as row:
        for worker in stage.web_workers():
            time.sleep(1)
            os.kill(worker, signal.SIGKILL)
    row.assert_whole(statuses={0})


def test_gunicorn_is_reloaded(stage):
    with stage.row("gunicorn reloaded (`kill -HUP`)") as row:
        time.sleep(1)
        stage.reload()
    row.assert_whole(statuses={0})


@pytest.mark.parametrize(
    ("moment", "what", "twice"),
    [
        ("DATA", "before the mail server has the mail", 0),
        ("KEPT", "after the mail server has the mail, before it says so", 1),
    ],
)
def test_the_worker_is_killed_in_the_middle_of_a_mail(stage, moment, what, twice):
    with stage.row(f"`kill -9` of the worker, {what}") as row:
        with silent(stage.mail, moment):
            stage.worker.kill()
        stage.worker.start()
    row.assert_whole(twice=twice)


@pytest.mark.only_on("postgresql")
def test_the_database_is_away(stage, server):
    with stage.row("PostgreSQL stopped, and started after 5 s", held=8) as row:
        time.sleep(1)
        with silent(stage.mail, "KEPT"):  # the worker cannot write down that this one was sent
            server.stop()
        row.let_in()
        stopped = time.perf_counter()
        time.sleep(5)
        server.start()
    meanwhile = [
        page
        for page in row.pages
        if stopped < page.asked_at and page.came_at < stopped + 5 and page.path != "/health/live"
    ]
    row.assert_whole(statuses={UNAVAILABLE})
    assert {page.status for page in meanwhile} == {UNAVAILABLE}
    assert_told([*row.failed, *meanwhile])


@pytest.mark.only_on("postgresql")
def test_the_first_request_after_the_database_is_back_succeeds(stage, server):
    stage.knock(16)  # every process has connections now
    server.stop()
    server.start()
    assert {answer.status for answer in stage.knock(16)} == {200}


def test_the_tables_are_locked(stage):
    with stage.row("all that is written is locked for 26 s", held=8) as row, ExitStack() as lock:
        time.sleep(1)
        with silent(stage.mail, "KEPT"):
            lock.enter_context(locked(stage.site.database_url))
        row.let_in()
        time.sleep(26)
    row.assert_whole(statuses={UNAVAILABLE})
    assert_told(row.failed)


def test_the_disk_is_full(small):
    stage, disk = small
    fault = "the disk is full for 8 s"
    if disk is None and stage.database == "postgresql":
        why = "not tried: no small file system can be mounted here (that takes root)"
        table.ROWS.append(Row(fault, stage.database, remark=why))
        return
    with stage.row(fault, held=8) as row:
        time.sleep(1)
        with filled(disk) if disk else no_larger_files(stage.processes(), stage.size()):
            row.let_in()
            time.sleep(7)
            seen = stage.page("/health/ready").status
            time.sleep(1)
    row.assert_whole(statuses={UNAVAILABLE})
    assert_told(row.failed)
    if stage.database == "sqlite":  # PostgreSQL has some room in its files
        assert row.failed
        assert seen == UNAVAILABLE or not disk


@pytest.mark.only_on("sqlite")
def test_the_file_may_not_be_written(small):
    stage, _disk = small
    fault = (
        "gunicorn reloaded while its user may not write the file; put right and reloaded after 8 s"
    )
    with stage.row(fault, held=8) as row:
        time.sleep(1)
        with read_only(Path(stage.site.database_url.removeprefix("sqlite:///")).parent):
            stage.reload()
            row.let_in()
            time.sleep(7)
            seen = stage.page("/health/ready").status
            time.sleep(1)
        # SQLite shares what it knows of a file between the connections of a process: as long as one
        # could only read, all others can do no more.
        stage.reload()
    row.assert_whole(statuses={0, UNAVAILABLE})
    assert_told([answer for answer in row.failed if answer.status])
    assert seen == UNAVAILABLE


def test_the_clock_is_stepped_back(stage):
    with stage.row("the clock stepped back 2 h, and right again after 3 s", held=8) as row:
        time.sleep(1)
        stage.step_clock(-2)
        row.let_in()
        time.sleep(3)
        stage.step_clock(0)
    row.assert_whole()


def test_the_clock_is_stepped_forward(stage):
    with stage.row("the clock stepped forward 2 h, and right again after 3 s", held=8) as row:
        time.sleep(1)
        stage.step_clock(2)
        row.let_in()
        time.sleep(3)
        stage.step_clock(0)
    # A family that did nothing for two hours is signed out.
    row.assert_whole(statuses={302, 401})


def test_the_mail_server_asks_to_come_later(stage):
    with stage.row("the mail server refuses for a while (451)") as row:
        stage.mail.answers["RCPT"] = "451 4.3.2 try again later"
        time.sleep(4)
        stage.mail.answers.clear()
    row.assert_whole()


def test_the_mail_server_refuses_an_address(stage):
    before = stage.count(OutboxMessage.failed_at.is_not(None))
    with stage.row("the mail server refuses one address (550)") as row:
        refused = addresses_of(row.families[0])[0]
        stage.mail.unknown = {refused}
    stage.mail.unknown = ()
    failed = stage.count(OutboxMessage.failed_at.is_not(None)) - before
    office = re.search(r"\d+ Mails die niet aankwamen", stage.page("/office/people").words)
    row.remark = f"the office: “{office[0]}”"
    row.untold = [one for one in row.untold if not one.startswith(refused)]
    row.assert_whole()
    assert failed


def test_the_mail_server_hangs(stage):
    with stage.row("the mail server is silent for 22 s") as row, silent(stage.mail, "MAIL"):
        time.sleep(22)
    row.assert_whole()


@pytest.mark.parametrize(
    ("moment", "what", "twice"),
    [
        ("DATA", "before it has the mail", 0),
        ("KEPT", "after it has the mail, before it says so", 3),
    ],
)
def test_the_mail_server_hangs_up(stage, moment, what, twice):
    with stage.row(f"the mail server hangs up three times, {what}") as row:
        stage.mail.answers[moment] = [None, HANG_UP] * 3
    row.assert_whole(twice=twice)
    assert row.twice == twice


def test_strangers_attack_the_sign_in_of_an_owner(stage):
    attack, known = Attack(stage.site.base_url), {}
    signs_in(stage.site.base_url, known)  # a browser in which the owner was before
    mails = len(stage.mail.messages)
    with (
        stage.row(
            "ten connections from changing networks of one /48 at the owner's address"
        ) as row,
        attack.going_on(),
    ):
        load = Load()
        tries = [
            signs_in(stage.site.base_url, known if number % 2 else {}) for number in range(TRIES)
        ]
        load.stop()
    ours = max(0.1, 1 - load.others / os.cpu_count())  # the share of the machine that we had
    within = [answer.status == 200 and seconds * ours < SECONDS for seconds, answer in tries]
    fresh, again = sum(within[::2]), sum(within[1::2])
    got = sum(str(mail["To"]) == OWNER for mail in stage.mail.messages[mails:])
    row.remark = (
        f"owner in within {SECONDS} s: {fresh} of {TRIES // 2} in a new browser, {again} of "
        f"{TRIES // 2} in a known one, slowest {max(seconds for seconds, _ in tries):.1f} s; "
        f"{sum(attack.got.values())} requests of strangers, who had {got} mails sent to that address; "
        f"other programs used {load.others:.1f} cores"
    )
    row.read += most([it for _, it in tries if it.status != 200], "")
    row.assert_whole(statuses={429})
    assert fresh + again == TRIES
    assert got <= MAILS


@contextmanager
def silent(mail, command):
    """Let the mail server say nothing from this command on; the block begins when somebody waits."""
    mail.is_holding, mail.holds = False, command
    try:
        wait_until(lambda: mail.is_holding)
        yield
    finally:
        mail.holds = ""


def assert_told(answers):
    """Assert that whoever read this knows when to come back, what to quote, in Dutch and English."""
    for answer in answers:
        assert answer.status == UNAVAILABLE
        if not answer.path.startswith("/health"):
            assert int(answer.headers["retry-after"]) > 0
            assert NUMBER.search(answer.body)
            assert "content-security-policy" in answer.headers
        if "<html" in answer.body:
            assert 'lang="nl"' in answer.body
            assert 'lang="en"' in answer.body
