"""Local response normalisation, held against torch's, finite differences and arithmetic by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_lab.errors import UserError
from alexnet_lab.models import LocalResponseNorm, response_norm_blocks
from alexnet_lab.models.response_norm import local_response_norm


def maps(*shape: int, dtype: torch.dtype = torch.float64, last: bool = False) -> Tensor:
    """Return activations of either sign, large enough that the window matters."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 20
    if last:
        x = x.movedim(1, -1).contiguous().movedim(-1, 1)
    return x.to(dtype)


def torch_towers(x: Tensor, size: int, beta: float, groups: int) -> Tensor:
    """Let torch normalise each tower by itself; alpha 1e-2 so that the sum is felt."""
    towers = x.chunk(groups, dim=1)
    return torch.cat([F.local_response_norm(t, size, 1e-2, beta, 2.0) for t in towers], dim=1)


def value_and_gradient(f: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return f(x) and the gradient of a weighted sum of it."""
    x = x.detach().requires_grad_()
    y = f(x)
    slope = torch.linspace(-1, 2, y.numel(), dtype=torch.float64).to(y.dtype).view(y.shape)
    (gradient,) = torch.autograd.grad(y, x, slope)
    return y.detach(), gradient


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
@pytest.mark.parametrize("shape", [(3, 8, 5, 7), (2, 8, 9), (2, 4, 3, 2, 2), (1, 2, 1, 1)], ids=str)
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("beta", [0.75, 0.5])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 11])
def test_values_and_gradients_are_torchs(
    size: int, beta: float, groups: int, shape: tuple[int, ...], last: bool
) -> None:
    x = maps(*shape, last=last)
    ours = value_and_gradient(
        lambda x: local_response_norm(x, size, 1e-2, beta, 2.0, groups=groups), x
    )
    torchs = value_and_gradient(lambda x: torch_towers(x, size, beta, groups), x)
    torch.testing.assert_close(ours, torchs, rtol=1e-12, atol=1e-12)


def test_by_hand() -> None:
    # Four maps of one place, window of three, k = 1, α' = 1, β = 1/2: a / √(1 + Σ a²).
    x = torch.tensor([1.0, 2.0, 0.0, 3.0]).view(1, 4, 1, 1)
    norm = LocalResponseNorm(3, alpha=1.0, beta=0.5, k=1.0, divide_alpha=False)
    expected = [1 / 6**0.5, 2 / 6**0.5, 0.0, 3 / 10**0.5]
    torch.testing.assert_close(norm(x).flatten(), torch.tensor(expected))


def test_gradient_by_hand() -> None:
    # Two maps that see each other, both 1: b_j = a_j / (1 + a_0² + a_1²), so that
    # ∂b_0/∂a_0 = 1/3 − 2/9 and ∂b_1/∂a_0 = −2/9.
    x = torch.ones(1, 2, 1, requires_grad=True)
    y = local_response_norm(x, 3, 1.0, 1.0, 1.0, divide_alpha=False)
    (gradient,) = torch.autograd.grad(y, x, torch.tensor([[[1.0], [0.0]]]))
    torch.testing.assert_close(gradient.flatten(), torch.tensor([1 / 9, -2 / 9]))


def test_an_even_window_has_its_further_end_before_the_map() -> None:
    # Torch's choice: of size 2, map i sees i − 1 and i.
    x = torch.tensor([0.0, 1.0, 0.0]).view(1, 3, 1)
    seen = local_response_norm(x + 1, 2, 1.0, 1.0, 0.0, divide_alpha=False).flatten()
    torch.testing.assert_close(seen, torch.tensor([1 / 1, 2 / 5, 1 / 5]))


@pytest.mark.parametrize("size", [1, 4, 5])
@pytest.mark.parametrize("beta", [0.75, 0.6])
def test_first_and_second_derivatives_by_finite_differences(size: int, beta: float) -> None:
    x = (maps(2, 6, 3) / 20).requires_grad_()

    def norm(x: Tensor) -> Tensor:
        return local_response_norm(x, size, 0.5, beta, 1.0, groups=2)

    assert torch.autograd.gradcheck(norm, x)
    assert torch.autograd.gradgradcheck(norm, x)


def test_a_window_does_not_reach_into_the_other_tower() -> None:
    x = maps(1, 96, 2, 2)
    other = x.clone()
    other[:, 48:] *= 100
    norm = LocalResponseNorm(groups=2)
    assert torch.equal(norm(x)[:, :48], norm(other)[:, :48])
    assert not torch.equal(LocalResponseNorm()(x)[:, :48], LocalResponseNorm()(other)[:, :48])


def test_both_readings_of_alpha() -> None:
    x = maps(2, 8, 3, 3)
    literal = LocalResponseNorm(divide_alpha=False)(x)
    torch.testing.assert_close(literal, F.local_response_norm(x, 5, 5e-4, 0.75, 2.0))
    torch.testing.assert_close(LocalResponseNorm()(x), F.local_response_norm(x, 5, 1e-4, 0.75, 2.0))


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_blocks_change_nothing(last: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    x = maps(7, 6, 3, 5, last=last)
    whole = value_and_gradient(lambda x: local_response_norm(x, groups=2), x)
    # 7 images or 105 places in blocks of at most two images: the last block is a part of one.
    monkeypatch.setattr(response_norm_blocks, "_BLOCK", 180 // torch.get_num_threads())
    blocks = value_and_gradient(lambda x: local_response_norm(x, groups=2), x)
    torch.testing.assert_close(blocks, whole, rtol=1e-15, atol=0)


@pytest.mark.parametrize("beta", [0.75, 0.6])
def test_float32_is_as_exact_as_float32_can_be(beta: float) -> None:
    x = maps(2, 96, 9, 9, dtype=torch.float32)
    ours = local_response_norm(x, 5, 1e-2, beta, 2.0)
    exact = F.local_response_norm(x.double(), 5, 1e-2, beta, 2.0)
    assert ((ours - exact) / exact).abs().max() < 1e-6


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_is_rounded_once(dtype: torch.dtype, last: bool) -> None:
    x = maps(2, 96, 5, 5, dtype=dtype, last=last)
    ours = value_and_gradient(lambda x: local_response_norm(x, 5, 1e-2), x)
    for half in ours:
        assert half.dtype == dtype
        assert half.stride() == x.stride()
    exact = value_and_gradient(lambda x: local_response_norm(x, 5, 1e-2), x.double())
    # The slope is rounded before we see it, so the gradient gets twice the room.
    step = torch.finfo(dtype).eps
    torch.testing.assert_close(ours[0].double(), exact[0], rtol=step / 2 * 1.01, atol=1e-7)
    torch.testing.assert_close(ours[1].double(), exact[1], rtol=step, atol=step)


def test_autocast_changes_nothing() -> None:
    x = maps(2, 8, 3, 3, dtype=torch.float32)
    plain = LocalResponseNorm()(x)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(LocalResponseNorm()(x), plain)
        assert LocalResponseNorm()(x.bfloat16()).dtype == torch.bfloat16


def test_memory_format_is_kept_and_any_strides_are_read() -> None:
    x = maps(2, 6, 4, 5)
    y = LocalResponseNorm()(x)
    last = x.contiguous(memory_format=torch.channels_last)
    assert LocalResponseNorm()(last).is_contiguous(memory_format=torch.channels_last)
    for odd in (last[:, :, 1:, ::2], x.transpose(2, 3), x[:, :, :1].expand(2, 6, 3, 5)):
        expected = LocalResponseNorm()(odd.contiguous())
        torch.testing.assert_close(LocalResponseNorm()(odd), expected, rtol=1e-15, atol=0)
    assert torch.equal(LocalResponseNorm()(last), y)


def test_a_gradient_of_any_strides_is_read() -> None:
    x = maps(2, 6, 4, 5)
    ones = value_and_gradient(lambda x: LocalResponseNorm()(x).sum(), x)[1]
    torchs = value_and_gradient(lambda x: F.local_response_norm(x, 5, 1e-4, 0.75, 2.0).sum(), x)[1]
    torch.testing.assert_close(ones, torchs)


def test_only_the_input_is_remembered() -> None:
    x = maps(2, 6, 4, 5).requires_grad_()
    kept: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        LocalResponseNorm()(x)
    assert [t.data_ptr() for t in kept] == [x.data_ptr()]


def test_an_empty_batch_stays_empty() -> None:
    assert LocalResponseNorm()(torch.zeros(0, 8, 3, 3)).shape == (0, 8, 3, 3)


def test_other_devices_need_nothing_of_the_cpu() -> None:
    x = torch.empty(2, 96, 55, 55, device="meta", requires_grad=True)
    y = LocalResponseNorm(groups=2)(x)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.device.type == y.device.type == "meta"


def test_a_layer_without_state() -> None:
    norm = LocalResponseNorm(3, groups=2, divide_alpha=False)
    assert not norm.state_dict()
    assert repr(copy.deepcopy(norm)) == (
        "LocalResponseNorm(3, alpha=0.0001, beta=0.75, k=2.0, groups=2, divide_alpha=False)"
    )
    assert repr(LocalResponseNorm()) == "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=2.0)"


class TestGraphs:
    """What is exported, traced or compiled holds plain operators, and gives the same values."""

    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), LocalResponseNorm(alpha=1.0, groups=2))
    x = maps(2, 3, 6, 7, dtype=torch.float32)

    def test_export(self) -> None:
        batch = {0: torch.export.Dim("batch")}
        exported = torch.export.export(self.net, (self.x,), dynamic_shapes=(batch,))
        called = {str(node.target) for node in exported.graph.nodes}
        assert not any("blocked" in name.lower() or "split" in name for name in called)
        x = torch.cat([self.x, self.x + 1])
        torch.testing.assert_close(exported.module()(x), self.net(x))

    @pytest.mark.filterwarnings("ignore")  # tracing is deprecated, and calls our checks constants
    def test_trace(self) -> None:
        with torch.no_grad():
            traced = torch.jit.trace(self.net, self.x)
        assert "PythonOp" not in str(traced.inlined_graph)
        torch.testing.assert_close(traced(self.x[:1]), self.net(self.x[:1]))

    def test_compile(self) -> None:
        compiled = torch.compile(self.net, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(self.x), self.net(self.x))

    def test_functional_gradient(self) -> None:
        norm = self.net[2]
        x = maps(2, 8, 3, 3)
        gradient = torch.func.grad(lambda x: norm(x).square().sum())(x)
        (expected,) = torch.autograd.grad(norm(x.requires_grad_()).square().sum(), x)
        torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: LocalResponseNorm(0), "size=0"),
        (lambda: LocalResponseNorm(groups=0), "groups=0"),
        (lambda: LocalResponseNorm(groups=2)(torch.zeros(1, 7, 2, 2)), "7 maps"),
        (lambda: LocalResponseNorm()(torch.zeros(8, 7)), "(8, 7)"),
        (lambda: LocalResponseNorm()(torch.zeros(1, 8, 2, dtype=torch.uint8)), "uint8"),
    ],
)
def test_bad_arguments_get_one_line(call: Callable[[], object], names: str) -> None:
    with pytest.raises(UserError) as caught:
        call()
    assert names in str(caught.value)
    assert "\n" not in str(caught.value)
