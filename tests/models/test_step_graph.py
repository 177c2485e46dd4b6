"""Training graphs, run by ONNX Runtime, against autograd and torch's optimisers."""

from __future__ import annotations

import copy
import gzip
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import alexnet_lab as al
from alexnet_lab.bench.switches import CHOICES, NETS, Switches, build
from alexnet_lab.errors import UserError
from alexnet_lab.models.step_graph import NEXT, VELOCITY, StepGraph, is_bias, rates, step_graph
from alexnet_lab.training import MomentumSGD2012

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

BATCH, CLASSES, RATE, DECAY = 2, 14, 0.001, 0.05


def session(data: bytes) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


class Graphed:
    """A net that a graph trains."""

    def __init__(self, net: nn.Module, graph: StepGraph) -> None:
        self.graph, self.session = graph, session(graph.step)
        values = {short(name): p.detach().numpy().copy() for name, p in weights(net)}
        assert {n: v.shape for n, v in values.items()} == graph.parameters
        self.state = values | {n + VELOCITY: np.zeros_like(v) for n, v in values.items()}

    def step(self, x: Tensor, y: Tensor, masks: dict[str, Tensor], scalars: dict[str, float]):
        feeds = {"images": x.numpy(), "targets": F.one_hot(y, CLASSES).float().numpy()}
        feeds |= {name: mask.numpy() for name, mask in masks.items()}
        feeds |= {name: np.array(value, np.float32) for name, value in scalars.items()}
        names = [output.name for output in self.session.get_outputs()]
        out = dict(zip(names, self.session.run(None, feeds | self.state), strict=True))
        self.state = {name: out[name + NEXT] for name in self.state}
        return float(out["loss"]), out["logits"]


class Masked(nn.Module):
    """Dropout whose mask is given."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = torch.ones(1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask if self.training else x


def weights(net: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    yield from net.named_parameters()


def short(path: str) -> str:
    return ".".join(path.split(".")[-2:])


def masked(net: nn.Module) -> tuple[nn.Module, dict[str, Masked]]:
    """Return a copy whose dropout layers take masks, and these by their graph's names."""
    twin = copy.deepcopy(net).train()
    found = {}
    for path, layer in list(twin.named_modules()):
        if isinstance(layer, nn.Dropout):
            mine = found[f"{path.rpartition('.')[2]}.mask"] = Masked()
            parent, _, name = path.rpartition(".")
            setattr(twin.get_submodule(parent), name, mine)
    return twin, found


def optimizer(net: nn.Module, rule: str) -> torch.optim.Optimizer:
    groups = [
        {"params": [p for n, p in weights(net) if not is_bias(n)]},
        {"params": [p for n, p in weights(net) if is_bias(n)], "lr": 2 * RATE, "weight_decay": 0},
    ]
    if rule == "torch":
        return torch.optim.SGD(groups, RATE, 0.9, weight_decay=DECAY)
    return MomentumSGD2012(groups, RATE, 0.9, DECAY)


def race(net: nn.Module, side: int, rule: str, steps: int) -> None:
    """Train by graph and by autograd; the rate drops after half of the steps."""
    generator = torch.Generator().manual_seed(1)
    graph = step_graph(net, input_size=side)
    mine, (twin, layers) = Graphed(net, graph), masked(net)
    assert set(graph.masks) == set(layers)
    torchs = optimizer(twin, rule)
    for step in range(steps):
        x = torch.randn(BATCH, 3, side, side, generator=generator)
        y = torch.randint(CLASSES, (BATCH,), generator=generator)
        keep = {n: torch.rand(BATCH, *s, generator=generator) for n, s in graph.masks.items()}
        masks = {name: 2 * (value < 0.5).float() for name, value in keep.items()}
        for name, layer in layers.items():
            layer.mask = masks[name]
        drop = 0.1 if step >= steps / 2 > 1 else 1.0
        for group, factor in zip(torchs.param_groups, (1, 2), strict=True):
            group["lr"] = factor * drop * RATE
        scalars = rates(rule, drop * RATE, 2.0) | {"momentum": 0.9, "decay": DECAY}
        loss, logits = mine.step(x, y, masks, scalars)
        torchs.zero_grad()
        wanted = twin(x)
        error = F.cross_entropy(wanted, y)
        error.backward()
        torchs.step()
        assert abs(loss - error.item()) < 1e-4 * max(1, error.item()), step
        if step == 0:
            np.testing.assert_allclose(logits, wanted.detach().numpy(), rtol=1e-4, atol=1e-5)
            for name, p in weights(twin):
                found = mine.state[short(name)]
                assert np.abs(found - p.detach().numpy()).max() < 1e-5, name
    look = session(graph.look)
    feeds = {n: mine.state[n] for n in graph.parameters if n in {i.name for i in look.get_inputs()}}
    found = look.run(["logits"], {"images": x.numpy(), **feeds})[0]
    with torch.no_grad():
        np.testing.assert_allclose(found, twin.eval()(x).numpy(), rtol=1e-3, atol=1e-3)


