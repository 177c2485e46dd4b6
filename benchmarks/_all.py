"""Run the benchmarks one after the other, keep their records, and write the book's page on speed.

    python benchmarks/_all.py [NAME ...] [--data FOLDER] [--quick] [--records FOLDER]

One that fails does not stop the others; its old record stays, as does that of one that has nothing
to measure here (CIFAR-10 without ``--data``). ``--quick`` tries everything in small sizes: it keeps
its records in a folder of its own and leaves the page alone. `make bench` is this.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import _record
from _list import BENCHMARKS, Benchmark
from _page import write_page


@dataclass(frozen=True)
class Outcome:
    """How one benchmark went: "recorded", "not measured" or "failed"."""

    benchmark: Benchmark
    word: str
    seconds: float
    kept: str | None  # the date of a record that stands from before


def main() -> int:
    """Run, write, tell; the exit code is 1 when a benchmark failed."""
    names = [b.name for b in BENCHMARKS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--data", type=Path, help="CIFAR-10 as class folders, train/ and test/")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing kept")
    parser.add_argument("--records", type=Path, default=_record.RECORDS)
    parser.add_argument("--page", type=Path, help="the book's folder (default: book/)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}; known: {', '.join(names)}")
    chosen = [b for b in BENCHMARKS if b.name in (options.names or names)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) if options.quick else options.records
        outcomes = [run(b, folder.resolve(), options.data, options.quick) for b in chosen]
    print("\n== summary")
    for outcome in outcomes:
        kept = f"; the record of {outcome.kept} stands" if outcome.kept else ""
        print(f"{outcome.benchmark.name:16}{outcome.seconds:6.0f} s  {outcome.word}{kept}")
    if not options.quick:
        for path in write_page(options.records, options.page):
            print(f"wrote {path}")
    return int(any(outcome.word == "failed" for outcome in outcomes))


def run(benchmark: Benchmark, folder: Path, data: Path | None, quick: bool) -> Outcome:
    """Run one benchmark in a process of its own."""
    command = [sys.executable, str(benchmark.script), "--record", str(folder)]
    if quick:
        command += benchmark.quick
    if benchmark.data and data:
        command += ["--data", str(data.resolve())]
    print(f"\n== {benchmark.name}", flush=True)
    # Run records are named after the processor, so that there may be several: look at the times.
    before = _states(folder, benchmark)
    start = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    seconds = time.perf_counter() - start
    fresh = _states(folder, benchmark) != before
    if code:
        print(f"{benchmark.name} failed with exit code {code}", flush=True)
    word = "failed" if code else "recorded" if fresh else "not measured"
    return Outcome(benchmark, word, seconds, None if fresh else _date(folder, benchmark))


def _states(folder: Path, benchmark: Benchmark) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in (folder / benchmark.name).glob("*.json")}


def _date(folder: Path, benchmark: Benchmark) -> str | None:
    records = [r for r in _record.read(folder) if r["benchmark"] == benchmark.name]
    return max((r["machine"]["date"] for r in records), default=None)


if __name__ == "__main__":
    sys.exit(main())
