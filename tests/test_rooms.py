"""Inside the rooms: which sub-room may import which, and that no modules import in a circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import alexnet_lab

PACKAGE = Path(alexnet_lab.__file__).parent

# The arrows inside a room: sub-room -> sub-rooms that it may import.
SUBROOMS: dict[str, dict[str, set[str]]] = {
    "experiments": {
        "design": set(),
        "claims": {"design"},
        "records": {"design"},
        "runner": {"design", "claims", "records"},
        "report": {"design", "claims", "records", "runner"},
    },
}


def name_of(path: Path, package: Path = PACKAGE) -> str:
    """Return a module's name: ``alexnet_lab.experiments.report.page``."""
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, modules: set[str], package: Path = PACKAGE) -> set[str]:
    """Return the modules of the package that a file imports, wherever in the file it does so."""
    me = name_of(path, package)
    # What `.` means: of a package's own file, the package itself.
    here = me.split(".") if path.stem == "__init__" else me.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            base = [*base, *([node.module] if node.module else [])]
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                found.add(inner if inner in modules else ".".join(base))
    return (found & modules) - {me}


def graph(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Return who imports whom, module by module."""
    paths = sorted(package.rglob("*.py"))
    modules = {name_of(path, package) for path in paths}
    return {name_of(path, package): imports(path, modules, package) for path in paths}


@pytest.mark.parametrize("room", SUBROOMS)
def test_arrows_inside_a_room(room: str) -> None:
    plan, prefix = SUBROOMS[room], f"alexnet_lab.{room}."
    there = {p.parent.name for p in (PACKAGE / room).glob("*/__init__.py")}
    assert there == set(plan), "a sub-room that is not on the plan"
    for module, imported in graph().items():
        own = module.removeprefix(prefix).split(".")[0]
        if not module.startswith(prefix) or own not in plan:
            continue
        rooms = {m.removeprefix(prefix).split(".")[0] for m in imported if m.startswith(prefix)}
        stray = (rooms & set(plan)) - plan[own] - {own}
        assert not stray, f"{module} may not import {', '.join(sorted(stray))}"
        assert f"alexnet_lab.{room}" not in imported, f"{module} imports the room that it is in"


@pytest.mark.parametrize("room", SUBROOMS)
def test_no_modules_of_a_room_import_in_a_circle(room: str) -> None:
    inside = {
        module: {m for m in imported if m.startswith(f"alexnet_lab.{room}.")}
        for module, imported in graph().items()
        if module.startswith(f"alexnet_lab.{room}.")
    }
    TopologicalSorter(inside).prepare()


@pytest.mark.parametrize("room", SUBROOMS)
def test_the_contributors_page_draws_the_sub_rooms(room: str, root: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawing = page[page.index(f"    {room}/") :].split("\n    ")[0:2]
    assert not [sub for sub in SUBROOMS[room] if f"        {sub}/" not in page], drawing


def test_a_circle_is_found(tmp_path: Path) -> None:
    """Also one that is closed inside a function, and by ``from . import``."""
    package = tmp_path / "house"
    (package / "room").mkdir(parents=True)
    for name, text in (
        ("__init__", ""),
        ("room/__init__", ""),
        ("room/a", "from . import b"),
        ("room/b", "from ..room.c import x"),
        ("room/c", "def x():\n    from .a import y"),
    ):
        (package / f"{name}.py").write_text(text)
    found = graph(package)
    assert found["house.room.a"] == {"house.room.b"}
    assert found["house.room.c"] == {"house.room.a"}
    with pytest.raises(CycleError):
        TopologicalSorter(found).prepare()
