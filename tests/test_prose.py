"""The book's English: no phrase of the list, and no term before it is defined."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import prose
import prose_elsewhere
import pytest
import terms


def test_no_page_has_a_phrase_to_avoid() -> None:
    book = prose.pages(prose.ROOT)
    assert len(book) > 50
    assert sum(len(page.prose) for page in book) > 3000
    assert [line for page in book for line in prose.phrases(page)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Which, says a ratio of the layer.",
        "Nothing warns who forgets it.",
        "The start belongs into the experiment.",
        "How large shall random weights be?",
        "The own error is smaller.",
        "The whole table to take in hand.",
        "There is no net that is not slower.",
    ],
)
def test_the_list_finds_its_kinds(sentence: str) -> None:
    assert prose.phrases(prose.Page("page", [("page.md", sentence)]))


def test_a_percentage_is_spelled_in_one_way() -> None:
    """82 %, on pages and in chapters; only the paper's own words have 82%."""
    for path in [prose.ROOT / "README.md", *sorted((prose.ROOT / "book").rglob("*.md"))]:
        assert tight_percents(path.read_text(encoding="utf-8")) == [], path
    for path in sorted((prose.ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                assert tight_percents("".join(cell["source"])) == [], (path.name, cell["id"])
    assert tight_percents('> — "13% and\n> 11%" 2 %, https://a.b/%64%20') == []
    assert tight_percents('One of 5% and "2%", 3.1%.') == ["5%", "1%"]


def tight_percents(text: str) -> list[str]:
    for other in (r"\(?https?://\S+", r"(?m)^> .*\(paper, .*\)$", r'"[^"]*"', r"(?s)```.*?```"):
        text = re.sub(other, "", text)
    return re.findall(r"\d%(?!\d)", text)


def test_only_a_readers_words_are_prose() -> None:
    text = (
        "# A head\n\nSee {doc}`this page <there>` and [a link](x.md), $x^2$ `code`.\n\n"
        '```python\nshall = 1\n```\n\n> **Paper, §3** — text\n\n"We shall see."\n'
    )
    assert list(prose.pieces(text)) == [
        "A head",
        "See this page and a link, k code.",
        "Paper, §3 — text",
    ]


def test_no_chapter_uses_a_term_before_it_defines_it() -> None:
    listed = terms.glossary()
    assert ("activation",) in listed
    assert len(listed) > 30
    for path in sorted((terms.ROOT / "notebooks").glob("*.ipynb")):
        found = terms.uses(path, listed)
        assert found, path.name
        assert [(use.term, use.first, use.defined) for use in found if use.early] == [], path.name


def test_no_message_docstring_or_assignment_has_a_phrase_to_avoid() -> None:
    said = prose_elsewhere.elsewhere(prose.ROOT)
    kinds = {Path(page.name).suffix for page in said}
    assert kinds == {".js", ".py", ".ipynb", ".md"}
    assert sum(len(page.prose) for page in said) > 4000
    assert [line for page in said for line in prose.phrases(page)] == []


CELL = {"cell_type": "code", "source": ['f("it shall be above zero")'], "metadata": {}}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (prose_elsewhere.script_words, 'say(`How large shall ${it} be?`); // we shall "see that"'),
        (prose_elsewhere.python_words, 'def f():\n    """Return what the file shall be."""\n'),
        (prose_elsewhere.python_words, 'raise E(f"the bias of {layer} shall be at least 0")'),
        (
            prose_elsewhere.assignment_words,
            json.dumps({"cells": [CELL]}),
        ),
    ],
)
def test_words_in_code_are_read(read: Callable[[str], Iterator[str]], text: str) -> None:
    found = list(read(text))
    assert len(found) == 1
    assert prose.phrases(prose.Page("code", [("code", found[0])]))
