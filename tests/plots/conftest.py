from __future__ import annotations

import copy

import matplotlib as mpl
import pytest

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_traces():
    """Whatever is drawn: settings stay, nothing is shown, and figures are closed after the test."""
    import matplotlib.pyplot as plt

    before = copy.deepcopy(dict(mpl.rcParams))
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


@pytest.fixture
def ax():
    """An Axes that pyplot does not know."""
    from matplotlib.figure import Figure

    return Figure(figsize=(6, 5), layout="constrained").add_subplot()
