"""Freed memory is kept inside the block and given back at its end; the system counts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from alexnet_lab.training.memory import _glibc

# In a process of its own: the counts are of the process, and so is the setting.
SCRIPT = """
import resource
from pathlib import Path
import torch
from alexnet_lab.training.memory import freed_memory_kept

def touches():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(64, 2**20)  # 256 MiB: 65,536 pages of 4 KiB, or 128 huge ones
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def first_touches():
    # The least of several: whatever else the process touches meanwhile only adds.
    return min(touches() for _ in range(8))

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()

torch.set_num_threads(1)
usual = first_touches()
with freed_memory_kept() as kept:
    print(kept, usual > 0, 10 * first_touches() < usual)
    inside = resident()
print(inside - resident() > 200 * 2**20)
"""


@pytest.mark.skipif(_glibc() is None, reason="not glibc: nothing to keep")
def test_memory_is_taken_once_inside_the_block_and_given_back_at_its_end() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4


def test_elsewhere_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from alexnet_lab.training import memory

    monkeypatch.setattr(memory, "_glibc", lambda: None)
    with memory.freed_memory_kept() as kept:
        assert kept is False
