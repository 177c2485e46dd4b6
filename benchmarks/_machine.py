"""What the benchmarks share: which machine this is, taking turns, and a line with the ratio.

Figures of speed are ratios of two ways to do the same, timed turn by turn in one run: what else
the machine does meets both alike. Import this before torch.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

# A thread that waits for the others of its team spins for milliseconds before it sleeps. On a
# machine with other work the spinning keeps the awaited ones off the cores, and a step may take ten
# times as long; sleeping at once costs some 50 µs an operator instead. A short spin has neither
# fault. GNU's OpenMP, torch's on Linux, reads this when it is loaded; both sides get the same.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def machine() -> str:
    """Describe processor, cores, threads, load, versions and date in a line."""
    import torch

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    load = f"load {os.getloadavg()[0]:.1f}, " if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, {load}"
        f"torch {torch.__version__}, Python {platform.python_version()}, {date.today()}"
    )


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def take_turns(
    timed: Mapping[str, Callable[[], float]], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Call each in turn, `rounds` times after `warm_up`; each returns its own seconds."""
    for _ in range(warm_up):
        for run in timed.values():
            run()
    times: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, run in timed.items():
            times[name].append(run())
    return times


def verdict(what: str, times: Mapping[str, list[float]], target: float) -> None:
    """Print the medians of two sides, slow one first, and the median ratio of their turns."""
    (slow, slow_s), (fast, fast_s) = times.items()
    ratios = sorted(a / b for a, b in zip(slow_s, fast_s, strict=True))
    ratio = statistics.median(ratios)
    word = "PASS" if ratio >= target else "FAIL"
    print(
        f"{what}: {slow} {_in_ms(slow_s)}, {fast} {_in_ms(fast_s)}; "
        f"ratio {ratio:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f} in {len(ratios)} turns), "
        f"target {target:g}: {word}",
        flush=True,
    )


def _in_ms(times: list[float]) -> str:
    return f"{statistics.median(times) * 1e3:.0f} ms"
