"""The measuring itself: it must not be broken on the day that somebody wants to know."""

import asyncio
from contextlib import ExitStack

import pytest

from tests import services
from tests.bench import process
from tests.bench.builds import Build, serving
from tests.rush.browser import Record
from tests.rush.check import check
from tests.rush.household import Rush

pytestmark = [pytest.mark.live, pytest.mark.only_on("sqlite")]

FAMILIES = 16  # so many that two have a teacher in common, and some must sign in


@pytest.fixture
def school(databases):
    return Build("new", services.ROOT).school(databases.migrated(), FAMILIES, 0.7)


@pytest.mark.long
def test_households_come_and_all_they_book_is_stored(school, tmp_path):
    with serving(Build("new", services.ROOT), school.url, tmp_path) as server:
        record = Record()
        rush = Rush(server.base_url, school, record, haste=100)
        asyncio.run(rush.all(school.families[-2:], 0.1))
    verdict = check(school.url, record)
    assert (verdict.confirmed > 0, verdict.wrong, dict(record.errors)) == (True, 0, {}), verdict


@pytest.mark.long
def test_each_request_is_measured(school, monkeypatch):
    monkeypatch.setattr(process, "EACH", 1)
    monkeypatch.setattr(process, "FEWER", {"first_table": 1, "signing_in": 1})
    with ExitStack() as stack:
        worker = process.start(stack, Build("new", services.ROOT), school)
        for _label, name, device in process.TASKS:
            worker.work(name, device)
    assert min(worker.spent) > 0
