"""The key of a numeric question is a number that the chapter's own asserts hold."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alexnet_lab.quiz import Question, read_questions


def values(node: ast.AST) -> Iterator[float]:
    """Yield every number that an expression names, also as arithmetic of plain numbers."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant | ast.UnaryOp | ast.BinOp) and not any(
            isinstance(inner, ast.Name | ast.Call | ast.Attribute) for inner in ast.walk(part)
        ):
            try:
                value = eval(compile(ast.Expression(part), "", "eval"), {"__builtins__": {}})
            except TypeError:  # arithmetic of texts or lists
                continue
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield value


def held(chapter: Path) -> list[float]:
    """Return the numbers in a chapter's asserts: those of its check cells and solutions too."""
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    sources = ("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    trees = (ast.parse(source) for source in sources if "assert" in source)
    asserts = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Assert))
    return [value for one in asserts for value in values(one.test)]


def is_held(item: Question, numbers: list[float]) -> bool:
    assert item.number is not None
    shares = [100 * value for value in numbers] if item.number.unit == "%" else []
    return any(item.number.is_right(value) for value in numbers + shares)


def test_each_numeric_key_stands_in_an_assert_of_its_chapter(root: Path) -> None:
    items = [item for item in read_questions(root) if item.kind == "number"]
    asked = [item for item in items if item.page.endswith(".ipynb")]
    numbers = {page: held(root / page) for page in {item.page for item in asked}}
    unheld = [
        (item.page, item.label, item.number.text)
        for item in asked
        if item.number and not is_held(item, numbers[item.page])
    ]
    assert len(asked) >= 25
    assert unheld == []


@pytest.mark.parametrize(
    ("line", "found"),
    [("assert 2 * 33**2 == n", 2178), ("assert abs(x + 4) < 1", 4), ("assert -4 == x", -4)],
)
def test_arithmetic_of_plain_numbers_counts(line: str, found: float) -> None:
    assert found in list(values(ast.parse(line)))
