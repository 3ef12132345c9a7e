"""Bytes that programs of others read, compared with a file: tests/golden holds them.

To renew one, delete it, run its test, and read what was written.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, content: bytes) -> None:
    """Compare with the file of this name; without one, write it and fail."""
    path = FOLDER / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        raise AssertionError(f"{path} is new: read it, then run the test again")
    assert content == path.read_bytes(), f"{path} says otherwise"
