"""The package's import graph, read from its sources: who leans on whom, and who in a circle."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import alexnet_lab

PACKAGE = Path(alexnet_lab.__file__).parent
Graph = dict[str, set[str]]


def name_of(path: Path, package: Path = PACKAGE) -> str:
    """Return a file's module name without the package's: ``widgets.filters.widget``, ``errors``."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


@cache
def module_graph(package: Path = PACKAGE) -> Graph:
    """Return for each module those that it imports, anywhere in its file, for types as well.

    A name that a lazy ``__init__`` hands out counts as an import of the module that defines it.
    """
    files = {name_of(path, package): path for path in sorted(package.rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    lazy = {
        f"{name}.{given}": f"{name}.{module}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs"
        for module, names in ast.literal_eval(node.value).items()
        for given in names
    }
    graph: Graph = {}
    for name, tree in trees.items():
        is_package = files[name].name == "__init__.py"
        home = [package.name, *([] if name == "__init__" else name.split("."))]
        home = home if is_package else home[:-1]
        found = set()
        for full in _imported(tree, home):
            target = full.removeprefix(f"{package.name}.")
            if target == full:  # another package's
                continue
            # The longest part that is a module; the rest are names inside of it.
            while target and target not in files and target not in lazy:
                target = target.rpartition(".")[0]
            found.add(lazy.get(target, target))
        graph[name] = found - {"", name}
    return graph


def _imported(tree: ast.Module, home: list[str]) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = home[: len(home) + 1 - node.level] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            # `from . import x` names the module after `import`.
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


def folded(graph: Graph, depth: int) -> Graph:
    """Return the graph of the folders: a module counts as the first `depth` parts of its folder."""

    def folder(name: str) -> str:
        return ".".join(name.split(".")[:-1][:depth])

    result: Graph = {}
    for name, targets in graph.items():
        mine = result.setdefault(folder(name), set())
        mine |= {folder(target) for target in targets}
        mine.discard(folder(name))
    return result


def circles(graph: Graph) -> list[list[str]]:
    """Return the modules that reach themselves, circle by circle, each in order of names."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = graph.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen

    reached = {name: reach(name) for name in graph}
    # Two modules are in one circle when each reaches the other.
    found = {
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in graph
        if name in reached[name]
    }
    return [list(circle) for circle in sorted(found)]
