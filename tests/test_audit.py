"""Licences of what is installed along: all are named, and none is other than admitted."""

from __future__ import annotations

import audit
import pytest


def test_no_dependency_of_the_package_has_another_licence() -> None:
    names = audit.dependencies()
    assert {"torch", "numpy", "pillow", "safetensors", "sympy"} <= set(names)
    said = {name: audit.verdict(name, audit.licence(name)) for name in names}
    assert {name: what for name, what in said.items() if not what.startswith("ok")} == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("BSD-3-Clause", "ok"),
        ("BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1", "ok"),
        ("GNU Affero General Public License v3", "not admitted"),
        ("GPL-3.0-only", "not admitted"),
        ("MIT OR AGPL-3.0", "not admitted"),  # a person decides
        ("CC-BY-NC-4.0", "not admitted"),
        ("My Own Licence", "unknown licence"),
        ("", "no licence is named"),
    ],
)
def test_verdicts(text, wanted) -> None:
    assert audit.verdict("x", text) == wanted
