"""What the tests rely on without saying so."""

import hashlib
import re
import socket

import pytest


@pytest.mark.parametrize("folder", ["app/static/vendor", "tests/vendor"])
def test_files_of_others_are_as_released(root, folder):
    listed = dict(
        re.findall(
            r"^\| `(\S+)` .* `([0-9a-f]{64})` \|$",
            (root / folder / "README.md").read_text(),
            re.MULTILINE,
        )
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (root / folder).iterdir()
        if path.name != "README.md"
    }
    assert found == listed


def test_locks_name_no_index(root):
    for lock in root.glob("requirements*.txt"):
        assert "://" not in lock.read_text()
        assert "--hash=sha256:" in lock.read_text()


def test_a_test_reaches_nobody():
    with socket.socket() as outward, pytest.raises(pytest.fail.Exception, match="tried to reach"):
        outward.connect(("192.0.2.1", 80))


@pytest.mark.e2e
@pytest.mark.only_on("sqlite")
def test_a_real_site_opens_in_a_browser(live_site, page):
    site = live_site()
    response = page.goto(f"{site.base_url}/health/live")
    assert response.status == 200


def test_the_client_serves_pages_from_a_migrated_database(client):
    assert client.get("/health/ready").status_code == 200
