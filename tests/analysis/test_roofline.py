"""The least time of a step: by hand, and no less than what either peak alone allows."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import ACCELERATORS, least_step_seconds
from alexnet_lab.analysis.roofline import Accelerator
from alexnet_lab.analysis.work import passes, update_bytes
from alexnet_lab.errors import UserError

# 10 operations and 4 bytes a second; 5 operations in float32.
SLOW = Accelerator("slow", 10.0, 5.0, 4.0, 100.0, True, "made up")


def test_one_layer_by_hand():
    """A layer 2 → 3 without bias, one image: 6 MACs; it reads and writes 2, 6 and 3 numbers."""
    table = al.layer_table(nn.Sequential(nn.Linear(2, 3, bias=False)), (2,))
    numbers, flop = 2 + 6 + 3, 2 * 6
    update = 5 * 6 * 4 / 4  # five walks over six weights of four bytes
    # Forward and backward by weights; the first layer needs no gradient of its input.
    assert least_step_seconds(table, 1, SLOW) == 2 * max(flop / 10, 2 * numbers / 4) + update
    wide = 2 * max(flop / 5, 4 * numbers / 4) + update
    assert least_step_seconds(table, 1, SLOW, "float32") == wide


@pytest.mark.parametrize("gpu", ACCELERATORS, ids=lambda gpu: gpu.name)
def test_neither_peak_alone_allows_more(gpu):
    with torch.device("meta"):
        table = al.layer_table(al.models.alexnet_2012())
    works = passes(table, 128)
    moved = sum(w.bytes for w in works) + update_bytes(table.total_parameters)
    step = least_step_seconds(table, 128, gpu)
    assert step > sum(w.flop for w in works) / gpu.flops_16
    assert step > moved / gpu.bandwidth
    assert step < sum(w.flop for w in works) / gpu.flops_16 + moved / gpu.bandwidth
    assert least_step_seconds(table, 128, gpu, "float32") > 1.5 * step


def test_bad_input():
    table = al.layer_table(nn.Sequential(nn.Linear(2, 3)), (2,))
    with pytest.raises(UserError, match="unknown precision 'int8'"):
        least_step_seconds(table, 1, SLOW, "int8")
    with pytest.raises(UserError, match="batch 0 must be at least 1"):
        least_step_seconds(table, 0, SLOW)
