"""Execute the chapters, in place: those whose committed outputs no longer hold.

    python tools/execute_chapters.py               # what `make book` runs: the stale ones
    python tools/execute_chapters.py --check       # only says which are; exit code 1 if any
    python tools/execute_chapters.py 01 --all      # this one, stale or not

`chapter_digest` tells which are stale: each chapter carries digests of its code, of its outputs and
of the parts of the package that it read. It runs in an empty folder, as it would for a reader who
has nothing but the installed package, and is written whole or not at all.

A chapter that is not stale gives the same outputs, up to what `chapter_outputs` takes for the noise
of another processor; then its file stays as it is. When its code or a part has changed, it is
written as it came out. Cells tagged ``machine`` show how fast a machine was: they keep what is
committed as long as their own code is the same, unless ``--measure`` asks for new figures.

Exit codes: 0 done; 1 stale chapters were found by ``--check``; 2 a cell failed (one line says which
chapter, which cell and why).
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import chapter_file
import figure_drawings  # finds the next
import figure_output
from chapter_digest import PACKAGE, digests, noted, parts_read, stale, versions
from chapter_outputs import clean, differences, keep_machines
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from alexnet_lab.files import atomic_write

ROOT = Path(__file__).resolve().parent.parent
CELL_TIMEOUT_S = 600
# Notes each file and folder of the package that the kernel, or a process that it starts, opens, and
# each module of it in which a function is called. The body of a class or module has not flag 1.
WATCH = """\
import os
import sys
import threading

_package, _notes, _calls = os.environ["ALEXNET_LAB_WATCH"].split(os.pathsep)
_opened, _called = set(), set()


def _write(kind, path):
    with open(_notes, "a", encoding="utf-8") as notes:
        notes.write(f"{kind} {path}\\n")


def _note(event, arguments):
    known = event in ("open", "os.listdir", "os.scandir")
    if known and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.abspath(arguments[0])
        if path.startswith(_package) and path not in _opened:
            _opened.add(path)
            _write("opened", path)


