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
from typing import Any

# A thread that waits for the others of its team spins for milliseconds before it sleeps. On a
# machine with other work the spinning keeps the awaited ones off the cores, and a step may take ten
# times as long; sleeping at once costs some 50 µs an operator instead. A short spin has neither
# fault. GNU's OpenMP, torch's on Linux, reads this when it is loaded; both sides get the same.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


# What a processor can do, by the names in /proc/cpuinfo: x86 first, then Arm.
_FEATURES = (
    ("AMX", "amx_bf16"),
    ("AVX512_BF16", "avx512_bf16"),
    ("AVX-512", "avx512f"),
    ("AVX2", "avx2"),
    ("SVE", "sve"),
    ("BF16", "bf16"),
    ("NEON", "asimd"),
)


def features(cpuinfo: str) -> list[str]:
    """Return which of the features that matter for speed a text of /proc/cpuinfo names."""
    flags: set[str] = set()
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            flags |= set(value.split())
    return [name for name, flag in _FEATURES if flag in flags]


def busy(wait_s: float = 0.5) -> float | None:
    """Return how many cores' worth of other work there is, while this process sleeps; Linux only.

    Not the load: its mean over a minute still holds what this process did itself.
    """
    if not Path("/proc/stat").exists():
        return None
    before = _ticks()
    time.sleep(wait_s)
    ticks = [b - a for a, b in zip(before, _ticks(), strict=True)]
    idle = ticks[3] + ticks[4]  # idle, and waiting for a disk
    return (os.cpu_count() or 1) * (1 - idle / max(sum(ticks), 1))


def _ticks() -> list[int]:
    # user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
    return [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def about() -> dict[str, Any]:
    """Return processor, features, cores, threads, other work, versions and date."""
    import torch

    model, found = platform.processor() or platform.machine(), []
    path = Path("/proc/cpuinfo")
    if path.exists():
        text = path.read_text()
        found = features(text)
        names = [line for line in text.splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "features": found,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "busy": busy(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": str(date.today()),
    }


def machine(it: Mapping[str, Any]) -> str:
    """Return what `about` says in a line."""
    able = f" with {', '.join(it['features'])}" if it["features"] else ""
    load = "" if it["busy"] is None else f"{it['busy']:.1f} cores busy with other work, "
    return (
        f"{it['processor']}{able}; {it['cores']} cores, {it['threads']} threads, {load}"
        f"torch {it['torch']}, Python {it['python']}, {it['date']}"
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


def verdict(what: str, times: Mapping[str, list[float]], target: float) -> dict[str, Any]:
    """Print the medians of two sides, slow one first, and the median ratio of their turns.

    Returns
    -------
    dict
        The same as a figure of a record (`_record`).
    """
    (slow, slow_s), (fast, fast_s) = times.items()
    ratios = sorted(a / b for a, b in zip(slow_s, fast_s, strict=True))
    ratio = statistics.median(ratios)
    passed = ratio >= target
    print(
        f"{what}: {slow} {_in_ms(slow_s)}, {fast} {_in_ms(fast_s)}; "
        f"ratio {ratio:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f} in {len(ratios)} turns), "
        f"target {target:g}: {word(passed)}",
        flush=True,
    )
    return {
        "what": what,
        "value": statistics.median(fast_s),
        "unit": "s",
        "peer": slow,
        "peer_value": statistics.median(slow_s),
        "ratio": ratio,
        "low": ratios[0],
        "high": ratios[-1],
        "turns": len(ratios),
        "target": f"ratio ≥ {target:g}",
        "passed": passed,
    }


def word(passed: bool) -> str:
    """Return a verdict as a line tells it."""
    return "PASS" if passed else "FAIL"


def _in_ms(times: list[float]) -> str:
    return f"{statistics.median(times) * 1e3:.0f} ms"
