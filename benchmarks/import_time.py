"""What `import alexnet_lab` costs beyond `import torch`.

Fresh processes by turns: one imports torch, the next torch and alexnet_lab. The figure is the
median difference of neighbours. Target: at most 0.15 s.

    python benchmarks/import_time.py [--rounds 9]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from _machine import word
from _record import begin

TARGET_S = 0.15
CLOCK = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    options, record = begin(parser, __file__)
    fresh("import torch, alexnet_lab")  # into the file cache
    differences, alone = [], []
    for _ in range(options.rounds):
        alone.append(fresh("import torch"))
        differences.append(fresh("import torch, alexnet_lab") - alone[-1])
    extra = statistics.median(differences)
    print(
        f"import torch {statistics.median(alone):.2f} s; alexnet_lab {extra:+.3f} s beyond it "
        f"({min(differences):+.3f} to {max(differences):+.3f} in {options.rounds} turns), "
        f"target {TARGET_S} s: {word(extra <= TARGET_S)}"
    )
    record.add(
        {
            "what": "import torch, alexnet_lab: seconds beyond import torch",
            "value": extra,
            "unit": "s",
            "value_low": min(differences),
            "value_high": max(differences),
            "peer": "import torch",
            "peer_value": statistics.median(alone),
            "turns": options.rounds,
            "target": f"≤ {TARGET_S} s",
            "passed": extra <= TARGET_S,
        }
    )
    record.keep()


def fresh(statement: str) -> float:
    """Return the seconds that a statement takes in a process of its own."""
    command = [sys.executable, "-c", CLOCK.format(statement)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
