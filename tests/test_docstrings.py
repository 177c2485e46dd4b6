"""Every example in a docstring runs as it is typed: with nothing but what it imports itself."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import alexnet_lab


def modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(alexnet_lab.__path__, "alexnet_lab."):
        if not module.name.endswith("__main__"):
            yield module.name


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = []
    for name in modules():
        # No names of the module's own: whoever copies an example has none of them.
        found += finder.find(importlib.import_module(name), name, globs={"__name__": "__main__"})
    return [test for test in found if test.examples]


EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda test: test.name)
def test_runs_as_typed(example: doctest.DocTest, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # and in an empty folder
    skipped = [e for e in example.examples if e.options.get(doctest.SKIP)]
    assert not skipped, "an example that is not run may be wrong"
    told: list[str] = []
    done = doctest.DocTestRunner(verbose=False).run(example, out=told.append)
    assert not done.failed, "".join(told)


def test_there_are_examples() -> None:
    """A search that finds nothing would pass the test above."""
    assert len(EXAMPLES) >= 29
