"""What killed processes leave in the cache: whose it is, and when it may go."""

from __future__ import annotations

import os
import platform
import shutil
import time
from pathlib import Path

_DAY_S = 24 * 60 * 60


def owner() -> str:
    """Return a mark of this process, for the name of what it writes."""
    host = "".join(c if c.isalnum() else "_" for c in platform.node())[:40]
    return f"{host}-{os.getpid()}"


def sweep(decoded: Path) -> None:
    """Remove what killed processes have left: those of this machine at once, others after a day."""
    for left in decoded.glob(".part-*"):
        try:
            old = time.time() - left.stat().st_mtime > _DAY_S
        except OSError:
            continue
        if old or _is_orphan(left.name):
            shutil.rmtree(left, ignore_errors=True)


def _is_orphan(name: str) -> bool:
    host, _, rest = name.removeprefix(".part-").partition("-")
    pid = rest.partition("-")[0]
    if os.name != "posix" or not pid.isdecimal() or host != owner().partition("-")[0]:
        return False
    try:
        os.kill(int(pid), 0)  # signal 0 asks whether the process is there
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and another user's
        return False
    return False
