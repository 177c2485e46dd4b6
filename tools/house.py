"""The house in figures: lines by room, circles of imports, public names, how far one reads.

``python tools/house.py [COMMIT …]`` prints a column for the tree as it is, and one for each commit
named. The last rows run the command line: a file counts when a function of it ran.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

from old_tree import unpack

ROOT = Path(__file__).parents[1]
# The three questions of a newcomer, as the commands that answer them.
QUESTIONS = {
    "how does the picture of conv1's maps come about": ["photo", "coffee", "--out", "{}/maps.png"],
    "from train to a saved file": [
        *("train", "--data", "photo-patches", "--model", "alexnet_mini", "--epochs", "1"),
        *("--image-size", "32", "--batch-size", "500", "--out", "{}/run"),
    ],
    "from a record to the ledger": ["experiment", "report", "--out", "{}/book"],
}
# Counts the package's functions that ran, in this process and in its threads.
FOLLOW = """
import json, sys, threading
import alexnet_lab
home = alexnet_lab.__file__.rpartition("__init__")[0]
seen = set()
def follow(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(home) and code.co_name != "<module>":
        seen.add((code.co_filename, code.co_qualname))
from alexnet_lab.cli import main
threading.setprofile(follow)
sys.setprofile(follow)
code = main(sys.argv[2:])
sys.setprofile(None)
with open(sys.argv[1], "w") as file:
    json.dump([code, len({name for name, _ in seen}), len(seen)], file)
"""


def lines_by_room(package: Path) -> dict[str, int]:
    """Return the lines of Python of each room; files that are in none are "the rest"."""
    found: dict[str, int] = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).parts
        room = parts[0] if len(parts) > 1 else "the rest"
        text = path.read_text(encoding="utf-8")
        found[room] = found.get(room, 0) + len(text.splitlines())
    return found


def public_names(package: Path) -> dict[str, bool]:
    """Return "room.name" of all that a room offers, and whether its docstring has an example.

    Read from the sources, so that a commit need not be installed: ``__all__`` where there is one,
    else the stub, else what a lazy ``__init__`` says.
    """
    found = {}
    for folder in sorted(p.parent for p in package.glob("*/__init__.py")):
        if folder.name in ("cli", "weights"):  # no reader imports from these
            continue
        where = _origins(folder)
        for name in _offered(folder, where):
            found[f"{folder.name}.{name}"] = _has_example(folder, name, where.get(name))
    return found


def _origins(folder: Path) -> dict[str, str]:
    """Return for each imported name the module that it comes from, relative to the room."""
    where = {}
    for file in ("__init__.py", "__init__.pyi"):
        if not (folder / file).is_file():
            continue
        for node in ast.walk(ast.parse((folder / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                prefix = "../" * (node.level - 1) + (node.module or "").replace(".", "/")
                where |= {alias.asname or alias.name: prefix for alias in node.names}
            elif isinstance(node, ast.keyword) and node.arg == "submod_attrs":
                for module, names in ast.literal_eval(node.value).items():
                    where |= dict.fromkeys(names, module.replace(".", "/"))
    return where


def _offered(folder: Path, where: dict[str, str]) -> list[str]:
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    lazy = any(isinstance(node, ast.Assign) and "attach" in ast.unparse(node) for node in tree.body)
    return sorted(name for name in where if not name.startswith("_")) if lazy else []


def _has_example(folder: Path, name: str, origin: str | None) -> bool:
    """Say whether a function, class or module has ``>>>``; a constant: whether the room's has."""
    module = folder / (origin or "")
    for path in (module.with_suffix(".py"), module / "__init__.py", module / f"{name}.py"):
        if not path.is_file():
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                return ">>>" in (ast.get_docstring(node) or "")
            if isinstance(node, ast.ImportFrom) and name in {a.name for a in node.names}:
                deeper = "../" * (node.level - 1) + (node.module or "").replace(".", "/")
                return _has_example(path.parent, name, deeper)
        if path.name == f"{name}.py":
            return ">>>" in (ast.get_docstring(tree) or "")
    room = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return name in (doc := ast.get_docstring(room) or "") and ">>>" in doc


def followed(tree: Path, command: list[str]) -> str:
    """Return how many functions in how many files of the package ran."""
    with tempfile.TemporaryDirectory() as scratch:
        given = [part.format(scratch) for part in command]
        Path(scratch, "book").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", FOLLOW, f"{scratch}/found", *given],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return "does not run"
        code, files, functions = json.loads(Path(scratch, "found").read_text())
        return f"{functions} in {files} files" if code == 0 else "does not run"


def described(tree: Path) -> dict[str, str]:
    """Return the rows of one tree."""
    package = tree / "alexnet_lab"
    imports = runpy.run_path(str(ROOT / "tests" / "imports.py"))
    graph = imports["module_graph"](package)
    names = public_names(package)
    lines = lines_by_room(package)
    rows = {f"lines in {room}": f"{count:,}" for room, count in lines.items()}
    rows["lines of Python"] = f"{sum(lines.values()):,}"
    rows["circles of modules"] = str(len(imports["circles"](graph)))
    rows["public names"] = str(len(names))
    rows["with an example"] = str(sum(names.values()))
    rows["without"] = str(len(names) - sum(names.values()))
    return rows | {name: followed(tree, command) for name, command in QUESTIONS.items()}


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("commits", metavar="COMMIT", nargs="*", help="one more column for each")
    commits = parser.parse_args(argv).commits
    columns = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number, commit in enumerate(commits):
            tree = Path(scratch, str(number))
            tree.mkdir()
            unpack(commit, tree, "alexnet_lab", "book", "pyproject.toml")
            columns[commit] = described(tree)
        columns["now"] = described(ROOT)
    labels = list(dict.fromkeys(label for rows in columns.values() for label in rows))
    labels.sort(key=lambda label: not label.startswith("lines in"))
    width = max(map(len, labels)) + 2
    print("".ljust(width) + "".join(name.rjust(24) for name in columns))
    for label in labels:
        print(label.ljust(width) + "".join(r.get(label, "–").rjust(24) for r in columns.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
