import threading
import time
from pathlib import Path

import pytest

from app.accounts import passwords

TOP = Path(passwords.__file__).with_name("top_passwords.txt")
pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

KNOWN = ("Bart", "Bakker", "bart@school.example", "Het Baken")


@pytest.mark.parametrize(
    "password",
    [
        "Wachtwoord2027!",
        "w@chtw00rd1",
        "Welkom01Welkom01",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "azertyuiop",
        "aaaaaaaaaaaa",
        "abababababab",
        "abcabcabcabc",
        "Zomervakantie!",
        "oudergesprek1",
        "bakkerbart1972",
        "Bart.Bakker!!",
        "HetBaken-2027",
        "bart@school.example",
    ],
)
def test_what_is_guessed_first_is_weak(password):
    assert passwords.is_weak(password, KNOWN)


def test_the_most_used_passwords_of_the_world_are_weak_whatever_their_capitals():
    """ASVS 5.0, 6.2.4: at least the 3,000 most used ones that fit the policy."""
    top = [line for line in TOP.read_text().splitlines() if not line.startswith("# ")]

    assert len(top) == len(set(top)) == 10_000
    assert {"leavemealone", "mailcreated5240", "1qaz2wsx3edc"} <= set(top)
    assert all(passwords.SHORTEST <= len(one) <= passwords.LONGEST for one in top)
    assert [one for one in top if not passwords.is_weak(one.title(), ())] == []
    assert passwords.is_weak("Leavemealone2027!", ())


@pytest.mark.parametrize(
    "password",
    [
        "fiets lamp november wolk",
        "bakker zoekt groene trompet",
        "correct paard nietje batterij",
        "xK3#vv9!qLm2",
        "ünïcödé sleutelgat",
        "قلعة على الجبل",
    ],
)
def test_a_few_words_of_ones_own_are_not_weak(password):
    assert not passwords.is_weak(password, KNOWN)


def test_a_password_fits_its_hash_however_the_keyboard_makes_accents():
    stored = passwords.make_hash("caf\u00e9 met een hond")

    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "cafe\u0301 met een hond")
    assert not passwords.matches(stored, "cafe met een hond")
    assert not passwords.matches("", "cafe met een hond")


def test_old_hashes_are_known_as_such():
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng")
    assert not passwords.is_outdated(passwords.make_hash("fiets lamp"))


def test_one_hash_is_made_at_a_time(monkeypatch):
    inside, most = 0, 0

    class Slow:
        def hash(self, _password):
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=passwords.make_hash, args=("x",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
