"""Imports without what they load for long."""

from __future__ import annotations

import subprocess
import sys

import pytest

from alexnet_lab.classroom.running.imports import without

# In a process of its own: what is loaded already is not hidden.
READ = """
import sys
from alexnet_lab.classroom.authoring.source import read_source
read_source(sys.argv[1])
assert "nbformat" in sys.modules and "rfc3987_syntax" not in sys.modules
"""


def test_a_package_is_hidden_for_a_while_only() -> None:
    with without("this_package"), pytest.raises(ImportError):
        import this_package  # noqa: F401
    assert "this_package" not in sys.modules


def test_what_is_loaded_already_stays() -> None:
    with without("subprocess"):
        import subprocess as again
    assert again is subprocess is sys.modules["subprocess"]


def test_a_source_is_read_without_grammars_of_web_addresses(src) -> None:
    done = subprocess.run([sys.executable, "-c", READ, str(src)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
