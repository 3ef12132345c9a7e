"""Connections that are used by one thread at a time, and kept for the next one."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Lines(Generic[T]):
    """As many connections as were ever used at once."""

    def __init__(self, make: Callable[[], T], end: Callable[[T], object]) -> None:
        """Keep how one is made and ended."""
        self._make, self._end = make, end
        self._lock = Lock()
        self._idle: list[T] = []

    @contextmanager
    def line(self) -> Generator[T]:
        """Have one for a block."""
        with self._lock:
            line = self._idle.pop() if self._idle else None
        line = line or self._make()
        try:
            yield line
        finally:
            with self._lock:
                self._idle.append(line)

    def close(self) -> None:
        """End those that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for line in idle:
            self._end(line)
