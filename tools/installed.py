"""What is installed here: the distributions behind a requirement, with all that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement


def closure(names: Iterable[str]) -> dict[str, Distribution]:
    """Return the installed distributions that requirements ask for, with all that they need.

    Parameters
    ----------
    names : iterable of str
        Requirements, ``torch`` or ``alexnet-lab[book]``.

    Returns
    -------
    dict of str to Distribution
        By normalised name. What is needed on another system or Python only is left out.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    todo = [Requirement(name) for name in names]
    while todo:
        need = todo.pop()
        name = normal(need.name)
        try:
            each = distribution(name)
        except PackageNotFoundError:
            continue  # a part for another platform
        found[name] = each
        for extra in {"", *need.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = map(Requirement, each.requires or ())
                todo += [n for n in needs if not n.marker or n.marker.evaluate({"extra": extra})]
    return found


def normal(name: str) -> str:
    """Return a distribution's name as PyPI compares it: ``PyYAML`` is ``pyyaml``."""
    return re.sub(r"[-_.]+", "-", name).lower()
