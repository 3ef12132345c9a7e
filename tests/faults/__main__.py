"""The table of what happens when something fails, for docs/operations.md.

``python -m tests.faults [sqlite|postgresql|both]`` runs the tests of this folder, says on standard
error how they went, and prints the table.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import services
from tests.faults import table


def main(which: str = "both") -> int:
    """Run the tests and print what they saw."""
    with TemporaryDirectory() as folder:
        result = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.services",
                which,
                "-p",
                "no:randomly",
                "-m",
                "long",
                HERE,
            ],
            cwd=services.ROOT,
            env={**os.environ, "FAULTS_TABLE": folder},
            stdout=sys.stderr,
            check=False,
        )
        rows = [
            line
            for database in services.DATABASES
            if (path := Path(folder, f"{database}.md")).exists()
            for line in path.read_text().splitlines()[2:]
        ]
    print("\n".join([table.HEAD, *rows]))
    return result.returncode


HERE = "tests/faults"

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
