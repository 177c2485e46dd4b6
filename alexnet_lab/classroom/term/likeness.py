"""Which submissions are more alike than people who work alone make them.

Answers are compared by the shapes of their syntax trees. Names that a student chose, comments,
docstrings, annotations, layout and the order of statements and of sums count for nothing. A shape
that many of the class have says little; one that only two have says much: it weighs the logarithm
of the size of the class over the number of those who have it. What the released notebook gives
weighs nothing. Of a pair the likeness is the weight that both share over the weight of the lighter
of both.
"""

from __future__ import annotations

import ast
import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ..authoring.source import Assignment, read_source
from ..grading.batch import files
from ..grading.results import shown
from ..grading.submission import UnreadableError, read_bytes, read_submission
from ..notebook import MOST_MB
from ..people.collected import NOTEBOOKS
from ..people.roster import id_of
from ..tables import write_table

# In 20 made-up classes of 20 to 200 who work alone no pair reached more than 0.90; a copy with
# other names has 1, one in which one of six answers was written anew 0.85 to 1.
# tests/classroom/test_likeness.py holds some of these classes to it.
THRESHOLD = 0.92
LEAST_WEIGHT = 20.0  # so much must two share; less happens by chance, or is one short answer
SMALLEST_CLASS = 8
SMALLEST_SHAPE = 3  # nodes
HEADINGS = ("likeness", "one", "other", "shared weight", "alike in")


@dataclass(frozen=True)
class Pair:
    """Two submissions.

    Attributes
    ----------
    likeness : float
        0 to 1.
    one, other : str
    weight : float
        What both share.
    exercises : tuple of str
        Those in which more than the threshold is shared.
    """

    likeness: float
    one: str
    other: str
    weight: float
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Likeness:
    """Pairs above the threshold, the most alike first, and the most alike of all others."""

    pairs: tuple[Pair, ...]
    students: int
    threshold: float
    next: float

    def __str__(self) -> str:
        first = (
            f"{self.students} submissions, {len(self.pairs)} pairs above {self.threshold:g}; the "
            f"most alike of all others: {self.next:.2f}"
        )
        lines = [first]
        lines += [
            f"{pair.likeness:.2f}  {pair.one}  {pair.other}  ({', '.join(pair.exercises)})"
            for pair in self.pairs
        ]
        if self.pairs:
            lines.append("a reason to read both, no proof: who learns together writes alike")
        return "\n".join(lines)


def alike(
    src: str | os.PathLike[str],
    submissions: str | os.PathLike[str],
    *,
    threshold: float = THRESHOLD,
    out: str | os.PathLike[str] | None = None,
) -> Likeness:
    """Find submissions that are more alike than people who work alone make them.

    Parameters
    ----------
    src : str or os.PathLike
        The teacher's source.
    submissions : str or os.PathLike
        A folder of notebooks, or what collecting wrote.
    threshold : float
    out : str or os.PathLike, optional
        A table to write.

    Returns
    -------
    Likeness

    Raises
    ------
    UserError
        For bad input, or a class so small that nothing can be told.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.alike("source.ipynb", "submissions", threshold=92)
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: threshold 92: must be above 0, and at most 1
    """
    if not 0 < threshold <= 1:
        raise UserError(f"threshold {threshold:g}: must be above 0, and at most 1")
    assignment, folder = read_source(src), Path(submissions)
    if not folder.is_dir():
        raise UserError(f"{str(folder)!r} is not a folder of submissions")
    collected = (folder / NOTEBOOKS).is_dir()
    folder = folder / NOTEBOOKS if collected else folder
    answers: dict[str, dict[str, str]] = {}
    for name in files(folder):
        try:
            taken = read_submission(read_bytes(folder / name, MOST_MB), assignment)
        except UnreadableError:
            continue
        own = {n: text for n, text in taken.answers.items() if n in assignment.without}
        own["other cells"] = "\n".join(text for _, text in taken.helpers)
        answers[id_of(name) if collected else shown(name)] = own
    if len(answers) < SMALLEST_CLASS:
        raise UserError(
            f"{len(answers)} submissions: too few to tell what is common; {SMALLEST_CLASS} at least"
        )
    found = compare_all(answers, assignment)
    pairs = [p for p in found if p.likeness >= threshold and p.weight >= LEAST_WEIGHT]
    others = [p.likeness for p in found if p not in pairs and p.weight >= LEAST_WEIGHT]
    done = Likeness(tuple(pairs), len(answers), threshold, max(others, default=0.0))
    if out is not None:
        rows = [
            (f"{p.likeness:.3f}", p.one, p.other, f"{p.weight:.1f}", ", ".join(p.exercises))
            for p in pairs
        ]
        write_table(Path(out), [HEADINGS, *rows])
    return done


