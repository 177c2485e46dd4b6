"""What all processes of a submission hold together: the system limits each, and not their sum.

A control group would, but who grades may seldom make one. So the runner looks, a few times a
second: it is late by what can be allocated meanwhile. Files in memory count, mapped or not.
"""

from __future__ import annotations

import os

from ..settings import Settings

_COUNTED = ("RssAnon:", "RssShmem:", "VmSwap:")


class MemoryWatch:
    """Watches a kernel and all processes that are started after it.

    Parameters
    ----------
    kernel : int
        Process id of the kernel.
    settings : Settings
    """

    def __init__(self, kernel: int, settings: Settings) -> None:
        self.kernel = kernel
        self.most_mb = settings.all_memory_mb
        self.before = processes()

    def problem(self) -> str:
        """Return what is wrong, or nothing."""
        started = processes() - self.before
        held = sum(held_kb(p) + in_memory_files_kb(p) for p in (self.kernel, *started)) >> 10
        if held <= self.most_mb:
            return ""
        return f"all processes together took more than {self.most_mb} MB of memory"


def in_memory_files_kb(process: int) -> int:
    """Return what a process keeps in files that have no name and lie in memory."""
    found = 0
    folder = f"/proc/{process}/fd"
    try:
        names = os.listdir(folder)
    except OSError:  # it has ended, or lets nobody look
        return 0
    for name in names:
        try:
            if os.readlink(f"{folder}/{name}").startswith("/memfd:"):
                found += os.stat(f"{folder}/{name}").st_blocks // 2
        except OSError:
            continue
    return found


def processes() -> set[int]:
    """Return the ids of all processes that can be seen."""
    return {int(name) for name in os.listdir("/proc") if name.isdecimal()}


def held_kb(process: int) -> int:
    """Return the memory of a process that is in no file, what it shares with others included."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8", errors="replace") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith(_COUNTED))
    except (OSError, ValueError, IndexError):  # it has ended
        return 0
