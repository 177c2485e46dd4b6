"""Settings side by side."""

from __future__ import annotations

import pytest

from alexnet_lab.analysis import compare_fields
from alexnet_lab.errors import UserError
from alexnet_lab.models import AlexNetConfig
from alexnet_lab.training import RECIPE_2012, RECIPE_MODERN


def test_every_difference_of_two_recipes_and_nothing_else():
    table = compare_fields({"2012": RECIPE_2012, "modern": RECIPE_MODERN})
    old, new = RECIPE_2012.to_dict(), RECIPE_MODERN.to_dict()
    for field in old:
        assert (field in table.rows) == (old[field] != new[field]), field
    assert table["optimizer"] == ("sgd2012", "adamw")
    assert len(table) + table.same == len(old)
    assert list(table) == [field for field in old if field in table.rows]


def test_the_table_as_text():
    nets = {
        "paper": AlexNetConfig(hidden=(8, 4)),
        "batch": AlexNetConfig(norm="batch", hidden=(8, 2)),
        "three": {"norm": "lrn"},
    }
    text = repr(compare_fields(nets)).splitlines()
    assert text[0].split() == ["paper", "batch", "three"]
    rows = {line.split()[0]: line.split()[1:] for line in text[1:-1]}
    assert rows["norm"] == ["lrn", "batch", "lrn"]
    assert rows["hidden"] == ["8-4", "8-2", "–"]
    assert rows["without"] == ["–", "–", "–"]  # two empty tuples, and a field that is not there
    assert text[-1] == "alike in 0 other fields"


def test_what_cannot_be_compared():
    with pytest.raises(UserError, match="1 settings"):
        compare_fields({"only": RECIPE_2012})
    with pytest.raises(UserError, match="'b' is a float"):
        compare_fields({"a": {}, "b": 1.0})
    with pytest.raises(UserError, match="no difference in 'momentum'"):
        compare_fields({"2012": RECIPE_2012, "modern": RECIPE_MODERN})["momentum"]
