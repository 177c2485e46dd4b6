"""What grading a submission costs, beside a plain nbval run of the same notebook.

A class of copies of the reference answers, each its own file, graded in the sandbox: by one worker,
then by as many as there are cores. Between them plain `pytest --nbval-lax` runs the teacher's
notebook, as often as there are rounds. The start of the sandbox and the import of torch are in the
figure, spread over the class. Target: at most 1.3 s a submission in a batch of 30 on one worker.

More workers gain at most what is left of the cores. So the time of the cores is counted, too: what
a submission takes of them, and how busy one worker alone keeps them.

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
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from _machine import seconds, word
from _record import Record, begin

from alexnet_lab.classroom import grade
from alexnet_lab.classroom.authoring.source import read_source

ROOT = Path(__file__).resolve().parent.parent
TARGET_S = 1.3


@dataclass(frozen=True)
class Batch:
    """One batch: all of it, and what it took of the cores.

    Attributes
    ----------
    each_s : float
        Seconds a submission, the start included.
    start_s : float
        Seconds until each worker had done its first.
    steady_s : float
        Seconds a submission after that.
    runs_core_s : float
        Core-seconds a submission, of the runs alone.
    starts_core_s : float
        Core-seconds of all starts: Python, torch, and what else a warm parent loads.
    busy_cores : float
        How many cores the batch kept busy, on average.
    """

    each_s: float
    start_s: float
    steady_s: float
    runs_core_s: float
    starts_core_s: float
    busy_cores: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--class", dest="students", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path, default=ROOT / "assignments" / "1-convolution.ipynb")
    options, record = begin(parser, __file__)
    assignment = read_source(options.source)
    cores = os.cpu_count() or 1
    if options.students <= cores:
        sys.exit(f"--class {options.students}: more students than the {cores} cores, please")
    print(f"{assignment.name}: {len(assignment.checks)} checks, a class of {options.students}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_class(options.source, folder / "submitted", options.students)
        plain: list[float] = []
        batches: dict[int, list[Batch]] = {}
        for turn in range(options.rounds):
            plain.append(seconds(lambda: nbval(options.source)))
            for jobs in sorted({1, cores}):
                done = batch(options.source, folder, jobs, turn)
                batches.setdefault(jobs, []).append(done)
    what = f"{assignment.name}, {options.students} submissions"
    report(plain, batches, what, record)
    if cores > 1:
        share(batches, cores, options.students, record)
    record.keep()


def report(plain: list[float], batches: dict[int, list[Batch]], what: str, record: Record) -> None:
    """Print and keep the seconds of a submission, beside plain nbval."""
    alone = statistics.median(plain)
    for jobs, turns in batches.items():
        times = [turn.each_s for turn in turns]
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
        print(line)
        record.add(figure)


def share(batches: dict[int, list[Batch]], cores: int, students: int, record: Record) -> None:
    """Print and keep what more workers gained, and what there was to gain."""
    one, all_ = (median(batches[jobs]) for jobs in (1, cores))
    gains = {
        "gain": [a.each_s / b.each_s for a, b in zip(batches[1], batches[cores], strict=True)],
        "steady_gain": [
            a.steady_s / b.steady_s for a, b in zip(batches[1], batches[cores], strict=True)
        ],
    }
    data: dict[str, Any] = {
        "cores": cores,
        "students": students,
        "one": asdict(one),
        "all": asdict(all_),
        **{name: statistics.median(found) for name, found in gains.items()},
        # One worker keeps so many cores busy that there is so much to gain, and no more.
        "most": cores * one.steady_s / one.runs_core_s,
    }
    record.data.update(data)
    print(
        f"a submission takes {one.runs_core_s:.2f} core-seconds, a worker's start "
        f"{one.starts_core_s:.1f}; one worker keeps {one.runs_core_s / one.steady_s:.2f} cores busy"
    )
    print(
        f"{cores} workers: {data['gain']:.2f} times one in all, {one.start_s:.1f} s of start "
        f"included; {data['steady_gain']:.2f} times after it, where {cores} cores allow "
        f"{data['most']:.2f}; {all_.busy_cores:.2f} of {cores} cores busy"
    )


def median(turns: list[Batch]) -> Batch:
    """Return the median of each figure."""
    names = [field.name for field in fields(Batch)]
    return Batch(**{n: statistics.median(getattr(turn, n) for turn in turns) for n in names})


def write_class(source: Path, folder: Path, students: int) -> None:
    """Write the reference answers, once a student."""
    folder.mkdir()
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for number in range(students):
        notebook["metadata"]["student"] = number
        path = folder / f"student-{number:03d}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")


def batch(source: Path, folder: Path, jobs: int, turn: int) -> Batch:
    """Grade the class once."""
    ends: list[float] = []
    start, own = time.perf_counter(), time.process_time()
    done = grade(
        source,
        folder / "submitted",
        folder / f"report-{jobs}-{turn}",
        jobs=jobs,
        progress=lambda *_: ends.append(time.perf_counter() - start),
    )
    took, own = time.perf_counter() - start, time.process_time() - own
    wrong = [r.name for r in done.results if r.graded.points != done.assignment.points]
    if wrong:
        sys.exit(f"the reference answers do not pass: {', '.join(wrong)}")
    students, effort = len(done.results), done.effort
    return Batch(
        each_s=took / students,
        start_s=ends[jobs - 1],
        steady_s=(ends[-1] - ends[jobs - 1]) / (students - jobs),
        runs_core_s=effort.runs / students,
        starts_core_s=effort.starts / jobs,
        busy_cores=(own + effort.starts + effort.runs) / took,
    )


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
