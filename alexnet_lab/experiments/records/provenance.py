"""What a record says of its origin: when it was made, on which machine, by which versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

TREE = Path(__file__).parents[3]  # the repository, where this is a checkout


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine(device: str) -> dict[str, Any]:
    """Return the hardware that a record names."""
    import torch

    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if device.startswith("cuda") else "cpu",
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, Any]:
    """Return the versions that a record names."""
    import torch

    from ... import __version__

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "alexnet_lab": __version__,
        "git": _git(),
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _git() -> str | None:
    if not (TREE / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--tags"],
            cwd=TREE,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
