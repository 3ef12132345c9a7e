"""What this process remembers between requests, each value with the version it was read at."""

from threading import Lock
from typing import ClassVar, Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Stamp(NamedTuple):
    """What the database said at the beginning of a request, read before anything else.

    The version rises with each change by the office, but for details of rounds, which have a number
    of their own; the revisions with each talk of the family (the sum over ``circle_of``). What was
    remembered under an equal stamp still stands.
    """

    version: int
    details: int
    revisions: int
    circle: tuple[int, ...]


class Memory(Generic[K, V]):
    """A bounded dict; the oldest value goes first. Threads may share it.

    Read the version before the value that is put here: then a change between the two makes the
    value newer than its version, and it is read once more than necessary. The other way round it
    would stay wrong.
    """

    _ALL: ClassVar[list["Memory[object, object]"]] = []

    def __init__(self, most: int) -> None:
        """Make an empty memory of at most this many values."""
        self._most = most
        self._values: dict[K, V] = {}
        self._lock = Lock()
        Memory._ALL.append(self)  # type: ignore[arg-type]

    def get(self, key: K) -> V | None:
        """Return the value of a key, or None."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember a value."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.pop(next(iter(self._values)))

    def forget(self) -> None:
        """Forget all values."""
        with self._lock:
            self._values.clear()

    @classmethod
    def forget_all(cls) -> None:
        """Empty all memories; for tests, which undo changes without a new version."""
        for memory in cls._ALL:
            memory.forget()
