"""Run a program of the virtual environment as somebody who uses it: in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.prefix) / "bin"


def environment(home, zone="Europe/Amsterdam"):
    """Return what the program finds: nothing of whoever runs the tests."""
    return {
        "HOME": str(home),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "TZ": zone,
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def run(home, *words, zone="Europe/Amsterdam"):
    """Run a program to its end; return what it says, or fail with what it complains of."""
    done = subprocess.run(
        [BIN / words[0], *map(str, words[1:])],
        env=environment(home, zone),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout
