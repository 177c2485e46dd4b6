"""A program in two processes: what they found comes back, and what went wrong is said."""

from __future__ import annotations

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.models import launch

ADD = """
import os, sys, torch
import torch.distributed as dist

dist.init_process_group("gloo")
batch = torch.load(sys.argv[1])
total = batch["x"] * (dist.get_rank() + 1)
dist.all_reduce(total)
torch.save({"rank": dist.get_rank(), "total": total}, f"{sys.argv[1]}.{dist.get_rank()}")
dist.destroy_process_group()
"""


def test_two_processes_find_each_other_and_report_by_rank():
    x = torch.tensor([1.0, -2.0])
    found = launch(ADD, {"x": x})
    assert [one["rank"] for one in found] == [0, 1]
    for one in found:
        torch.testing.assert_close(one["total"], 3 * x)  # 1·x + 2·x


def test_an_error_in_a_process_is_named():
    with pytest.raises(UserError, match="ValueError: no bus here") as caught:
        launch("raise ValueError('no bus here')", {}, processes=1)
    assert "\n" not in str(caught.value)


def test_a_process_that_saves_nothing_is_named():
    with pytest.raises(UserError, match="process 0 saved nothing"):
        launch("pass", {}, processes=1)
