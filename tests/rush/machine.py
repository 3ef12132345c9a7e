"""How busy the machine was while something was measured: with us, with others, or kept from us."""

import math
import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Load:
    """From when it is made until it is told. Linux only; elsewhere it says nothing."""

    def __init__(self) -> None:
        self._started, self._before = time.monotonic(), self._read()
        self._seconds, self._after = 0.0, ()

    def stop(self) -> None:
        """Look again; what comes later no longer counts."""
        self._seconds, self._after = time.monotonic() - self._started, self._read()

    @property
    def others(self) -> float:
        """Return how many cores other programs used."""
        if not self._before:
            return math.nan
        total, busy, _stolen, own = self._spent()
        return max(0, busy - own) / total * (os.cpu_count() or 1)

    def _spent(self) -> list[float]:
        if not self._after:
            self.stop()
        return [after - before for after, before in zip(self._after, self._before, strict=True)]

    def told(self) -> str:
        """Say which share of the processors went where."""
        if not self._before:
            return "how busy the machine was is not known here"
        total, _busy, stolen, own = self._spent()
        return (
            f"{os.cpu_count()} processors for {self._seconds:.0f} s: "
            f"{own / total:.0%} site, database and households, "
            f"{self.others:.2f} cores other programs, "
            f"{stolen / total:.0%} kept by the host (steal)"
        )

    def _read(self) -> tuple[float, ...]:
        try:
            user, nice, system, idle, iowait, irq, softirq, steal = map(
                int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
            )
        except OSError:
            return ()
        busy = user + nice + system + irq + softirq
        return (busy + idle + iowait + steal, busy, steal, _of_descendants(os.getpid()))


def processor() -> str:
    """Return the processor's name."""
    text = Path("/proc/cpuinfo").read_text()
    return text.partition("model name")[2].partition("\n")[0].strip(" \t:") or "processors"


def memory(pid: int) -> float:
    """Return the MiB of a process; what it shares with others counts in part (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("Pss:")[2].split()[0]) / 1024


def _of_descendants(root: int) -> float:
    """Return the ticks that a process and all below it have used."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        pid = int(path.parent.name)
        parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    ours = {root}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(used.get(pid, 0) for pid in ours)
