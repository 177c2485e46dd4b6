"""Every example in a docstring runs as it is typed: with nothing but what it imports itself.

Every name of a room's ``__all__`` has one. That list is what a reader may use, and what the book's
reference shows.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest

import alexnet_lab

# Two processes, each of which imports torch.
SLOW = "models.launch("


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


def public() -> Iterator[tuple[str, str]]:
    """Room and name of all that a reader may use, once each."""
    for room in alexnet_lab.__all__:
        module = getattr(alexnet_lab, room)
        if inspect.ismodule(module):
            yield from ((room, name) for name in module.__all__)


EXAMPLES = examples()


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(test, id=test.name, marks=[pytest.mark.slow] * (SLOW in test.docstring))
        for test in EXAMPLES
    ],
)
def test_runs_as_typed(example: doctest.DocTest, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # and in an empty folder
    skipped = [e for e in example.examples if e.options.get(doctest.SKIP)]
    assert not skipped, "an example that is not run may be wrong"
    told: list[str] = []
    done = doctest.DocTestRunner(verbose=False).run(example, out=told.append)
    assert not done.failed, "".join(told)


@pytest.mark.parametrize(("room", "name"), list(public()))
def test_every_public_name_has_an_example(room: str, name: str) -> None:
    """A function, class or module its own; a constant is used in one of its room."""
    module = getattr(alexnet_lab, room)
    thing = getattr(module, name)
    own = callable(thing) or inspect.ismodule(thing)
    documented = [thing] if own else [getattr(module, other) for other in module.__all__]
    lines = [
        line
        for text in (inspect.getdoc(one) or "" for one in [*documented, *([] if own else [module])])
        for line in text.splitlines()
        if line.lstrip().startswith((">>>", "..."))
    ]
    used = re.compile("" if own else rf"\b{name}\b")
    found = any(used.search(line) for line in lines)
    assert found, f"alexnet_lab.{room}.{name} has no example"


def test_every_public_name_is_in_the_house() -> None:
    """A search that finds nothing would pass the tests above; so would a list of others' names."""
    names = list(public())
    assert len(names) == len(set(names)) >= 130
    for room, name in names:
        thing = getattr(getattr(alexnet_lab, room), name)
        if module := getattr(thing, "__module__", None):
            # What every room may lean on is handed out by one: `analysis.small_table`.
            own = module.startswith((f"alexnet_lab.{room}.", "alexnet_lab.tables"))
            assert own or room == "training", (room, name)
