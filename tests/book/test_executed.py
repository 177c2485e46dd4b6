"""The line "Last executed on …" and the links to downloads, by small books of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alexnet_book.executed import line_of
from bs4 import BeautifulSoup
from small_book import build as build_book

PAGE = "notebooks/01_sample"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "index.rst").write_text("Top\n===\n\n.. toctree::\n\n   notebooks/01_sample\n")
    (folder / f"{PAGE}.rst").write_text("Sample\n======\n\n.. downloads::\n")
    return folder


def note(source: Path, text: str) -> None:
    """Write a notebook beside the page, with this note."""
    notebook = f'{{"metadata": {{"alexnet_lab": {{"executed": {text}}}}}}}'
    (source / f"{PAGE}.ipynb").write_text(notebook, encoding="utf-8")


def build(source: Path, **settings: object) -> dict[str, BeautifulSoup]:
    """Build without starting afresh; return both pages."""
    out = source.parent / "out"
    given = {
        "extensions": ["alexnet_book.executed", "alexnet_book.downloads"],
        "source_suffix": {".rst": "restructuredtext"},  # an extension of another test may add to it
        **settings,
    }
    build_book(source, out, given, anew=False)
    names = ("index", PAGE)
    return {n: BeautifulSoup((out / f"{n}.html").read_text("utf-8"), "html.parser") for n in names}


def test_a_page_says_when_it_was_executed(source: Path) -> None:
    assert build(source)[PAGE].select(".al-executed") == []
    note(
        source,
        json.dumps({"on": "2026-03-09", "versions": {"torch": "2.9.1", "python": "3.12"}}),
    )
    pages = build(source)
    (line,) = pages[PAGE].select(".al-executed")
    assert line.text == "Last executed on 9 March 2026 with torch 2.9.1."
    assert pages["index"].select(".al-executed") == []
    # A later run is told of, though nothing else has changed.
    note(source, json.dumps({"on": "2026-12-31", "versions": {"torch": "2.10.0"}}))
    (line,) = build(source)[PAGE].select(".al-executed")
    assert line.text == "Last executed on 31 December 2026 with torch 2.10.0."


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"on": "yesterday", "versions": {"torch": 2}}', '{"on": 3}'],
)
def test_a_note_that_is_none_says_nothing(source: Path, text: str) -> None:
    note(source, text)
    assert line_of(source / f"{PAGE}.ipynb") == ""


def test_downloads_are_linked_where_they_are(source: Path) -> None:
    local = build(source)[PAGE]
    assert "make offline" in local.text
    assert not local.select("a[href^='../alexnet']")
    site = build(source, alexnet_book_downloads=True)[PAGE]
    links = [a["href"] for a in site.select("a[href^='../alexnet']")]
    assert links == [f"../alexnet-lab-book.{kind}" for kind in ("zip", "pdf", "epub")]
