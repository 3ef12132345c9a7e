import os
import shutil
import subprocess
import sys

import pytest

from app import config
from app.config import Settings, load_settings

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked


def test_all_faults_of_the_settings_are_named_at_once(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SECRET_KEY", "short")
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "gesprekken.school.example")
    monkeypatch.setenv("TIENMINUTEN_SMTP_PORT", "smtp")
    monkeypatch.setenv("TIENMINUTEN_PROXIES", "9")
    monkeypatch.setenv("TIENMINUTEN_MAIL_FROM", "Het Baken <talks@school.example>")
    monkeypatch.setenv("MS_AUTHORITY", "http://login.example/tenant")
    monkeypatch.setenv("CALENDAR_POLL_SECONDS", "2, 5")
    monkeypatch.setenv("CALENDAR_MAX_PER_MAILBOX", "5")

    with pytest.raises(SystemExit) as stopped:
        load_settings()

    for line in (
        "TIENMINUTEN_SECRET_KEY: needs at least 32 random characters",
        "TIENMINUTEN_SITE_URL: must begin with https:// (or http://)",
        "TIENMINUTEN_SMTP_PORT: ",
        "TIENMINUTEN_PROXIES: ",
        "TIENMINUTEN_MAIL_FROM: must be one mail address, without a name beside it",
        "  MS_AUTHORITY: must begin with https:// and name the tenant",
        "  CALENDAR_POLL_SECONDS: ",
        "  CALENDAR_MAX_PER_MAILBOX: ",
    ):
        assert line in str(stopped.value)
    assert "Value error" not in str(stopped.value)


@pytest.mark.parametrize("end", ["/tienminuten", "/tienminuten/", "//x", "?a=b", "#a"])
def test_a_site_has_a_host_of_its_own(monkeypatch, end):
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", f"https://www.school.example{end}")

    with pytest.raises(SystemExit, match="TIENMINUTEN_SITE_URL: must have no path"):
        load_settings()


def test_a_slash_at_the_end_is_no_path(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "https://gesprekken.school.example/")

    assert load_settings().site_url == "https://gesprekken.school.example"


@pytest.mark.parametrize(
    "command",
    [
        "flask accounts list-office",
        pytest.param("flask run --debug --port 0", marks=pytest.mark.long),
        pytest.param("gunicorn wsgi:app --bind 127.0.0.1:0 --preload", marks=pytest.mark.long),
    ],
)
def test_without_a_key_and_a_place_to_keep_one_a_start_names_the_setting(tmp_path, root, command):
    """The code is a copy of links, but for the files by which the place is found."""
    (tmp_path / "app").mkdir()
    for part in (*root.iterdir(), *(root / "app").iterdir()):
        link = tmp_path / part.relative_to(root)
        if link.name not in {"instance", "app", "config.py", "wsgi.py"}:
            link.symlink_to(part)
    for copied in ("app/config.py", "wsgi.py"):
        shutil.copy(root / copied, tmp_path / copied)
    (tmp_path / "instance").symlink_to("/proc")  # where nobody can make a file
    environment = {**os.environ, "TIENMINUTEN_SITE_URL": "http://localhost"}

    ended = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    said = ended.stdout + ended.stderr
    assert ended.returncode != 0, said
    assert "set TIENMINUTEN_SECRET_KEY to at least 32 random characters." in said
    assert "Traceback" not in said


def test_a_key_that_was_cut_off_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    key = Settings().signing_key()
    assert key == Settings().signing_key() == (tmp_path / "secret-key").read_text()
    (tmp_path / "secret-key").write_text("")

    with pytest.raises(SystemExit, match="TIENMINUTEN_SECRET_KEY"):
        Settings().signing_key()


def test_good_settings_are_taken(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "https://gesprekken.school.example")

    assert load_settings().https


def test_settings_of_calendars_have_names_of_their_own(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "https://gesprekken.school.example")
    monkeypatch.setenv("MS_TENANT_ID", "tenant")
    monkeypatch.setenv("MS_CLIENT_ID", "client")
    monkeypatch.setenv("CALENDAR_POLL_SECONDS", "1,2")

    settings = load_settings()

    assert settings.has_microsoft
    assert not settings.has_google
    assert settings.authority == "https://login.microsoftonline.com/tenant"
    assert settings.poll_seconds == (1, 2)
    assert settings.uid_host == "gesprekken.school.example"


def test_without_settings_of_calendars_there_are_none():
    settings = load_settings()

    assert not settings.has_microsoft
    assert not settings.has_google
