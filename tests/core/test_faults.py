"""A fault of ours: the person gets a number, the log says where it arose, and nobody reads names."""

import re

import pytest

from app.core.access import public


@pytest.fixture
def client(own_app):
    @own_app.get("/fault")
    @public
    def fault():
        raise ValueError("Noor Jansen, noor@family.example")

    return own_app.test_client()


def test_a_fault_is_found_by_its_number_and_told_without_its_text(client, caplog):
    answer = client.get("/fault")
    (number,) = re.findall(r"[0-9a-f]{8}", answer.text.partition("<main")[2].partition("</main")[0])
    assert answer.status_code == 500
    (line,) = [record.getMessage() for record in caplog.records if "fault" in record.getMessage()]
    assert f"fault {number} at GET fault: ValueError < test_faults.py:" in line
    assert "Noor" not in caplog.text
    assert "Noor" not in answer.text
