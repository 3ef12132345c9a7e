import subprocess
import sys

import pytest

from tests import services
from tests.sites import SECRET


@pytest.mark.only_on("sqlite")
def test_what_the_site_is_made_of_is_not_looked_through_for_garbage(monkeypatch):
    monkeypatch.setenv("TIENMINUTEN_SECRET_KEY", SECRET)
    monkeypatch.setenv("TIENMINUTEN_SITE_URL", "http://localhost")
    frozen = subprocess.check_output(
        [sys.executable, "-c", "import wsgi, gc; print(gc.get_freeze_count())"], cwd=services.ROOT
    )
    assert int(frozen) > 50_000
