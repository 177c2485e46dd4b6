"""Check on a machine with a GPU what this project says of one: under eight minutes, no download.

    python tools/gpu_check.py                       # prints the report
    python tools/gpu_check.py --out FOLDER          # and writes report.md and report.json there
    python tools/gpu_check.py --record              # report.json becomes a record of the page Speed
    python tools/gpu_check.py --device cpu          # the same code on a processor

Each check runs in a process of its own with a time limit of its own: ``passed``, ``failed`` (with
the reason), or ``not measured`` where the machine lacks what it needs. On a processor nothing is
measured: a check that holds there says that its code runs. Chapters are executed as committed, in
an empty folder; "Train the real thing" with its miniature, whose data need no download, on the GPU.

Exit code 0 when nothing failed, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "benchmarks")]
CHAPTERS = ("00_real_thing", "08_two_gpus", "10_relu_tanh", "14_speed")
PASSED, FAILED, NOT_MEASURED = "passed", "failed", "not measured"
NOT_HERE = 3  # exit code of a check that lacks what it needs


@dataclass(frozen=True)
class Check:
    """A check: its name, what it holds, and how many seconds it may take."""

    name: str
    what: str
    limit_s: float


@dataclass(frozen=True)
class Result:
    """What a check came to."""

    name: str
    what: str
    verdict: str
    why: str = ""
    seconds: float = 0.0
    figures: list[dict[str, Any]] = field(default_factory=list)


CHECKS = (
    Check("towers-one", "both towers on one device compute what the network does", 30),
    Check("towers-two", "a tower on each of two GPUs, likewise", 30),
    Check("fp16", "a training in float16, the loss scaled, beside float32", 30),
    Check("bf16", "a training in bfloat16 beside float32", 30),
    Check("ddp", "two processes share each batch, over nccl", 50),
    Check("step", "a training step at 224²: ours beside torch's own parts", 50),
    Check("memory", "memory of a training step beside the prediction", 30),
    Check("resume", "killed, resumed, the same end", 50),
    *(Check(f"chapter {name}", "the chapter, with the device", 44) for name in CHAPTERS),
)


def run(check: Check, device: str, patience: float = 1.0) -> Result:
    """Run a check in a process of its own, and judge it."""
    env = {**os.environ}
    if device == "cpu":
        env["CUDA_VISIBLE_DEVICES"] = ""
    kind, _, chapter = check.name.partition(" ")
    command = [sys.executable, __file__, "--chapter", chapter]
    if not chapter:
        command = [sys.executable, str(ROOT / "tools" / "gpu_checks.py"), kind, "--device", device]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=env,
                capture_output=True,
                text=True,
                timeout=patience * check.limit_s,
            )
        except subprocess.TimeoutExpired:
            why = f"took longer than {patience * check.limit_s:.0f} s"
            return Result(check.name, check.what, FAILED, why, patience * check.limit_s)
    took = time.monotonic() - began
    lines = done.stderr.strip().splitlines()
    said = lines[-1].removeprefix("AssertionError: ") if lines else ""
    if done.returncode == NOT_HERE:
        return Result(check.name, check.what, NOT_MEASURED, said, took)
    if done.returncode:
        return Result(check.name, check.what, FAILED, said or f"exit {done.returncode}", took)
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    if device == "cpu":
        why = f"no GPU; on the processor the same code runs: {answer['found']}"
        return Result(check.name, check.what, NOT_MEASURED, why, took)
    figures = answer.get("figures", [])
    return Result(check.name, check.what, PASSED, answer["found"], took, figures)


def execute(name: str) -> None:
    """Execute a chapter in the present folder, and say how many cells it has."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    changed = 0
    for cell in notebook.cells:  # its miniature, on whatever device there is
        changed += (real := "REAL = here.gpu") in cell.source
        cell.source = cell.source.replace(real, "REAL = False")
    assert changed == (name == "00_real_thing"), "the switch between miniature and network is gone"
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    print(json.dumps({"found": f"{cells} cells, asserts included"}))


def table(results: list[Result]) -> str:
    """Return the report's table as Markdown."""
    head = "| check | what | verdict | found | seconds |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| {r.name} | {r.what} | **{r.verdict}** | {r.why} | {r.seconds:.0f} |\n" for r in results
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the checks and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of the names of checks")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write report.md, report.json")
    parser.add_argument("--record", type=Path, nargs="?", const=ROOT / "benchmarks" / "records")
    parser.add_argument("--patience", type=float, default=1.0, help="multiplies the time limits")
    parser.add_argument("--chapter", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.chapter:
        execute(args.chapter)
        return 0
    from _record import Record, rounded

    from alexnet_lab.errors import UserError
    from alexnet_lab.training import hardware

    try:
        here = hardware(args.device)
    except UserError:
        print("no GPU here; --device cpu runs the same code on the processor", file=sys.stderr)
        return 2
    record = Record("gpu_check", {"device": args.device}, args.record)
    if here.gpu:  # the record is the GPU's, not that of the processor beside it
        record.machine |= {"processor": here.name, "features": []}
    print(here, flush=True)
    results = []
    for check in CHECKS:
        found = Result(check.name, check.what, NOT_MEASURED, "left out of this run")
        if not args.only or check.name.startswith(tuple(args.only)):
            found = run(check, args.device, args.patience)
        results.append(found)
        print(f"{found.name:22} {found.verdict:13} {found.why}", flush=True)
    for found in results:
        record.figures += found.figures
    record.data = {
        "device": repr(here),
        "checks": [{k: v for k, v in asdict(r).items() if k != "figures"} for r in results],
    }
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        text = f"# GPU check\n\n{here}\n\n{table(results)}"
        (args.out / "report.md").write_text(text, encoding="utf-8")
        report = json.dumps(rounded(record.to_dict()), indent=1, ensure_ascii=False)
        (args.out / "report.json").write_text(report + "\n", encoding="utf-8")
    record.keep()
    return int(any(r.verdict == FAILED for r in results))


if __name__ == "__main__":
    raise SystemExit(main())
