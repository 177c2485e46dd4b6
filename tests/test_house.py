"""The house: which way the imports point, and that importing does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from imports import PACKAGE, circles, folded, module_graph

from alexnet_lab.widgets._runtime.link import modules

# Every room may lean on these, which lean on no room.
GROUND = {"errors", "files", "tables", "weights"}
# The arrows of CONTRIBUTING.md: room -> rooms that it may import.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "files": {"errors"},
    "tables": {"errors"},
    "weights": {"errors", "files"},
    "models": GROUND | {"data"},  # a trained network brings its own preprocessing
    "data": GROUND,
    "training": GROUND,
    "analysis": GROUND,
    "classroom": GROUND,
    "quiz": GROUND,
    "plots": GROUND | {"analysis"},
    # The training bench trains where there is a kernel. A walk without a network of its own takes
    # the one that ships, and a photograph.
    # A still and the ledger's figure have names at their lines as every plot here.
    "widgets": GROUND | {"analysis", "bench", "models", "data", "plots"},
    "bench": GROUND | {"models", "data", "training", "experiments"},
    "experiments": GROUND | {"models", "data", "training", "analysis", "plots"},
    "inference": GROUND | {"models", "data", "training", "analysis"},
    "lab": GROUND | {"models", "data", "training", "analysis"},
    "atlas": GROUND | {"models", "data", "analysis"},
    "cli": GROUND
    | {
        "atlas",
        "inference",
        "lab",
        "models",
        "data",
        "training",
        "analysis",
        "classroom",
        "quiz",
        "plots",
        "widgets",
        "experiments",
        "bench",
    },
    "__main__": {"cli"},
    "__init__": set(),
}


def folders(room: str) -> set[str]:
    return {path.parent.name for path in (PACKAGE / room).glob("*/__init__.py")}


# The rooms inside rooms: folder -> folders beside it that it may import. What is right in the room
# is open to all of them.
INSIDE: dict[str, dict[str, set[str]]] = {
    # No widget leans on another.
    "widgets": {name: {"_runtime"} - {name} for name in folders("widgets")},
    "classroom": {
        "running": set(),
        "people": set(),
        "authoring": {"running"},
        "grading": {"authoring", "running", "people"},
        "term": {"authoring", "running", "people", "grading"},
    },
}


@pytest.mark.parametrize("module", sorted(module_graph()))
def test_arrows(module: str) -> None:
    room = module.split(".")[0]
    assert room in ARROWS, f"{room} is not on the plan of the house (CONTRIBUTING.md)"
    stray = {name.split(".")[0] for name in module_graph()[module]} - ARROWS[room] - {room}
    assert not stray, f"{room} may not import {', '.join(sorted(stray))}"


@pytest.mark.parametrize("room", sorted(INSIDE))
def test_arrows_inside_a_room(room: str) -> None:
    plan = INSIDE[room]
    assert set(plan) == folders(room)
    graph = folded(module_graph(), 2)
    for folder, may in plan.items():
        found = {name.split(".")[1] for name in graph[f"{room}.{folder}"] if f"{room}." in name}
        assert found <= may, f"{room}/{folder} may not import {', '.join(sorted(found - may))}"


def test_the_front_ends_keep_to_the_arrows() -> None:
    """A widget's JavaScript imports its own folder and `_runtime`."""
    for view in (PACKAGE / "widgets").glob("*/*.js"):
        rooms = {path.parent.name for path in modules(view)}
        assert rooms <= {view.parent.name, "_runtime"}, view
    for script in (PACKAGE / "widgets" / "_runtime").glob("*.js"):
        assert {path.parent.name for path in modules(script)} == {"_runtime"}, script


def test_no_modules_import_each_other_in_a_circle() -> None:
    """In no room: whether at the top, inside a function or for types only."""
    assert circles(module_graph()) == []


def test_no_folders_import_each_other_in_a_circle() -> None:
    graph = folded(module_graph(), 2)
    # What is right in a room is open to its folders, and may hand out what is in them.
    graph = {name: targets for name, targets in graph.items() if "." in name}
    assert circles(graph) == []


def test_the_graph_sees_every_form_of_import(tmp_path: Path) -> None:
    """Sisters of what must be found, worked out by hand."""
    package = tmp_path / "alexnet_lab"
    texts = {
        "__init__": "",
        "a/__init__": "x = attach(__name__, submod_attrs={'one': ['One'], 'sub.two': ['Two']})",
        "a/one": "def f():\n    from .sub import two\n",
        "a/sub/__init__": "",
        "a/sub/two": "if TYPE_CHECKING:\n    from ..one import One\n",
        "b/__init__": "",
        "b/three": "from ..a import One, Two",
        "b/four": "import alexnet_lab.a.one\nfrom alexnet_lab.b import three\nimport torch",
        "b/five": "from . import three\nfrom .. import __version__\nfrom ..a.one import f",
    }
    for name, text in texts.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    graph = module_graph(package)
    assert graph["a.one"] == {"a.sub.two"}
    assert graph["a.sub.two"] == {"a.one"}
    assert graph["b.three"] == {"a.one", "a.sub.two"}
    assert graph["b.four"] == {"a.one", "b.three"}
    assert graph["b.five"] == {"b.three", "a.one"}
    assert circles(graph) == [["a.one", "a.sub.two"]]


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
