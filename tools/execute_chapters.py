"""Execute the chapters in order, in place; only those that changed since they were last executed.

    python tools/execute_chapters.py               # what `make book` runs
    python tools/execute_chapters.py 01 --all      # this one, changed or not

A chapter counts as changed when its code, its outputs, the package or the versions of what computes
and draws have changed; prose alone does not count. It runs in an empty folder, as it would for a
reader who has nothing but the installed package. It is written whole or not at all, without what
would differ from run to run (times, addresses, the interpreter's patch version).

Exit codes: 0 done; 2 a cell failed (one line says which chapter, which cell and why).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from alexnet_lab.files import atomic_write

ROOT = Path(__file__).resolve().parent.parent
# What computes and draws the outputs: a new version of one of these is a reason to run again.
COMPUTE = ("torch", "torchvision", "numpy", "matplotlib", "pillow", "scikit-image", "captum")
CELL_TIMEOUT_S = 600


def main(argv: list[str] | None = None) -> int:
    """Execute what changed and print a wall time a chapter."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of file names, for instance 01")
    parser.add_argument("--all", action="store_true", help="run unchanged chapters as well")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", help="the folder")
    parser.add_argument("--records", type=Path, default=ROOT / ".make" / "chapters")
    args = parser.parse_args(argv)

    paths = sorted(args.notebooks.glob("[0-9A][0-9]_*.ipynb"))
    if args.only:
        paths = [path for path in paths if path.name.startswith(tuple(args.only))]
    if not paths:
        print(f"no chapters NN_name.ipynb in {args.notebooks}", file=sys.stderr)
        return 2
    surroundings = package_hash() + versions()
    for path in paths:
        try:
            print(run_chapter(path, args.records, surroundings, always=args.all), flush=True)
        except ChapterError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


class ChapterError(Exception):
    """A chapter that does not run; the message is one line."""


def run_chapter(path: Path, records: Path, surroundings: str, *, always: bool = False) -> str:
    """Execute one chapter if it needs it; return the line to print."""
    record = records / f"{path.stem}.json"
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises a dozen kinds on a damaged file
        raise ChapterError(f"{path.name}: not a notebook ({error})".replace("\n", " ")) from error
    if not always and read_key(record) == key_of(notebook, surroundings):
        return f"{path.name:40} unchanged"
    started = time.perf_counter()
    execute(notebook, path.name)
    seconds = time.perf_counter() - started
    clean(notebook)
    text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
    if text != path.read_text(encoding="utf-8"):
        with atomic_write(path) as scratch:
            scratch.write_text(text, encoding="utf-8")
    with atomic_write(record) as scratch:
        facts = {
            "key": key_of(notebook, surroundings),
            "seconds": round(seconds, 1),
            "executed": datetime.now(timezone.utc).date().isoformat(),
            "torch": version("torch"),
        }
        scratch.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    return f"{path.name:40} {seconds:6.1f} s"


def execute(notebook: Any, name: str) -> None:
    """Run all cells in a fresh kernel of this environment, in an empty folder."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not the user's own
    with tempfile.TemporaryDirectory() as folder, without_own_settings():
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
            return
    raise ChapterError(f"{name}, {started['cell']}: {why}")


@contextmanager
def without_own_settings() -> Iterator[None]:
    """Keep a user's IPython start-up files and matplotlibrc out of what the book shows."""
    with tempfile.TemporaryDirectory() as folder:
        ours = {"IPYTHONDIR": folder}
        matplotlib = importlib.util.find_spec("matplotlib")
        if matplotlib is not None and matplotlib.origin is not None:
            ours["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def first_line(text: str) -> str:
    """Return the first line of an error's message that says something."""
    return next((line.strip() for line in str(text).splitlines() if line.strip()), "")


def clean(notebook: Any) -> None:
    """Take out what would differ from run to run, in place; cell ids stay."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        **{k: v for k, v in notebook.metadata.items() if k in ("title", "colab", "mystnb")},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = list(merged(cell.outputs))
            for output in cell.outputs:
                without_addresses(output)
                without_live_view(output)


def merged(outputs: list[Any]) -> Iterator[Any]:
    """Join neighbouring pieces of one stream: how they were cut is chance."""
    last = None
    for output in outputs:
        if last is not None:
            streams = last.output_type == output.output_type == "stream"
            if streams and last.name == output.name:
                last.text += output.text
                continue
            yield last
        last = output
    if last is not None:
        yield last


def without_addresses(output: Any) -> None:
    """Replace addresses of objects, as in ``<… at 0x7f12ab>``, in text outputs."""
    holder, name = (output, "text") if output.output_type == "stream" else (None, "text/plain")
    holder = holder if holder is not None else output.get("data", {})
    if isinstance(holder.get(name), str):
        holder[name] = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", holder[name])


def without_live_view(output: Any) -> None:
    """Drop a widget's number in a kernel that is gone, where a page or a picture stands for it.

    With it, a reader who opens the chapter sees "model not found" instead of the still.
    """
    data = output.get("data", {})
    if "text/html" in data:
        data.pop("application/vnd.jupyter.widget-view+json", None)


def key_of(notebook: Any, surroundings: str) -> str:
    """Hash what a chapter's outputs depend on, and the outputs themselves."""
    cells = [
        [cell.id, cell.source, cell.metadata.get("tags", []), cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    text = json.dumps([surroundings, cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_key(record: Path) -> str | None:
    """Return the key of the last run, if there is a legible record of one."""
    try:
        return json.loads(record.read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def package_hash() -> str:
    """Hash every file of the installed package."""
    import alexnet_lab

    folder = Path(alexnet_lab.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def versions() -> str:
    """Return the versions of Python and of what computes and draws."""
    found = [f"python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in COMPUTE:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    return "; ".join(found)


if __name__ == "__main__":
    raise SystemExit(main())
