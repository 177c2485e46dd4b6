"""The runner: it reads one notebook from the grader, has nbval execute it, and writes rows.

A process of its own beside the kernel. What it reads, the teacher's notebook with the answers in
it, is on no disk when the first answer runs.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import json
import os
import secrets
import signal
import struct
import time
from pathlib import Path
from typing import Any

import nbval.kernel
from jupyter_client import BlockingKernelClient

from .. import cells
from ..running import nbval_kernel
from . import confine, memory, seal
from .protocol import NO_JOB, Config, say

LARGEST_JOB = 64 << 20
START_SECONDS = 60.0
_SEAL = "__import__('alexnet_lab.classroom.grading.seal', fromlist=['seal'])"
_SECRET = "__import__('alexnet_lab.classroom.secret', fromlist=['secret'])"


def run(ask: int, tell: int, connection: dict[str, Any], kernel: int, config: Config) -> int:
    """Read a job, run it, write its rows; return the exit code."""
    confine.undumpable()
    confine.die_with_parent()
    job = _job(ask)
    os.close(ask)
    if job is None:
        return NO_JOB
    path = Path(config.private) / "graded.ipynb"
    path.write_text(json.dumps(job["notebook"]), encoding="utf-8")
    nbval.kernel.start_new_kernel = lambda **_: (Manager(kernel), _client(connection, kernel))
    nbval_kernel.StrictKernel.output_limit = config.settings.output_kb * 1000
    nbval_kernel.StrictKernel.problem = memory.MemoryWatch(kernel, config.settings).problem
    judge = Judge(job["seeds"], [cells.name(cell) for cell in job["notebook"]["cells"]])
    rows = GradedRows(lambda **row: say(tell, **row), judge, path)
    return nbval_kernel.run(str(path), config.private, config.settings.cell_seconds, rows)


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
    """Around each cell: seeds to a check that asks for some, and signs of tampering.

    After each cell that can hold or run an answer a canary must die: an assert that is false, with
    a nonce and the digest of what watched names stand for.
    """

    def __init__(self, seeds: dict[str, dict[str, int]], names: list[str]) -> None:
        self.seeds = seeds
        self.seal = seal.digest()
        self.following = dict(itertools.pairwise(names))
        self.offered: dict[str, int] = {}

    def before(self, kernel: nbval_kernel.StrictKernel, cell: Any) -> None:
        """Offer a check its seeds, unless the canary before it has done so."""
        seeds = self.seeds.get(cells.name(cell), {})
        if seeds != self.offered:
            kernel.run_silently(f"{_SECRET}.offer({seeds!r})")
            kernel.reply = {}
            self.offered = seeds

    def after(self, kernel: nbval_kernel.StrictKernel, cell: Any, passed: bool) -> dict[str, Any]:
        """Tell where an error was raised, take the seeds back, let the canary die."""
        found: dict[str, Any] = {}
        kernel.ask()
        if cells.role(cell) in ("given", "picture"):
            return found
        if not passed:
            found["where"] = self._where(kernel)
        nonce = secrets.token_hex(8)
        # The next cell's seeds take the place of this one's: a message each would cost more than
        # the cells themselves.
        self.offered = self.seeds.get(self.following.get(cells.name(cell), ""), {})
        reply = kernel.run_silently(
            f"{_SECRET}.offer({self.offered!r})\nassert 1 == 2, {nonce!r} + {_SEAL}.digest()"
        )
        told = (reply.get("status"), reply.get("ename"), reply.get("evalue"))
        if told == ("error", "AssertionError", nonce + self.seal):
            return found
        if told[:2] == ("error", "AssertionError") and str(told[2]).startswith(nonce):
            raise nbval_kernel.StoppedError(f"tampering? {self._replaced(kernel)}")
        raise nbval_kernel.StoppedError("tampering? a false assert no longer fails in this kernel")

    def _where(self, kernel: nbval_kernel.StrictKernel) -> list[Any]:
        found = _value(kernel.run_silently("", where=f"{_SEAL}.where()"), "where")
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], int):
            return [found[0], str(found[1])]
        return [0, "answer"]

    def _replaced(self, kernel: nbval_kernel.StrictKernel) -> str:
        expression = f"{_SEAL}.changed({seal.table()!r})[:3]"
        names = _value(kernel.run_silently("", names=expression), "names")
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            return f"replaced: {', '.join(names)[:200]}"
        return "functions of torch or NumPy were replaced"


def _value(reply: dict[str, Any], name: str) -> Any:
    try:
        return ast.literal_eval(reply["user_expressions"][name]["data"]["text/plain"])
    except (KeyError, TypeError, ValueError, SyntaxError, RecursionError):
        return None