def _count(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename not in _called:
        if not code.co_filename.startswith(_package):
            _called.add(code.co_filename)
        elif code.co_flags & 1:
            _called.add(code.co_filename)
            _write("ran", code.co_filename)


sys.addaudithook(_note)
if _calls:
    threading.setprofile(_count)
    sys.setprofile(_count)
"""

# The book's figures are drawn for its pages as well.
PROFILE = """\
c.InteractiveShellApp.exec_lines = [
    "import figure_drawings; figure_drawings.register(); del figure_drawings"
]
"""


def main(argv: list[str] | None = None) -> int:
    """Execute what is stale and print a wall time a chapter."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of file names, for instance 01")
    parser.add_argument("--all", action="store_true", help="run the others as well")
    parser.add_argument("--check", action="store_true", help="only say which are stale")
    parser.add_argument("--measure", action="store_true", help="new figures of this machine")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", help="the folder")
    parser.add_argument("--records", type=Path, default=ROOT / ".make" / "chapters")
    args = parser.parse_args(argv)

    paths = sorted(args.notebooks.glob("[0-9A][0-9]_*.ipynb"))
    if args.only:
        paths = [path for path in paths if path.name.startswith(tuple(args.only))]
    if not paths:
        print(f"no chapters NN_name.ipynb in {args.notebooks}", file=sys.stderr)
        return 2
    found = 0
    others: set[str] = set()
    for path in paths:
        try:
            notebook = chapter_file.read(path)
            if not args.check and chapter_file.write(path, notebook):
                print(f"{path.name:40} put in order", flush=True)
            reasons = stale(notebook)
            found += bool(reasons)
            others |= other_versions(notebook)
            if reasons:
                print(f"{path.name:40} stale: {shortened(reasons)}", flush=True)
            if not args.check and (reasons or args.all):
                print(run_chapter(path, notebook, args), flush=True)
        except (ChapterError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
    if not found:
        print(f"{len(paths)} chapters: none is stale")
    if others and not args.all:
        print(f"committed outputs are of {', '.join(sorted(others))}")
    return 1 if found and args.check else 0


class ChapterError(Exception):
    """A chapter that does not run; the message is one line."""


def shortened(reasons: list[str], most: int = 3) -> str:
    """Return the first reasons, and how many more there are."""
    more = [f"{len(reasons) - most} more"] if len(reasons) > most else []
    return ", ".join(reasons[:most] + more)


def other_versions(notebook: Any) -> set[str]:
    """Return the versions that a chapter was executed with and that are not the ones here."""
    here = versions()
    kept = noted(notebook).get("versions", {})
    return {f"{n} {v} (here {here.get(n, '-')})" for n, v in kept.items() if here.get(n) != v}


def run_chapter(path: Path, old: Any, args: argparse.Namespace) -> str:
    """Execute one chapter; write it if its outputs no longer hold; return the line to print."""
    held = not stale(old)
    new = copy.deepcopy(old)
    started = time.perf_counter()
    parts = execute(new, path.name, calls=not args.measure)
    seconds = time.perf_counter() - started
    clean(new)
    if not args.measure:
        keep_machines(old, new)
    others = differences(old, new)
    with atomic_write(args.records / f"{path.stem}.json") as scratch:
        scratch.write_text(json.dumps({"seconds": round(seconds, 1)}) + "\n", encoding="utf-8")
    line = f"{path.name:40} {seconds:6.1f} s"
    if held and not others and not args.measure:
        return f"{line}, the same"
    day = datetime.now(timezone.utc).date().isoformat()
    new.metadata.setdefault("alexnet_lab", {})["executed"] = {"on": day, **digests(new, parts)}
    chapter_file.put_in_order(new)
    chapter_file.write(path, new)
    return f"{line}, other outputs: {', '.join(others)}" if others else line


def execute(notebook: Any, name: str, *, calls: bool) -> dict[str, bool]:
    """Run all cells in a fresh kernel of this environment; return the parts that it read.

    Where speed is measured, no `calls` are counted, and each module counts whole.
    """
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not the user's own
    with tempfile.TemporaryDirectory() as folder, without_own_settings(calls) as notes:
        started = {"cell": "no cell"}

        def remember(cell: Any, cell_index: int) -> None:
            started["cell"] = f"cell {cell_index + 1} ({cell.id})"

        client = NotebookClient(
            notebook,
            on_cell_execute=remember,
            timeout=CELL_TIMEOUT_S,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],  # a kernel's own warnings are not ours
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            why = f"{error.ename}: {first_line(error.evalue)}"
        except CellTimeoutError:
            why = f"still running after {CELL_TIMEOUT_S} s"
        except DeadKernelError:
            why = "the kernel died"
        else:
            lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
            pairs = [line.split(" ", 1) for line in lines]
            opened = [Path(path) for kind, path in pairs if kind == "opened"]
            ran = [Path(path) for kind, path in pairs if kind == "ran"]
            return parts_read(opened, ran if calls else opened)
    raise ChapterError(f"{name}, {started['cell']}: {why}")


@contextmanager
def without_own_settings(calls: bool) -> Iterator[Path]:
    """Keep a user's start-up files and matplotlibrc out; give the file of what the kernel opens."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "watch").mkdir()
        Path(folder, "watch", "sitecustomize.py").write_text(WATCH, encoding="utf-8")
        for module in (figure_drawings, figure_output):
            shutil.copy(Path(str(module.__file__)), Path(folder, "watch"))
        profile = Path(folder, "profile_default", "ipython_kernel_config.py")
        profile.parent.mkdir()
        profile.write_text(PROFILE, encoding="utf-8")
        notes = Path(folder, "opened.txt")
        ours = {
            "IPYTHONDIR": folder,
            "PYTHONPATH": str(Path(folder, "watch")),
            "ALEXNET_LAB_WATCH": os.pathsep.join(
                [str(PACKAGE), str(notes), "calls" if calls else ""]
            ),
        }
        matplotlib = importlib.util.find_spec("matplotlib")
        if matplotlib is not None and matplotlib.origin is not None:
            ours["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield notes
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def first_line(text: str) -> str:
    """Return the first line of an error's message that says something."""
    return next((line.strip() for line in str(text).splitlines() if line.strip()), "")


if __name__ == "__main__":
    raise SystemExit(main())
