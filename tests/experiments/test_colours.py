"""The towers' colours, against means worked out by hand."""

from __future__ import annotations

import pytest

from alexnet_lab.experiments.report.tower_colours import tower_colours


class Shelf:
    """Records of one run with two towers, none of the control."""

    def measured(self, experiment, scale):
        assert (experiment.name, scale) == ("tower_colour", "laptop")
        results = {"colourfulness": [0.2, 0.4, 0.9, 0.1], "norm": [1.0, 3.0, 1.0, 1.0]}
        return {"two": [{"seed": 1, "results": results}]}


def test_means_are_weighted_by_length():
    # (0.2 · 1 + 0.4 · 3) / 4 and (0.9 + 0.1) / 2
    assert tower_colours(Shelf()) == {
        "two towers, run 2": (pytest.approx(35.0), pytest.approx(50.0))
    }


def test_the_records_of_the_package_are_there():
    found = tower_colours()
    assert found
    assert all(0 < share < 100 for pair in found.values() for share in pair)
