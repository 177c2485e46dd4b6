"""Scores of a network whose answers are known beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from alexnet_lab.data import ImageData, Split
from alexnet_lab.errors import UserError
from alexnet_lab.lab.score import LabScore, pooled, score
from alexnet_lab.models.pretrained import Preprocess


class Oracle(nn.Module):
    """Answers with what is written into the red channel: the brightest class."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)  # (grey level, classes)
        self.preprocess: Any = Preprocess((0.0, 0.0, 0.0), size=8, resize=9)
        self.classes: Any = ("a", "b", "c", "d", "e", "f", "g")

    def forward(self, x: Tensor) -> Tensor:
        return self.table[x[:, 0, 4, 4].round().long()]


def grey(levels: list[int], labels: list[int], classes: tuple[str, ...]) -> ImageData:
    images = torch.tensor(levels, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 16, 16)
    split = Split(images.contiguous(), torch.tensor(labels))
    zero = torch.zeros(3)
    return ImageData("grey", split, split, classes, zero, zero, zero, "0" * 64)


TABLE = torch.tensor(
    [
        # a    b    c    d    e    f    g
        [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0],
        [0.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0],
        [1.0, 0.0, 9.0, 8.0, 7.0, 6.0, 5.0],
    ]
)


def test_right_answers_among_all_and_among_the_sets_own() -> None:
    """By hand: the data's classes are g, a (in this order), numbers 6 and 0 of the network."""
    data = grey([0, 0, 1, 2], [1, 0, 0, 0], ("g", "a"))
    found = score(Oracle(TABLE), data)
    assert found.images == 4
    assert found.single_view == 0.25  # level 0 is a
    assert found.top5 == 0.5  # …and g is fifth at level 2: c, d, e, f, g
    assert found.own_classes == 0.75  # a before g at level 0, g before a elsewhere
    assert found.ten_views is None
    assert "own classes: 75.00%" in str(found)


def test_ten_views_of_uniform_images_are_one_view() -> None:
    data = grey([0, 1, 2], [0, 1, 2], ("a", "b", "c"))
    found = score(Oracle(TABLE), data, views=True)
    assert found.ten_views == found.single_view == 1


def test_a_part_and_all_classes() -> None:
    data = grey([0, 1], [0, 0], ("a", "b", "c", "d", "e", "f", "g"))
    assert score(Oracle(TABLE), data, data.val.subset([1])).single_view == 0
    assert score(Oracle(TABLE), data).own_classes is None


def test_a_stranger_is_named() -> None:
    with pytest.raises(UserError, match="has the class 'z'; the network knows a, b, c"):
        score(Oracle(TABLE), grey([0], [0], ("a", "z")))


def test_scores_together_weigh_by_images() -> None:
    both = pooled([LabScore(30, 0.5, 0.8, 0.6), LabScore(10, 0.9, 1.0, 1.0)])
    assert (both.images, both.single_view, both.top5) == (40, 0.6, pytest.approx(0.85))
    assert both.ten_views == pytest.approx(0.7)
    assert pooled([LabScore(3, 0.5, 1.0, None), LabScore(1, 0.5, 1.0, 1.0)]).ten_views is None
