"""The sample assignment, released once."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _sample() -> ModuleType:
    # The importlib mode of pytest knows no package of tests.
    spec = importlib.util.spec_from_file_location(
        "classroom_sample", Path(__file__).with_name("sample.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """Return the module that makes the sample assignment."""
    return _sample()


@pytest.fixture(scope="session")
def src(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the sample's source."""
    return sample.write(tmp_path_factory.mktemp("teacher"))


@pytest.fixture(scope="session")
def student(src: Path) -> dict[str, Any]:
    """Return the student's notebook of the sample, as JSON; copy it before changing it."""
    from alexnet_lab.classroom.releasing import student_notebook
    from alexnet_lab.classroom.source import read_source

    return json.loads(json.dumps(student_notebook(read_source(src))))


@pytest.fixture(scope="session")
def sandbox() -> str:
    """Return the sandbox to test in; skip where bubblewrap is not usable."""
    from alexnet_lab.classroom.sandbox import choose
    from alexnet_lab.errors import UserError

    try:
        choose("auto")
    except UserError as error:
        pytest.skip(str(error))
    return "auto"
