"""Whose turn it is: few requests at once about a mailbox, none while it asks to be left alone."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from time import monotonic

from app.calendars.errors import Delayed


class Mailboxes:
    """The mailboxes of one provider, as this process knows them."""

    def __init__(self, at_once: int) -> None:
        """Allow this many requests at once about one mailbox."""
        self._at_once = at_once
        self._lock = Lock()
        self._turns: dict[str, BoundedSemaphore] = {}
        self._quiet_until: dict[str, float] = {}

    @contextmanager
    def turn(self, account: str) -> Generator[None]:
        """Wait until a request about a mailbox may go out.

        Raises Delayed if the mailbox asked to be left alone: others go on meanwhile.
        """
        mailbox = account.casefold()
        with self._lock:
            turn = self._turns.setdefault(mailbox, BoundedSemaphore(self._at_once))
        with turn:
            left = self._quiet_until.get(mailbox, 0) - monotonic()
            if left > 0:
                raise Delayed("the mailbox asked to wait", retry_after=left)
            try:
                yield
            except Delayed as fault:
                if fault.retry_after:
                    self._quiet_until[mailbox] = monotonic() + fault.retry_after
                raise
