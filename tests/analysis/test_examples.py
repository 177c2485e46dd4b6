from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name", ["analysis.layers", "analysis.receptive_field", "plots.visualizer"]
)
def test_the_examples_in_the_docstrings_are_true(name):
    module = importlib.import_module(f"alexnet_lab.{name}")
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
