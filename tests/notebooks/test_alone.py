"""Each chapter works alone: in an empty folder, with the wheel and Jupyter, without the repository.

nbval runs it there, so that the outputs marked as stable are compared in the same pass
(``make chapters`` does the same on the notebooks where they stand).

The environment is described in tests/built.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from built import alone, call
from chapters import ROOT, Chapter, chapters
from nbformat.v4 import new_code_cell

# Appendices as well: what can be run, is.
CHAPTERS = [*chapters(), *map(Chapter, sorted((ROOT / "notebooks").glob("A[0-9]_*.ipynb")))]
WHERE = """\
import os, alexnet_lab
assert os.path.realpath(alexnet_lab.__file__).startswith({home!r}), alexnet_lab.__file__"""
NBVAL = [
    "-m",
    "pytest",
    "-q",
    "--nbval-lax",
    "--nbval-cell-timeout",
    "300",
    "-p",
    "no:cacheprovider",
]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[c.path.stem for c in CHAPTERS])
def test_chapter_runs_alone(chapter: Chapter, python: Path, tmp_path: Path):
    notebook = nbformat.read(chapter.path, as_version=4)
    home = os.path.realpath(python.parents[1])
    notebook.cells.append(new_code_cell(WHERE.format(home=home)))
    folder = tmp_path / "alone"
    folder.mkdir()
    nbformat.write(notebook, folder / chapter.path.name)
    # Nothing but the installed wheel is used, and nothing is left behind.
    said = call(python, *NBVAL, chapter.path.name, cwd=folder, env=alone(tmp_path))
    assert f"{len(chapter.code) + 1} passed" in said
    assert [path.name for path in folder.iterdir()] == [chapter.path.name]
