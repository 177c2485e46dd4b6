"""The fifteen experiments by name, in the order of the ledger."""

from __future__ import annotations

import difflib
import importlib

from ...errors import UserError
from ..design.experiment import Experiment

_NAMES = (
    "relu_tanh",
    "response_norm",
    "overlapping_pooling",
    "dropout",
    "augmentation",
    "towers",
    "tower_colour",
    "middle_layers",
    "weight_decay",
    "initialisation",
    "momentum_rule",
    "recipes",
    "retrieval",
    "dropout_scaling",
    "tower_split",
)


def names() -> list[str]:
    """Return the experiments' names.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.experiments.names()[:2]
    ['relu_tanh', 'response_norm']
    """
    return list(_NAMES)


def find(name: str) -> Experiment:
    """Return an experiment by name; ``-`` may stand for ``_``, its number for its name.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.experiments.find("relu_tanh").title
    'ReLU against tanh'
    """
    wanted = name.replace("-", "_")
    if wanted.isdecimal() and 1 <= int(wanted) <= len(_NAMES):
        wanted = _NAMES[int(wanted) - 1]
    if wanted not in _NAMES:
        close = difflib.get_close_matches(wanted, _NAMES, 1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise UserError(f"unknown experiment {name!r}; {hint}known: {', '.join(_NAMES)}")
    return importlib.import_module(f"{__package__}.{wanted}").EXPERIMENT
