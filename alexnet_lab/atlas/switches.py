"""What becomes of answers when parts of a network are switched off, over many photographs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

CONVS = ("conv1", "conv2", "conv3", "conv4", "conv5")
_AT_ONCE = 25  # photographs whose maps are all kept


class Silenced(nn.Module):
    """A convolution of which only some maps count; the others are zero.

    Parameters
    ----------
    conv : torch.nn.Module
        The convolution.
    kept : torch.Tensor
        (maps,): 1, or 0 for a map that is off.
    """

    def __init__(self, conv: nn.Module, kept: Tensor) -> None:
        super().__init__()
        self.conv = conv
        self.register_buffer("kept", kept.view(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        maps: Tensor = self.conv(x) * self.kept
        return maps


class Divided(nn.Module):
    """A response norm whose neighbours are off: it divides by k^β alone."""

    def __init__(self, norm: Any) -> None:
        super().__init__()
        self.factor = norm.k**norm.beta

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        return x / self.factor


def switches(features: nn.Module, towers: int = 2) -> dict[str, dict[str, nn.Module]]:
    """Return what the bench of ablations can switch off: layers, and what stands in for them.

    Parameters
    ----------
    features : torch.nn.Module
        conv1 to conv5, relu1 to relu5, norm1 and norm2.
    towers : int
        Without two there is no tower to switch off.
    """
    layers: dict[str, Any] = dict(features.named_children())

    def without(name: str, off: slice | Tensor) -> dict[str, nn.Module]:
        kept = torch.ones(layers[name].out_channels)
        kept[off] = 0
        return {name: Silenced(layers[name], kept)}

    found: dict[str, dict[str, nn.Module]] = {}
    for tower, word in enumerate(("first", "second") if towers == 2 else ()):
        half = {n: layers[n].out_channels // 2 for n in CONVS}
        mine = {n: slice(tower * half[n], (tower + 1) * half[n]) for n in CONVS}
        found[f"{word} tower"] = {k: v for n in CONVS for k, v in without(n, mine[n]).items()}
        found[f"{word} tower in conv1"] = without("conv1", mine["conv1"])
    for name in CONVS:
        count = layers[name].out_channels
        generator = torch.Generator().manual_seed(0)
        off = torch.randperm(count, generator=generator)[: count // 4]
        found[f"a random quarter of {name}"] = without(name, off)
    by_norm = layers["conv1"].weight.detach().flatten(1).norm(dim=1).argsort()
    found["the weakest quarter of conv1"] = without("conv1", by_norm[: len(by_norm) // 4])
    found["the strongest quarter of conv1"] = without("conv1", by_norm[-(len(by_norm) // 4) :])
    for name in layers:
        if name.startswith("relu"):
            found[name] = {name: nn.Identity()}
        if name.startswith("norm"):
            found[name] = {name: nn.Identity()}
            found[f"neighbours in {name}"] = {name: Divided(layers[name])}
    return found


def with_parts_off(
    network: Any, inputs: Tensor, found: Mapping[str, Mapping[str, nn.Module]]
) -> Iterator[tuple[str, Tensor]]:
    """Yield the logits of some photographs: of the whole network, then with each part off.

    Parameters
    ----------
    network : torch.nn.Module
        ``features`` and, on their flattened maps, ``classifier``.
    inputs : torch.Tensor
        (N, 3, size, size), as the network takes them.
    found : mapping
        From `switches`.
    """
    layers = OrderedDict(network.features.named_children())
    names = list(layers)
    rows: dict[str, list[Tensor]] = {name: [] for name in ("nothing", *found)}
    with torch.inference_mode():
        for x in inputs.split(_AT_ONCE):
            given = {}
            for name, layer in layers.items():
                given[name] = x
                x = layer(x.clone())  # a ReLU may work in place
            rows["nothing"].append(network.classifier(x.flatten(1)))
            for name, instead in found.items():
                first = min(map(names.index, instead))
                maps = given[names[first]]
                for part in names[first:]:
                    maps = instead.get(part, layers[part])(maps.clone())
                rows[name].append(network.classifier(maps.flatten(1)))
    for name, logits in rows.items():
        yield name, torch.cat(logits)
