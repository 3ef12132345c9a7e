"""ical.js and node-ical read every time as it is meant, whatever the clock of their process says."""

import json
import os
import re
import shutil
import subprocess
from datetime import datetime

import pytest

from app.core.ical import feed_of, file_of
from tests.judges.objects import AMSTERDAM, BRUSSELS, entries

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]

UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONN", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")


@pytest.fixture(scope="module")
def folder(root):
    """Install what the lock names, beside the other tools; "" with a word where that cannot be."""
    here, installed = root / "tests/judges", root / ".venv/judges"
    lock = here / "package-lock.json"
    if not shutil.which("npm"):
        return ""
    if (
        not (installed / lock.name).exists()
        or (installed / lock.name).read_text() != lock.read_text()
    ):
        shutil.rmtree(installed, ignore_errors=True)
        installed.mkdir(parents=True)
        for name in ("package.json", lock.name):
            shutil.copy(here / name, installed)
        said = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=0"],
            cwd=installed,
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode:
            shutil.rmtree(installed)
            assert any(word in said.stderr for word in UNREACHABLE), said.stderr
            return ""
    return str(installed)


@pytest.fixture
def read(folder, root, capsys):
    """Return what each library reads; None, and a word, where there is no node."""

    def read_(content, *, zone, moment):
        if not folder:
            with capsys.disabled():
                print(
                    "\nnot judged by ical.js and node-ical: no npm, or it did not reach its registry"
                )
            return None
        done = subprocess.run(
            ["node", root / "tests/judges/read.mjs", folder, moment],
            input=content,
            env={"PATH": os.environ["PATH"], "TZ": zone},
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    return read_


def expected(entry):
    def moment(value):
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return value.isoformat()

    return {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "summary": entry.summary,
        "location": entry.location,
        "status": "CANCELLED" if entry.is_cancelled else "CONFIRMED",
        "start": moment(entry.starts_at),
        "end": moment(entry.ends_at),
    }


@pytest.mark.parametrize("moment", ["2027-01-15T12:00:00Z", "2027-06-15T12:00:00Z"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/New_York"])
def test_each_time_is_read_as_it_is_meant(read, zone, moment):
    shown = entries()
    for content in (
        file_of(shown, AMSTERDAM),
        file_of(shown, BRUSSELS),
        feed_of(shown, AMSTERDAM, name="Gesprekken; Het Baken, Zuid"),
    ):
        for library, found in (read(content, zone=zone, moment=moment) or {}).items():
            assert found == [expected(entry) for entry in shown], library


def test_a_cancelled_talk_is_read_as_such(read):
    shown = entries(sequence=2, is_cancelled=True)[:1]
    seen = read(file_of(shown, AMSTERDAM), zone="UTC", moment="2027-01-15T12:00:00Z") or {}
    for library, found in seen.items():
        assert found == [expected(entry) for entry in shown], library


def test_the_judge_would_see_an_hour_too_much(read):
    content = file_of(entries(), AMSTERDAM)
    without = re.sub(rb"BEGIN:DAYLIGHT.*?END:DAYLIGHT\r\n", b"", content, flags=re.DOTALL)
    seen = read(without, zone="UTC", moment="2027-01-15T12:00:00Z")
    if seen is not None:
        assert seen["ical.js"] != [expected(entry) for entry in entries()]
