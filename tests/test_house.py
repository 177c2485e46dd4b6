"""The house: which way the imports point, and that importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import alexnet_lab

PACKAGE = Path(alexnet_lab.__file__).parent

# Every room may lean on these, which lean on no room.
GROUND = {"errors", "files", "weights"}
# The arrows of CONTRIBUTING.md: room -> rooms that it may import.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "files": {"errors"},
    "weights": {"errors", "files"},
    "models": GROUND | {"data"},  # a trained network brings its own preprocessing
    "data": GROUND,
    "training": GROUND,
    "analysis": GROUND,
    "classroom": GROUND,
    "plots": GROUND | {"analysis"},
    "widgets": GROUND | {"analysis"},
    "experiments": GROUND | {"models", "data", "training", "analysis"},
    "cli": GROUND
    | {"models", "data", "training", "analysis", "classroom", "plots", "widgets", "experiments"},
    "__main__": {"cli"},
    "__init__": set(),
}


def is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def imports(path: Path) -> set[str]:
    """Return the rooms that a file imports, wherever in the file it does so."""
    here = ("alexnet_lab", *path.relative_to(PACKAGE).with_suffix("").parts)
    if here[-1] == "__init__":
        here = (*here[:-1], "")
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            # `from . import x` and `from alexnet_lab import x` name the room after `import`.
            targets = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            parts = target.split(".")
            # `from alexnet_lab import __version__` names no room.
            if parts[0] == "alexnet_lab" and len(parts) > 1 and is_room(parts[1]):
                found.add(parts[1])
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_arrows(path: Path) -> None:
    room = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert room in ARROWS, f"{room} is not on the plan of the house (CONTRIBUTING.md)"
    stray = imports(path) - ARROWS[room] - {room}
    assert not stray, f"{room} may not import {', '.join(sorted(stray))}"


def test_the_arrows_have_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(ARROWS):
        ready = {room for room, needs in ARROWS.items() if room not in done and needs <= done}
        assert ready, f"a cycle among {sorted(set(ARROWS) - done)}"
        done |= ready


def test_every_room_is_drawn_in_the_contributors_page(root: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()}
    assert not [room for room in sorted(rooms) if f"{room}/" not in page]


QUIET = """
import os, random, socket, sys, threading, warnings
import numpy, torch, matplotlib
def state():
    return (numpy.random.get_state()[1].tolist(), random.getstate(), torch.get_rng_state().tolist(),
            dict(dict.items(matplotlib.rcParams)), torch.get_num_threads(), torch.is_grad_enabled(),
            torch.get_default_dtype(), dict(os.environ), list(warnings.filters), os.getcwd(),
            threading.active_count())
def refuse(*_, **__):
    raise AssertionError("a connection was opened while importing")
socket.socket.connect = refuse
before = state()
import alexnet_lab as al
rooms = [getattr(al, name) for name in al.__all__]
import alexnet_lab.cli
after = state()
changed = [i for i, (a, b) in enumerate(zip(before, after)) if a != b]
assert not changed, f"changed by the import: {changed}"
heavy = {"skimage", "sklearn", "captum", "torchinfo", "matplotlib.pyplot", "ipywidgets"}
heavy &= set(sys.modules)
assert not heavy, f"imported without need: {heavy}"
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    """No output, no connection, no file, no seed, no rcParams, no heavy library."""
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:alexnet_lab", "-c", QUIET],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


def test_import_is_lazy() -> None:
    """`import alexnet_lab` alone does not even import torch."""
    code = "import alexnet_lab, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