GRAPHS = list(itertools.product(NETS, *(CHOICES[key] for key in ("activation", "norm", "pool"))))


@pytest.mark.parametrize(("net", "activation", "norm", "pool"), GRAPHS)
def test_twenty_steps_of_every_graph_of_the_bench(net, activation, norm, pool) -> None:
    torch.manual_seed(0)
    switches = Switches(activation=activation, norm=norm, pool=pool)
    # The rules take turns: each nonlinearity, norm and pooling meets both.
    rule = ("2012", "torch")[GRAPHS.index((net, activation, norm, pool)) % 3 % 2]
    race(build(net, switches, CLASSES), 32, rule, steps=20)


def strided(**options: Any) -> nn.Module:
    return al.models.alexnet_2012(
        CLASSES,
        channels=[8, 16, 8, 8, 8],
        hidden=[8, 8],
        init="kaiming",
        input_size=67,
        **options,
    )


# What no net of the bench has, and the layers allow.
SISTERS = {
    "towers, stride 4, an overhang": lambda: (strided(), 67),
    "inverted norm, tanh": lambda: (strided(norm_first=True, activation="tanh"), 67),
    "an even norm": lambda: (strided(lrn_size=4, lrn_beta=0.5, lrn_alpha=0.1), 67),
    "a stride that leaves a rest": lambda: (
        nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Flatten(), nn.Linear(196, CLASSES)),
        16,
    ),
    "second strided convolution": lambda: (
        nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, bias=False),
            nn.Conv2d(4, 6, (3, 2), stride=(2, 3), padding=(1, 0), groups=2),
            nn.AvgPool2d(3, 2, padding=1),
            nn.Flatten(),
            nn.Linear(6 * 4 * 3, CLASSES),
        ),
        14,
    ),
    "nothing but a layer": lambda: (nn.Sequential(nn.Flatten(), nn.Linear(27, CLASSES)), 3),
}


@pytest.mark.parametrize("which", SISTERS)
@pytest.mark.parametrize("rule", ["2012", "torch"])
def test_layers_that_the_bench_has_not(which: str, rule: str) -> None:
    torch.manual_seed(0)
    net, side = SISTERS[which]()
    race(net, side, rule, steps=3)


def test_dropout_of_2012_at_the_end_of_training() -> None:
    """Its mask is 0 or 1, and the look scales."""
    net = nn.Sequential(nn.Flatten(), al.models.Dropout2012(0.25), nn.Linear(12, 3)).eval()
    graph = step_graph(net, input_size=2)
    x = torch.randn(2, 3, 2, 2)
    feeds = {short(n): p.detach().numpy() for n, p in weights(net)}
    found = session(graph.look).run(["logits"], {"images": x.numpy(), **feeds})[0]
    np.testing.assert_allclose(found, net(x).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_a_graph_is_small_and_always_the_same() -> None:
    net = build("two-layer", Switches(), CLASSES)
    graph, again = (step_graph(net, input_size=32) for _ in range(2))
    assert (graph.step, graph.look) == (again.step, again.look)
    assert len(graph.step) < 16_000
    assert len(gzip.compress(graph.step)) < 4_000
    assert len(graph.look) < 2_500


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(27, 2)], "'0', a BatchNorm2d"),
        ([nn.Flatten(), nn.LeakyReLU(), nn.Linear(27, 2)], "LeakyReLU"),
        ([nn.Conv2d(3, 2, 2, dilation=2), nn.Flatten(), nn.Linear(2, 2)], "'0': it is dilated"),
        ([nn.ReLU(), nn.Flatten()], "nothing to train"),
        ([nn.Conv2d(3, 2, 1)], "ends in maps of shape"),
    ],
)
def test_what_cannot_be_trained_is_said(layers: list[nn.Module], message: str) -> None:
    with pytest.raises(UserError, match=message):
        step_graph(nn.Sequential(*layers), input_size=3)


def test_an_unknown_rule() -> None:
    with pytest.raises(UserError, match="unknown momentum rule 'nesterov'; known: 2012, torch"):
        rates("nesterov", 0.1)
