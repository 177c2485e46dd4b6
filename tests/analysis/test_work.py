"""What a step has to do: against numbers worked out by hand, and torch's own counter."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lab.analysis import layer_table
from alexnet_lab.analysis import work as _work
from alexnet_lab.models import alexnet_2012


@pytest.fixture(scope="module")
def rows():
    with torch.device("meta"):
        return layer_table(alexnet_2012()).rows


def find(works, layer, name):
    return next(w for w in works if (w.layer, w.name) == (layer, name))


def test_conv1_by_hand(rows):
    forward = find(_work.passes(rows, 2), "conv1", "forward")
    # 96 kernels of 11·11·3 at 55·55 places, two operations each, two images.
    assert forward.flop == 2 * 2 * 96 * 11 * 11 * 3 * 55 * 55
    values = 2 * 3 * 224 * 224 + 96 * 11 * 11 * 3 + 96 + 2 * 96 * 55 * 55
    assert forward.bytes == 2 * values
    assert forward.intensity == forward.flop / (2 * values)


def test_fc8_by_hand(rows):
    works = _work.passes(rows, 128)
    forward, data, weights = (find(works, "fc8", name) for name in _work.PASSES)
    assert {w.flop for w in (forward, data, weights)} == {2 * 128 * 4096 * 1000}
    assert forward.bytes == 2 * (128 * 4096 + 4096 * 1000 + 1000 + 128 * 1000)
    assert data.bytes == 2 * (128 * 1000 + 4096 * 1000 + 128 * 4096)
    assert weights.bytes == forward.bytes


def test_relu1_moves_and_does_no_products(rows):
    works = _work.passes(rows, 1)
    values = 96 * 55 * 55
    assert [(w.flop, w.bytes) for w in works if w.layer == "relu1"] == [
        (0, 2 * 2 * values),
        (0, 2 * 3 * values),
    ]


def test_every_pass_is_there_but_the_images_gradient(rows):
    works = _work.passes(rows, 1)
    heavy = [row.name for row in rows if row.macs]
    assert len(works) == 3 * len(heavy) + 2 * (len(rows) - len(heavy)) - 1
    assert not [w for w in works if (w.layer, w.name) == ("conv1", "backward, data")]


def test_forward_as_torch_counts_it(rows):
    with torch.device("meta"):
        net, x = alexnet_2012(), torch.empty(2, 3, 224, 224)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    ours = sum(w.flop for w in _work.passes(rows, 2) if w.name == "forward")
    assert ours == counter.get_total_flops()


@pytest.mark.parametrize("layer", ["conv2", "conv3", "fc7"])
def test_backward_as_torch_counts_it(rows, layer):
    """torch's counter takes the weights of groups for dense: here each group is a layer."""
    row = next(r for r in rows if r.name == layer)
    groups = row.groups or 1
    with torch.device("meta"):
        x = torch.empty(2, *row.shape_in, requires_grad=True)
        if row.kind == "fc":
            parts = [nn.Linear(row.shape_in[0], row.shape_out[0])]
        else:
            maps = (row.shape_in[0] // groups, row.shape_out[0] // groups)
            parts = [nn.Conv2d(*maps, row.kernel, row.stride, row.padding) for _ in range(groups)]
        y = torch.cat([p(part) for p, part in zip(parts, x.chunk(groups, 1), strict=True)], 1)
        assert tuple(y.shape[1:]) == row.shape_out
        with FlopCounterMode(display=False) as counter:
            y.backward(torch.empty_like(y))
    works = _work.passes(rows, 2)
    ours = sum(find(works, layer, name).flop for name in _work.PASSES[1:])
    assert ours == counter.get_total_flops()


def test_update():
    assert _work.update_bytes(3) == 60  # read w, v, g and write w, v: 3 numbers of 4 bytes
