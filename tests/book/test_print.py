"""The printed book: contents, bookmarks and links inside one file; explorers as pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from served import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def printed(book: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """Print two parts; in a process of its own, since playwright starts once in each."""
    out = tmp_path_factory.mktemp("printed") / "book.pdf"
    command = [sys.executable, ROOT / "tools" / "print_book.py", "--out", out, "05", "glossary"]
    seen = os.environ | {"ALEXNET_LAB_BOOK": str(book)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=seen)
    assert done.returncode == 0, done.stdout + done.stderr
    return PdfReader(out)


def links(printed: PdfReader) -> Iterator[dict[str, Any]]:
    for page in printed.pages:
        for note in page.get("/Annots") or ():
            if note.get_object().get("/Subtype") == "/Link":
                yield note.get_object().get("/A") or {}


def test_contents_tell_the_page(printed: PdfReader) -> None:
    contents = re.sub(r"\s+", " ", printed.pages[0].extract_text())
    chapter, number = re.search(r"(5\. Overlapping pooling) (\d+)", contents).groups()
    first = printed.pages[int(number) - 1].extract_text()
    assert chapter in re.sub(r"\s+", " ", first)
    assert re.search(rf"\b{number}\s*$", first)  # its number stands at its foot
    (glossary,) = re.findall(r"Glossary (\d+)", contents)
    assert "Glossary" in printed.pages[int(glossary) - 1].extract_text()


def test_bookmarks_lead_to_parts_and_sections(printed: PdfReader) -> None:
    titles = [mark.title for mark in printed.outline if not isinstance(mark, list)]
    assert titles == ["Contents", "5. Overlapping pooling", "Glossary"]
    assert any(isinstance(mark, list) and mark for mark in printed.outline)


def test_links_stay_inside_the_file(printed: PdfReader) -> None:
    addresses = [str(link.get("/URI", "")) for link in links(printed)]
    assert [address for address in addresses if "127.0.0.1" in address] == []
    assert any(link.get("/S") == "/GoTo" for link in links(printed))  # a word, to the glossary


def test_answers_and_stills_are_printed(printed: PdfReader) -> None:
    text = "\n".join(page.extract_text() for page in printed.pages)
    assert "Solution 5.1" in text
    assert "def " in text.split("Solution 5.1")[1]
    assert "A still of an interactive view" in re.sub(r"\s+", " ", text)
    assert sum(len(page.images) for page in printed.pages) >= 3
