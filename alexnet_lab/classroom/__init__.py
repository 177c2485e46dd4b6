"""The classroom: assignments are released, checked by students and graded, and nbval runs them.

============================  ======================================================
`secret_rng`                  data of a hidden check, drawn from the course's secret
`read_source`                 a teacher's source, read and held to the rules
`release`                     source to student's notebook
`check`                       a student's own check, visible parts only
`grade`                       a folder of submissions to grades and pages
============================  ======================================================
"""

from __future__ import annotations

import importlib
from typing import Any

# Importing the room costs nothing: a notebook on Colab needs `secret_rng` and neither nbval nor
# pytest.
_NAMES = {
    "secret_rng": "secret",
    "Assignment": "source",
    "read_source": "source",
    "release": "releasing",
    "check": "checking",
    "grade": "batch",
    "Settings": "settings",
}
__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
