"""Use trained networks: open one, say what it is, ask what is to be seen in pictures.

==================  ============================================================
`predict`           pictures in, classes and their probabilities out
`open_network`      a network by name, or the weights of any file, ready to use
`Network`           what that gives: it describes itself, and predicts
`export`            a network as one file, which the book's pages open as well
==================  ============================================================
"""

from __future__ import annotations

from .export import export
from .network import Network, open_network, untrained
from .prediction import DOUBTFUL as DOUBTFUL
from .prediction import Guess as Guess
from .prediction import Prediction as Prediction
from .prediction import predict

__all__ = [
    "Network",
    "export",
    "open_network",
    "predict",
    "untrained",
]


def __dir__() -> list[str]:
    return __all__
