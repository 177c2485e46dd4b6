"""What grading a submission costs, beside a plain nbval run of the same notebook.

A class of copies of the reference answers, each its own file, graded in the sandbox: by one worker,
then by as many as there are cores. Between them plain `pytest --nbval-lax` runs the teacher's
notebook, as often as there are rounds. The start of the sandbox and the import of torch are in the
figure, spread over the class. Target: at most 1.3 s a submission in a batch of 30 on one worker.

    python benchmarks/grading.py [--class 30] [--rounds 3] [--source NOTEBOOK]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _machine import seconds, word
from _record import Record, begin

from alexnet_lab.classroom import grade, read_source

ROOT = Path(__file__).resolve().parent.parent
TARGET_S = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--class", dest="students", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path, default=ROOT / "assignments" / "1-convolution.ipynb")
    options, record = begin(parser, __file__)
    assignment = read_source(options.source)
    print(f"{assignment.name}: {len(assignment.checks)} checks, a class of {options.students}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_class(options.source, folder / "submitted", options.students)
        plain: list[float] = []
        each: dict[int, list[float]] = {}
        workers = [1] if os.cpu_count() == 1 else [1, os.cpu_count() or 1]
        for turn in range(options.rounds):
            plain.append(seconds(lambda: nbval(options.source)))
            for jobs in workers:
                took = batch(options.source, folder, jobs, turn)
                each.setdefault(jobs, []).append(took)
    what = f"{assignment.name}, {options.students} submissions"
    report(plain, each, what, record)
    record.keep()


def report(plain: list[float], each: dict[int, list[float]], what: str, record: Record) -> None:
    alone = statistics.median(plain)
    for jobs, times in each.items():
        cost = statistics.median(times)
        ratios = [p / t for p, t in zip(plain, times, strict=True)]
        line = (
            f"{jobs} worker{'s' if jobs > 1 else ''}: {cost:.2f} s a submission "
            f"({min(times):.2f} to {max(times):.2f}); plain nbval {alone:.2f} s, "
            f"ratio {statistics.median(ratios):.1f}"
        )
        figure = {
            "what": f"{what}, {jobs} worker{'s' if jobs > 1 else ''}: a submission",
            "value": cost,
            "unit": "s",
            "value_low": min(times),
            "value_high": max(times),
            "peer": "plain nbval",
            "peer_value": alone,
            "ratio": statistics.median(ratios),
            "low": min(ratios),
            "high": max(ratios),
            "turns": len(ratios),
        }
        if jobs == 1:
            line += f"; target {TARGET_S} s: {word(cost <= TARGET_S)}"
            figure |= {"target": f"≤ {TARGET_S} s", "passed": cost <= TARGET_S}
        else:
            gains = [a / b for a, b in zip(each[1], times, strict=True)]
            line += f"; {statistics.median(gains):.2f} times one worker"
        print(line)
        record.add(figure)


def write_class(source: Path, folder: Path, students: int) -> None:
    """Write the reference answers, once a student."""
    folder.mkdir()
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for number in range(students):
        notebook["metadata"]["student"] = number
        path = folder / f"student-{number:03d}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")


def batch(source: Path, folder: Path, jobs: int, turn: int) -> float:
    """Return the seconds a submission of a whole batch, start of the sandbox included."""
    start = time.perf_counter()
    out = folder / f"report-{jobs}-{turn}"
    done = grade(source, folder / "submitted", out, jobs=jobs)
    took = time.perf_counter() - start
    wrong = [r.name for r in done.results if r.graded.points != done.assignment.points]
    if wrong:
        sys.exit(f"the reference answers do not pass: {', '.join(wrong)}")
    return took / len(done.results)


def nbval(source: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    subprocess.run(
        [*command, "-c", "/dev/null", str(source)],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
        cwd=source.parent,
    )


if __name__ == "__main__":
    main()
