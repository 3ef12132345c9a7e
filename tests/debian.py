"""What the tests need of the machine, installed from Debian's packages where that is permitted."""

import os
import shutil
import subprocess


class Missing(Exception):
    """A service that the tests need is not on this machine."""


def as_root() -> bool:
    return os.geteuid() == 0


def apt_install(*packages: str) -> bool:
    """Install Debian packages if permitted; return whether it worked."""
    if not (as_root() and shutil.which("apt-get")):
        return False
    print("Installing", *packages, "...", flush=True)
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        result = subprocess.run(
            ["apt-get", "-q", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            print(result.stdout)
            return False
    return True
