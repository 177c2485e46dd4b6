"""The runner: it reads one notebook from the grader, has nbval execute it, and writes rows.

A process of its own beside the kernel. What it reads, the teacher's notebook with the answers in
it, is on no disk when the first answer runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import time
from pathlib import Path
from typing import Any

import nbval.kernel
from jupyter_client import BlockingKernelClient

from .. import cells
from ..running import nbval_kernel
from . import confine, memory
from .judge import Bench
from .protocol import NO_JOB, Config, say

LARGEST_JOB = 64 << 20
START_SECONDS = 60.0


def run(
    ask: int, tell: int, line: int, connection: dict[str, Any], kernel: int, config: Config
) -> int:
    """Read a job, run it, write its rows; return the exit code."""
    confine.undumpable()
    confine.die_with_parent()
    job = _job(ask)
    os.close(ask)
    if job is None:
        return NO_JOB
    path = Path(graded(config))
    path.write_text(json.dumps(job["notebook"]), encoding="utf-8")
    nbval.kernel.start_new_kernel = lambda **_: (Manager(kernel), _client(connection, kernel))
    nbval_kernel.StrictKernel.output_limit = config.settings.output_kb * 1000
    nbval_kernel.StrictKernel.problem = memory.MemoryWatch(kernel, config.settings).problem
    defines = cells.own(job["notebook"]).get("defines", {})
    bench = Bench(socket.socket(fileno=line), defines, job["seeds"], config.settings.cell_seconds)
    rows = GradedRows(lambda **row: say(tell, **row), Judge(bench), path)
    return nbval_kernel.run(str(path), config.private, config.settings.cell_seconds, rows)


def graded(config: Config) -> str:
    """Return where the notebook stands while nbval reads it."""
    return str(Path(config.private) / "graded.ipynb")


def _job(ask: int) -> dict[str, Any] | None:
    header = _read(ask, 8)
    if len(header) < 8:
        return None
    (length,) = struct.unpack(">Q", header)
    if length > LARGEST_JOB:
        return None
    return json.loads(_read(ask, length))


def _read(ask: int, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        piece = os.read(ask, length - len(found))
        if not piece:
            break
        found += piece
    return bytes(found)


class Manager:
    """What nbval asks of a kernel's manager, for a kernel that is there already."""

    kernel_spec = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def is_alive(self) -> bool:
        """Return whether the kernel runs."""
        return alive(self.pid)

    def interrupt_kernel(self) -> None:
        """Press Ctrl-C."""
        self._signal(signal.SIGINT)

    def shutdown_kernel(self, now: bool = False) -> None:
        """Kill the kernel; with it goes all that it started."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def alive(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def _client(connection: dict[str, Any], kernel: int) -> BlockingKernelClient:
    end = time.monotonic() + START_SECONDS
    # The kernel binds the control socket last but one; then all that we connect to is there.
    while not os.path.exists(f"{connection['ip']}-{connection['control_port']}"):
        if time.monotonic() > end or not alive(kernel):
            raise RuntimeError("the kernel did not start")
        time.sleep(0.005)
    client = BlockingKernelClient()
    client.load_connection_info(connection)  # type: ignore[arg-type]
    client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
    return client


class GradedRows(nbval_kernel.Rows):
    """As `Rows`; the notebook's file goes before anything runs."""

    def __init__(self, emit: nbval_kernel.Emit, around: Any, path: Path) -> None:
        super().__init__(emit, around)
        self.path = path

    def pytest_collection_finish(self) -> None:
        """Delete the file: nbval has it in memory now."""
        self.path.unlink()


class Judge:
    """Around each cell: checks are executed here, and a student's cells in the jailed kernel.

    Parameters
    ----------
    bench : judge.Bench
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def instead(self, kernel: nbval_kernel.StrictKernel, cell: Any) -> dict[str, Any] | None:
        """Execute a check here; None for any other cell."""
        return self.bench.check(kernel, cell) if cells.role(cell) == "check" else None

    def after(self, kernel: nbval_kernel.StrictKernel, cell: Any, row: dict[str, Any]) -> None:
        """Execute the teacher's own cells here as well; note why an answer's cell failed."""
        kernel.ask()
        why = "" if row["outcome"] == "passed" else f"{row['error']}: {row['message']}"
        if cells.role(cell) == "given":
            wrong = self.bench.given(cell)
            if wrong and not why:
                row.update({"outcome": "failed", "error": "GivenError", "message": wrong})
        elif cells.role(cell) == "answer":
            self.bench.answered(cell, why)
