"""The sample assignment, released once. Test files here share what lies beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sample as made


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """Return the module that makes the sample assignment."""
    return made


@pytest.fixture(scope="session")
def src(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the sample's source."""
    return sample.write(tmp_path_factory.mktemp("teacher"))


@pytest.fixture(scope="session")
def student(src: Path) -> dict[str, Any]:
    """Return the student's notebook of the sample, as JSON; copy it before changing it."""
    from alexnet_lab.classroom.authoring.release import student_notebook
    from alexnet_lab.classroom.authoring.source import read_source

    return json.loads(json.dumps(student_notebook(read_source(src))))


@pytest.fixture(scope="session")
def sandbox() -> str:
    """Return the sandbox to test in; skip where bubblewrap is not usable."""
    from alexnet_lab.classroom.grading.sandbox import choose
    from alexnet_lab.errors import UserError

    try:
        choose("auto")
    except UserError as error:
        pytest.skip(str(error))
    return "auto"
