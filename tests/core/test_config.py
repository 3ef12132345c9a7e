import pytest

from app.config import load_settings

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
