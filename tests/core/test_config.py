import pytest

from app.config import load_settings


def test_all_faults_of_the_settings_are_named_at_once(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SECRET_KEY", "short")
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "gesprekken.school.example")
    monkeypatch.setenv("TIENMINUTEN_SMTP_PORT", "smtp")
    monkeypatch.setenv("TIENMINUTEN_PROXIES", "9")

    with pytest.raises(SystemExit) as stopped:
        load_settings()

    for line in (
        "TIENMINUTEN_SECRET_KEY: needs at least 32 random characters",
        "TIENMINUTEN_SITE_URL: must begin with https:// (or http://)",
        "TIENMINUTEN_SMTP_PORT: ",
        "TIENMINUTEN_PROXIES: ",
    ):
        assert line in str(stopped.value)
    assert "Value error" not in str(stopped.value)


def test_good_settings_are_taken(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "https://gesprekken.school.example")

    assert load_settings().https
