"""A chapter's code where there is a GPU: on the stand-in, which lets no tensor cross unasked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from .stand_in import pretended_cuda

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(name: str, changes: dict[str, str], left_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run a chapter's code cells in this process; return its names, and what it said."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    said = io.StringIO()
    changed = set()
    for cell in cells:
        if cell["cell_type"] != "code" or cell["id"] in ("setup", *left_out):
            continue
        code = "".join(cell["source"])
        for old, new in changes.items():
            if old in code:
                changed.add(old)
                code = code.replace(old, new)
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(code, f"{name}:{cell['id']}", "exec"), names)
        except Exception as error:
            raise AssertionError(f"cell {cell['id']}: {type(error).__name__}: {error}") from error
    assert changed == set(changes)
    names["said"] = said.getvalue()
    return names


@pytest.mark.slow
def test_the_chapter_for_the_gpu(monkeypatch, tmp_path):
    """Its miniature, by the same code, on the device and in the device's 16 bits."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    smaller = {
        "REAL = here.gpu": "REAL = False",
        "(67, 32, 8)": "(67, 28, 1)",
        "train=980, val=280": "train=84, val=28",
    }
    # What no device has a part in: drawings, the walk, the exercises, and the figures of the prose.
    others = ("price", "walk-widget", "solution-imagenet", "solution-memory", "numbers")
    with pretended_cuda():
        found = run("00_real_thing", smaller, (*others, "history-figure", "kernels-figure"))
        assert repr(found["here"]) == "cuda:0, a stand-in, 16 GB; fp16"
        assert all(p.is_cuda for p in found["net"].parameters())
    assert "made on cuda" in found["said"]
    assert found["config"].precision == "fp16"
    assert found["apart"] == 0
    assert found["seen"].top1_error == found["history"].epochs[-1].val_error
    assert found["file"].is_file()
    assert not list(tmp_path.iterdir())
