"""A site whose commands never end, not even when they are asked to."""

import os
import signal
import time
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(os.environ["DEAF_PID"]).write_text(str(os.getpid()), encoding="utf-8")
time.sleep(60)
