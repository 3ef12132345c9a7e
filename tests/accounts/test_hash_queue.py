"""the queue for a hash: who comes first, who waits, who is refused."""

import threading
import time

import pytest

from app.accounts import passwords
from app.accounts.passwords import Rank

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked


@pytest.fixture
def queue():
    return passwords.HashQueue()


@pytest.fixture
def come(queue):
    """Let attempts of these ranks come one after another, while somebody has the turn."""
    threads = []
    order = []

    def come(rank):
        before = len(queue._places)

        def attempt():
            with queue.turn(rank):
                order.append(rank)

        thread = threading.Thread(target=attempt)
        thread.start()
        threads.append(thread)
        while len(queue._places) == before:
            time.sleep(0.001)

    def all_have_gone():
        for thread in threads:
            thread.join(30)
        return order

    return come, all_have_gone


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE", 30)


def test_known_browsers_come_first_and_who_failed_last(queue, come, patient):
    comes, all_have_gone = come
    with queue.turn(Rank.NEW):
        for rank in (Rank.FAILED, Rank.NEW, Rank.KNOWN, Rank.NEW, Rank.FAILED, Rank.KNOWN):
            comes(rank)

    assert all_have_gone() == sorted(all_have_gone())


def test_of_those_who_failed_two_wait_and_others_are_refused_at_once(queue, come, patient):
    comes, all_have_gone = come
    with queue.turn(Rank.KNOWN):
        comes(Rank.FAILED)
        comes(Rank.FAILED)
        with pytest.raises(passwords.Crowded), queue.turn(Rank.FAILED):
            pass
        comes(Rank.NEW)
    all_have_gone()

    with queue.turn(Rank.FAILED):
        pass


@pytest.mark.parametrize("rank", Rank)
def test_nobody_waits_for_longer_than_two_seconds(queue, monkeypatch, rank):
    assert passwords.PATIENCE == 2
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)

    with queue.turn(Rank.FAILED), pytest.raises(passwords.Crowded), queue.turn(rank):
        pass

    for again in Rank:
        with queue.turn(again):  # who gave up holds nobody up
            pass


def test_a_fault_during_ones_turn_ends_it(queue):
    with pytest.raises(KeyError), queue.turn(Rank.FAILED):
        raise KeyError

    with queue.turn(Rank.FAILED):
        pass
