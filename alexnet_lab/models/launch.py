"""Start a program as several processes, and bring back what each of them found."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from ..errors import UserError


def launch(
    program: str, batch: dict[str, Any], processes: int = 2, *, timeout_s: float = 300
) -> list[Any]:
    """Run the text of a program under ``torchrun``, once in each process.

    Every process finds the batch by ``torch.load(sys.argv[1])`` and leaves what it has found by
    ``torch.save(found, f"{sys.argv[1]}.{rank}")``. Nothing is left behind on the disk.

    Parameters
    ----------
    program : str
        Python; every process runs all of it.
    batch : dict
        Tensors and plain values: what ``torch.load`` reads without trusting the file.
    processes : int
        How many, on this machine.
    timeout_s : float
        Seconds after which they are ended.

    Returns
    -------
    list
        What the processes saved, by rank.

    Raises
    ------
    UserError
        When a process fails, saves nothing, or is not done in time.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> program = '''
    ... import os, sys, torch
    ... batch, rank = torch.load(sys.argv[1]), int(os.environ["RANK"])
    ... torch.save(batch["x"] + rank, f"{sys.argv[1]}.{rank}")
    ... '''
    >>> al.models.launch(program, {"x": 10}, processes=1)
    [10]
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    # By number: on some machines the own name leads nowhere.
    command += ["--local-addr", "127.0.0.1", "--nproc-per-node", str(processes)]
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "program.py"), Path(folder, "batch.pt")
        script.write_text(program, encoding="utf-8")
        torch.save(batch, data)
        try:
            done = subprocess.run(
                [*command, str(script), str(data)],
                capture_output=True,
                text=True,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(f"the processes were not done after {timeout_s:g} s") from error
        if done.returncode != 0:
            raise UserError(f"a process failed: {_reason(done.stderr)}")
        files = [Path(f"{data}.{rank}") for rank in range(processes)]
        if missing := [rank for rank, file in enumerate(files) if not file.exists()]:
            raise UserError(f"process {missing[0]} saved nothing to its sys.argv[1] + '.rank'")
        return [torch.load(file) for file in files]


def _reason(stderr: str) -> str:
    """Return the line that says what went wrong: the first error that a process printed."""
    lines = [line.strip() for line in stderr.splitlines()]
    marked = [line.partition("]: ")[2] or line for line in lines if "Error: " in line]
    return (marked or lines or ["it said nothing"])[0]
