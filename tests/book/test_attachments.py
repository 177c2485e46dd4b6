"""Chapters with pictures pasted into them, and as Colab and others save them, become pages."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from alexnet_book.attachments import with_pictures
from bs4 import BeautifulSoup
from PIL import Image
from small_book import build


def drawing(side: int = 40) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (200, 40, 20)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def notebook(*cells: dict[str, Any], minor: int = 5) -> dict[str, Any]:
    title = {"cell_type": "markdown", "id": "t", "metadata": {}, "source": ["# Sketches"]}
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": [title, *cells]}


def markdown(source: str, **more: Any) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": "p", "metadata": {}, "source": lines, **more}


def page(tmp_path: Path, data: bytes) -> tuple[BeautifulSoup, str]:
    """Build a book of one chapter; return its page and what Sphinx warned of."""
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    (source / "index.ipynb").write_bytes(data)
    given = {"extensions": ["myst_nb", "alexnet_book.attachments"], "nb_execution_mode": "off"}
    warnings = build(source, out, given)
    return BeautifulSoup((out / "index.html").read_text("utf-8"), "html.parser"), warnings


PICTURE = {"image/png": drawing()}
CASES = {
    "attached": notebook(markdown("![A box](attachment:a.png)", attachments={"a.png": PICTURE})),
    "with a space in its name": notebook(
        markdown("![A box](attachment:a%20b.png)", attachments={"a b.png": PICTURE})
    ),
    "in lines": notebook(
        markdown(
            "![A box](attachment:a.png)",
            attachments={"a.png": {"image/png": [drawing()[:60] + "\n", drawing()[60:] + "\n"]}},
        )
    ),
    "pasted in Colab": notebook(markdown(f"![A box](data:image/png;base64,{drawing()})")),
    "without ids": notebook(
        {**markdown("![A box](attachment:a.png)", attachments={"a.png": PICTURE})}, minor=4
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pasted_picture_is_shown(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    if case["nbformat_minor"] < 5:
        for cell in case["cells"]:
            cell.pop("id", None)
    soup, warned = page(tmp_path, json.dumps(case).encode())
    assert "WARNING" not in warned
    (image,) = soup.select("img[alt='A box']")
    with Image.open(tmp_path / "out" / str(image["src"])) as shown:
        assert shown.size == (40, 40)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_ends_of_lines_and_a_byte_order_mark(tmp_path: Path, mark: bytes, end: bytes) -> None:
    data = json.dumps(CASES["attached"], indent=1).encode().replace(b"\n", end)
    soup, warned = page(tmp_path, mark + data)
    assert "WARNING" not in warned
    assert len(soup.select("img[alt='A box']")) == 1


def test_a_missing_attachment_is_warned_of(tmp_path: Path) -> None:
    case = notebook(markdown("![A box](attachment:b.png)", attachments={"a.png": PICTURE}))
    assert "attachment:b.png" in page(tmp_path, json.dumps(case).encode())[1]


def test_what_is_no_notebook_stays() -> None:
    for text in ("", "{", "[]", '{"cells": 3}', '{"cells": [3]}'):
        assert with_pictures(text) == text


def test_the_case_from_the_field(tmp_path: Path) -> None:
    case = Path(__file__).resolve().parents[3] / "shared/cases/notebooks/E07-attachment.ipynb"
    if not case.is_file():
        pytest.skip("no cases from the field beside the repository")
    soup, warned = page(tmp_path, case.read_bytes())
    assert "WARNING" not in warned
    assert soup.select("img[src*='_images/']")
