"""The reference: each public name has an entry, in the page of its room, with its example."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import alexnet_lab

ROOMS = [name for name in alexnet_lab.__all__ if inspect.ismodule(getattr(alexnet_lab, name))]


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_has_its_entry(book: Path, room: str) -> None:
    page = (book / "book" / "api" / f"{room}.html").read_text(encoding="utf-8")
    names = getattr(alexnet_lab, room).__all__
    assert names
    for name in names:
        anchor = f'id="alexnet_lab.{room}.{name}"'
        assert page.count(anchor) == 1, f"{name}: no entry, or two"
        thing = getattr(getattr(alexnet_lab, room), name)
        if not hasattr(thing, "__module__") or not callable(thing):
            continue  # a constant has its class's docstring, with the class
        if ">>>" in (inspect.getdoc(thing) or ""):
            entry = page.split(anchor, 1)[1].split('id="alexnet_lab.', 1)[0]
            # Members of a class come after its own text, where the example is.
            assert "&gt;&gt;&gt;" in entry or "gp" in entry, f"{name}: no example"


def test_names_in_the_text_are_links(book: Path) -> None:
    """Of the package's own, of its results, and of others' types; an argument's name is none."""
    page = (book / "book" / "api" / "analysis.html").read_text(encoding="utf-8")
    assert 'href="#alexnet_lab.analysis.LayerTable"' in page
    assert 'href="https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html"' in page
