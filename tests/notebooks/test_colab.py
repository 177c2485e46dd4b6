"""The set-up cell does on Colab what it says; `make colab` runs whole chapters that way."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import colab
import pytest
from chapters import ROOT
from installed import closure

pytestmark = pytest.mark.slow


def test_the_set_up_cell_installs_the_package_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a bare environment, by the committed cell, without a network."""
    if shutil.which("git") is None:
        pytest.skip("no git on the path: pip clones with it, here as on Colab")
    monkeypatch.setenv("JUPYTER_PATH", os.environ.get("JUPYTER_PATH", ""))
    chapter = ROOT / "notebooks" / "05_pooling.ipynb"
    said = colab.Colab(tmp_path, closure(colab.BARE)).run(chapter, cells=2)  # the second imports it
    assert re.match(r"05_pooling +2 cells, set-up +[\d.]+ s", said)


def test_bare_is_bare() -> None:
    """What Colab brings holds neither the package nor what only its extras need."""
    base = closure(colab.BARE)
    assert {"torch", "numpy", "ipykernel", "traitlets"} <= set(base)
    assert not {"alexnet-lab", "captum", "anywidget", "jupyter-book", "pytest", "nbval"} & set(base)