def compare_all(answers: Mapping[str, Mapping[str, str]], assignment: Assignment) -> list[Pair]:
    """Return all pairs that share anything, the most alike first.

    Parameters
    ----------
    answers : mapping of str to mapping of str to str
        By student, by exercise: code.
    assignment : Assignment
    """
    given = Counter[str]()
    for text in assignment.stubs.values():
        given |= shapes(text)
    trees = {
        name: {exercise: shapes(text) for exercise, text in own.items()}
        for name, own in answers.items()
    }
    holders = Counter(shape for own in trees.values() for shape in set().union(*own.values()))
    weight = {
        shape: 0.0 if shape in given else math.log(len(trees) / count)
        for shape, count in holders.items()
    }
    mass = {name: sum(_mass(tree, weight) for tree in own.values()) for name, own in trees.items()}
    found = []
    names = sorted(trees)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            by_exercise = {
                exercise: _mass(tree & trees[other].get(exercise, Counter()), weight)
                for exercise, tree in trees[one].items()
            }
            shared, least = sum(by_exercise.values()), min(mass[one], mass[other])
            if shared <= 0:
                continue
            close = tuple(
                exercise
                for exercise, part in by_exercise.items()
                if part
                and part
                >= THRESHOLD * min(_mass(trees[who][exercise], weight) for who in (one, other))
            )
            found.append(Pair(shared / least, one, other, shared, close))
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def _mass(tree: Counter[str], weight: Mapping[str, float]) -> float:
    return sum(weight[shape] * count for shape, count in tree.items())


def shapes(text: str) -> Counter[str]:
    """Return the shapes in a piece of code, each with how often it is there.

    Examples
    --------
    >>> from alexnet_lab.classroom.term.likeness import shapes
    >>> shapes("a = 2; b = a * 3") == shapes("x = 2; y = x * 3  # other names")
    True
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Counter()
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found: Counter[str] = Counter()
    try:
        _shape(tree, bound, found)
    except RecursionError:
        return Counter()
    return found


def _shape(node: ast.AST, bound: set[str], found: Counter[str]) -> tuple[str, int]:
    """Return a node's shape and size, and count all shapes in it."""
    if isinstance(node, ast.Name):
        return ("a name" if node.id in bound else node.id), 1
    if isinstance(node, ast.Constant):
        return ("a text" if isinstance(node.value, (str, bytes)) else repr(node.value)), 1
    if isinstance(node, ast.AugAssign):
        value = ast.BinOp(node.target, node.op, node.value)
        return _shape(ast.Assign([node.target], value), bound, found)
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return _shape(ast.Assign([node.target], node.value), bound, found)
    parts, size = [], 1
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment", "ctx", "kind", "type_params"):
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                if not _is_docstring(item):
                    text, more = _shape(item, bound, found)
                    parts.append(text)
                    size += more
            elif item is not None and name not in ("arg", "level"):
                parts.append(str(item))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult)):
        parts.sort()
    elif isinstance(node, (ast.Module, ast.FunctionDef, ast.For, ast.If)):
        parts.sort()  # the order of statements
    shape = f"{type(node).__name__}({','.join(parts)})"
    if size >= SMALLEST_SHAPE and not isinstance(node, ast.Module):
        found[shape] += 1
    return shape, size


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
