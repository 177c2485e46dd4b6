"""Likeness of answers: people who work alone stay below the threshold, copies do not."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path

import canned
import honest
import pytest

from alexnet_lab.classroom import alike
from alexnet_lab.classroom.authoring.release import student_notebook
from alexnet_lab.classroom.authoring.source import read_source
from alexnet_lab.classroom.cells import own, role
from alexnet_lab.classroom.term.likeness import LEAST_WEIGHT, THRESHOLD, compare_all, shapes
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "assignments" / "1-convolution.ipynb"


@pytest.fixture(scope="module")
def assignment():
    return read_source(SOURCE)


class Disguise(ast.NodeTransformer):
    """Other names for everything that a student may name."""

    def __init__(self, tree: ast.AST) -> None:
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _stored(n)}
        self.names = {name: f"other_{place}" for place, name in enumerate(sorted(stored))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add):
            node.left, node.right = node.right, node.left
        return node


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def disguised(text: str) -> str:
    """Return an answer as one who copies it hands it in."""
    tree = ast.parse(text)
    doc = ast.Expr(ast.Constant("My own solution."))
    tree.body[0].body.insert(0, doc)
    return "# all mine\n" + ast.unparse(ast.fix_missing_locations(Disguise(tree).visit(tree)))


def test_the_honest_solutions_are_right(assignment) -> None:
    """Each way of each exercise passes its checks: what is measured are solutions, not texts."""
    given: dict = {}
    for cell in assignment.notebook.cells:
        if role(cell) == "given" and cell.id != "setup":
            exec(cell.source, given)
    draw = random.Random(3)
    for name, ways in honest.WAYS.items():
        for way in ways:
            space = dict(given)
            exec(honest.one(name, way, draw), space)
            for cell in assignment.notebook.cells:
                if role(cell) == "check" and own(cell)["exercise"] == name:
                    exec(cell.source, space)


@pytest.mark.parametrize(("size", "seed"), [(20, 0), (20, 1), (40, 2), (60, 3)])
def test_those_who_work_alone_and_one_who_copies(assignment, size, seed) -> None:
    draw = random.Random(seed)
    answers = {f"s{n}": honest.solve(draw) for n in range(size)}
    assert max(pair.likeness for pair in compare_all(answers, assignment)) < THRESHOLD
    answers["copy"] = {name: disguised(text) for name, text in answers["s0"].items()}
    first = compare_all(answers, assignment)[0]
    assert {first.one, first.other} == {"copy", "s0"}
    assert first.likeness == pytest.approx(1)
    assert first.weight > LEAST_WEIGHT
    assert set(first.exercises) == set(answers["s0"])


BASE = """
def f(x, n=2):
    total = 0
    for v in x:
        total += v * n
    return total
"""
SAME = """
def f(a: list, k: int = 2) -> int:  # a sum
    'Doc.'
    s: int = 0
    for q in a: s = k*q + s
    return s
"""


def test_what_counts_for_nothing() -> None:
    assert shapes(BASE) == shapes(SAME)
    for other in (BASE.replace("n=2", "n=3"), BASE.replace("*", "-"), BASE.replace("in x", "in y")):
        assert shapes(BASE) != shapes(other)
    for text in ("def f(:", ""):
        assert not shapes(text)


def test_as_typed(assignment, tmp_path, capsys) -> None:
    student = json.loads(json.dumps(student_notebook(assignment)))
    folder = tmp_path / "collected" / "notebooks"
    folder.mkdir(parents=True)
    draw = random.Random(5)
    for number in range(9):
        answers = honest.solve(draw)
        (folder / f"s{number}.ipynb").write_bytes(canned.answered(student, answers))
    command = ["assignment", "alike", str(SOURCE), str(folder.parent)]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("9 submissions, 0 pairs above 0.92; the most alike")
    copied = {name: disguised(text) for name, text in answers.items()}
    (folder / "t0.ipynb").write_bytes(canned.answered(student, copied))
    (folder / "blank.ipynb").write_bytes(json.dumps(student).encode())
    (folder / "broken.ipynb").write_text("{")
    assert main([*command, "--out", str(tmp_path / "alike.csv")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("11 submissions, 1 pairs above 0.92")
    assert "1.00  s8  t0  (" in said
    assert "s8,t0" in (tmp_path / "alike.csv").read_text(encoding="utf-8-sig")
    with pytest.raises(UserError, match="must be above 0"):
        alike(SOURCE, folder, threshold=2)
    for path in sorted(folder.iterdir())[:5]:
        path.unlink()
    with pytest.raises(UserError, match="too few to tell"):
        alike(SOURCE, folder)
