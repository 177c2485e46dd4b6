from __future__ import annotations

import pytest
import torch
from torch import nn

from alexnet_lab.analysis import maximise
from alexnet_lab.errors import UserError

SIZE = (12, 16)


def test_the_unit_rises_and_the_image_keeps_its_bounds(small):
    found = maximise(small, "conv2", 1, steps=30, input_size=SIZE, span=(-1, 3))
    assert found.image.shape == (3, 12, 16)
    assert found.history[-1] > found.history[0] + 0.1
    assert -1 <= found.image.min() <= found.image.max() <= 3
    assert (found.stopped, len(found.history)) == ("all steps done", 31)


def test_a_known_optimum():
    # One 1×1 kernel, w = (1, −1, 0): the best image is all high in red and all low in green.
    model = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False))
    model[0].weight.data = torch.tensor([1.0, -1, 0])[None, :, None, None]
    image = maximise(model, "conv1", 0, steps=120, input_size=SIZE, span=(0, 1)).image
    assert image[0].min() > 0.95
    assert image[1].max() < 0.05


def test_the_same_seed_gives_the_same_image(small):
    def run(seed):
        generator = torch.Generator().manual_seed(seed)
        return maximise(small, "fc3", 2, 5, generator, input_size=SIZE).image

    state = torch.get_rng_state()
    assert torch.equal(run(3), run(3))
    assert not torch.equal(run(3), run(4))
    assert torch.equal(torch.get_rng_state(), state)  # the global generator was not touched


def test_smoothness_smooths():
    model = nn.Sequential(nn.Conv2d(3, 4, 3))
    torch.manual_seed(0)
    nn.init.normal_(model[0].weight)

    def roughness(weight):
        image = maximise(model, "conv1", 0, 40, input_size=SIZE, smoothness=weight).image
        return image.diff(dim=1).abs().mean() + image.diff(dim=2).abs().mean()

    assert roughness(0.8) < roughness(0.0)


def test_a_dead_unit_ends_it():
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
    nn.init.zeros_(model[0].weight)
    nn.init.constant_(model[0].bias, -1)
    found = maximise(model, "relu1", 0, input_size=SIZE)
    assert found.stopped == "no gradient"
    assert "no gradient" in repr(found)


def test_numbers_that_stop_being_finite_end_it():
    class Explodes(nn.Module):
        def forward(self, x):
            return x / 0 * x

    found = maximise(nn.Sequential(nn.Conv2d(3, 1, 1), Explodes()), "1", 0, input_size=SIZE)
    assert found.stopped == "not finite"
    assert found.image.isfinite().all()


def test_control_c_keeps_what_was_reached(small):
    runs = []

    def interrupt(*_):
        runs.append(1)
        if len(runs) == 4:
            raise KeyboardInterrupt

    handle = small[0].register_forward_hook(interrupt)
    found = maximise(small, "conv2", 0, input_size=SIZE)
    handle.remove()
    assert (found.stopped, len(found.history)) == ("interrupted", 4)
    assert found.image.isfinite().all()


def test_nothing_is_left_behind(small, broken, hooks):
    modes = [module.training for module in small.modules()]
    maximise(small, "conv1", (2, 3, 4), 2, input_size=SIZE)
    assert hooks(small) == 0
    assert [module.training for module in small.modules()] == modes
    assert all(p.grad is None for p in small.parameters())
    with pytest.raises(RuntimeError, match="on purpose"):
        maximise(broken, "3", 0, input_size=SIZE)
    assert hooks(broken) == 0
    assert broken.training


@pytest.mark.parametrize("unit", [6, (0, 1, 0), (0, 0), (-1, 0, 0)])
def test_unknown_units(small, unit):
    with pytest.raises(UserError, match=r"no unit .* whose output is 6×1×4"):
        maximise(small, "conv2", unit, input_size=SIZE)
