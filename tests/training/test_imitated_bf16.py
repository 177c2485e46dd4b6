"""bfloat16 without instructions for it: as exact as with them."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from alexnet_lab.models import alexnet_2012, alexnet_mini
from alexnet_lab.training import imitated_bf16
from alexnet_lab.training.modes import autocast

CPU = torch.device("cpu")


@pytest.fixture
def without(monkeypatch):
    """A processor without the instructions."""
    monkeypatch.setattr(imitated_bf16, "has_bf16", lambda: False)


def images(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def pass_of(net, x, context, narrow=True):
    """Return the outputs and all gradients of a forward and backward pass."""
    with context:
        with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            out = net(x)
        grads = torch.autograd.grad(out.float().square().sum(), list(net.parameters()))
    return [out, *grads]


@pytest.mark.parametrize("last", [False, True], ids=["contiguous", "channels_last"])
def test_outputs_and_gradients_are_as_near_to_float32_as_torchs_own(without, last):
    torch.manual_seed(0)
    net, x = alexnet_mini(10).eval(), images(4, 3, 32, 32)
    if last:
        net, x = (v.to(memory_format=torch.channels_last) for v in (net, x))
    ours = pass_of(net, x, imitated_bf16.fast_bf16(CPU, "bf16"))
    own = pass_of(net, x, nullcontext())
    exact = pass_of(net, x, nullcontext(), narrow=False)
    for a, b, c in zip(ours, own, exact, strict=True):
        assert a.dtype == b.dtype
        assert 0 < (a - c).norm() <= 1.5 * (b - c).norm()


def test_a_product_is_rounded_once(without):
    x, weight = images(8, 300).bfloat16(), images(5, 300).bfloat16()
    with autocast(CPU, "bf16"):
        found = nn.functional.linear(x, weight)
    exact = (x.double() @ weight.double().T).bfloat16()
    assert found.dtype == torch.bfloat16
    # The sum in float32 is off by far less than half a bit of bfloat16: all but ties agree.
    assert (found == exact).float().mean() > 0.95
    assert torch.allclose(found.double(), exact.double(), rtol=2**-7)


def test_products_of_inference_are_imitated_too(without, monkeypatch):
    seen = []
    monkeypatch.setattr(
        imitated_bf16,
        "tree_map_only",
        lambda kind, act, tree: (
            seen.append(kind) or torch.utils._pytree.tree_map_only(kind, act, tree)
        ),
    )
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 2)).eval()
    with torch.inference_mode(), autocast(CPU, "bf16"):
        out = net(images(2, 3, 8, 8))
    assert out.dtype == torch.bfloat16
    assert len(seen) == 4  # two products: factors and result


@pytest.mark.parametrize(
    ("device", "precision"), [("cuda", "bf16"), ("cpu", "float32"), ("cuda", "fp16")]
)
def test_nothing_else_is_touched(without, device, precision):
    assert isinstance(imitated_bf16.fast_bf16(torch.device(device), precision), nullcontext)


def test_where_the_instructions_are_they_are_used(monkeypatch):
    monkeypatch.setattr(imitated_bf16, "has_bf16", lambda: True)
    assert isinstance(imitated_bf16.fast_bf16(CPU, "bf16"), nullcontext)


def test_response_norm_and_towers_train_in_it(without):
    net = alexnet_2012(num_classes=3, input_size=67, hidden=(8, 8))
    parts = pass_of(net, images(2, 3, 67, 67), imitated_bf16.fast_bf16(CPU, "bf16"))
    assert all(part.isfinite().all() for part in parts)
