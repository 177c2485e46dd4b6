"""What an exercise forbids, read from an answer's syntax tree: "in NumPy", "without `groups`".

An answer cell of a source says it in its metadata: ``"alexnet_lab": {"without": ["torch"]}``. An
entry is a module or function by its full name, which forbids all below it as well, or a keyword
argument with an equals sign, as ``"groups="``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

# By these anything can be reached, whatever it is called.
ROUNDABOUT = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "importlib",
    "sys",
    "inspect",
    "gc",
    "ctypes",
}
# Positional arguments in front of `groups`.
BEFORE_GROUPS = {"conv1d": 6, "conv2d": 6, "conv3d": 6, "Conv1d": 6, "Conv2d": 6, "Conv3d": 6}


def broken(answer: str, without: Iterable[str], helpers: Iterable[str] = ()) -> str:
    r"""Return which rule an answer breaks, in words, or nothing.

    Parameters
    ----------
    answer : str
        Text of the answer's cell.
    without : iterable of str
        What is forbidden.
    helpers : iterable of str
        Text of the notebook's other cells. What they define at their top is looked at, too, where
        the answer uses it, by itself or by what it uses.

    Returns
    -------
    str
        For instance ``"write it without torch (line 3)"``.

    Examples
    --------
    >>> from alexnet_lab.classroom.authoring.rules import broken
    >>> broken("def f(x):\n    return F.relu(x)", ["torch"])
    'write it without torch (line 2)'
    >>> broken("def f(x):\n    return np.maximum(x, 0)", ["torch"])
    ''
    """
    rules = list(without)
    trees = [_parsed(answer)]
    if not rules or trees[0] is None:  # what is no Python does not run either
        return ""
    others = [tree for tree in map(_parsed, helpers) if tree is not None]
    aliases = dict(USUAL)
    for tree in (*others, trees[0]):
        aliases |= _imports(tree)
    # One statement each: who uses one function of a cell does not use all of it.
    trees += [ast.Module([line], []) for tree in others for line in tree.body]
    for tree in _used(trees):
        if found := _first(tree, rules, aliases):
            where = "" if tree is trees[0] else f"in {min(_defined(tree))}, "
            return found.replace("(line", f"({where}line")
    return ""


def uses(answer: str) -> set[str]:
    """Return the names that an answer takes from elsewhere; none where it is no Python."""
    tree = _parsed(answer)
    return set() if tree is None else _loaded(tree)


USUAL: Mapping[str, str] = {
    "F": "torch.nn.functional",
    "nn": "torch.nn",
    "np": "numpy",
    "al": "alexnet_lab",
    "plt": "matplotlib.pyplot",
}


def _parsed(text: str) -> Any:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.AST) -> dict[str, str]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _used(trees: list[Any]) -> list[Any]:
    """Return the answer, and those helpers that it uses, directly or by others."""
    chosen, left = [trees[0]], trees[1:]
    grown = True
    while grown:
        names = set().union(*map(_loaded, chosen))
        more = [tree for tree in left if names & _defined(tree)]
        left = [tree for tree in left if tree not in more]
        chosen += more
        grown = bool(more)
    return chosen


def _loaded(tree: ast.AST) -> set[str]:
    """Return the names that are used here and come from elsewhere."""
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - _own(tree)


def _own(tree: ast.AST) -> set[str]:
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return own | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def _defined(tree: ast.AST) -> set[str]:
    """Return the names that a statement leaves behind: not those inside its functions."""
    if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {tree.name}
    if isinstance(tree, ast.Lambda):
        return set()
    found = {tree.id} if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Store) else set()
    return found.union(*map(_defined, ast.iter_child_nodes(tree)))


def _first(tree: ast.AST, rules: list[str], aliases: Mapping[str, str]) -> str:
    own = _own(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in _dotted(node, aliases, own):
            if name.split(".")[0] in ROUNDABOUT:
                return f"write it without {name.split('.')[0]} (line {line})"
            for rule in rules:
                if name == rule or name.startswith(f"{rule}."):
                    return f"write it without {_short(rule)} (line {line})"
        for rule in rules:
            if rule.endswith("=") and _gives(node, rule[:-1]):
                return f"write it without the argument {rule[:-1]} (line {line})"
    return ""


def _short(rule: str) -> str:
    return rule.replace("alexnet_lab", "al", 1) if rule.startswith("alexnet_lab.") else rule


def _dotted(node: ast.AST, aliases: Mapping[str, str], own: set[str]) -> list[str]:
    """Return the full names of what is used or imported here."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in own:
        return []
    return [".".join([aliases.get(node.id, node.id), *reversed(parts)])]


def _gives(node: ast.AST, argument: str) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == argument
    if isinstance(node, ast.Constant):
        return node.value == argument
    if isinstance(node, ast.Call) and argument == "groups":
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        before = BEFORE_GROUPS.get(called)
        starred = any(isinstance(a, ast.Starred) for a in node.args)
        return before is not None and (len(node.args) > before or starred)
    return False
