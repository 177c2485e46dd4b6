"""A network as a row of stages, from the image to softmax, with what each gave for one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...analysis import activations, layer_table
from ...analysis.geometry import pair
from ...analysis.layers import named_layers
from ...errors import UserError
from .._runtime.network_input import to_network
from .._runtime.network_manifest import describe_layer

IMAGE, SOFTMAX = "image", "softmax"
#: What torch's own float32 sums, added in another order, may differ by.
_SAME = 1e-3


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes
    ----------
    about : dict
        What the front end knows of it; JSON. ``name``, ``kind``, ``shape`` and, by kind,
        ``kernel``, ``stride``, ``padding``, ``groups``, ``dilation``, ``mode`` and so on.
    module : torch.nn.Module or None
        None for the image and for softmax.
    output : torch.Tensor
        (C, H, W) or (C,), float32 on the CPU.
    """

    about: dict[str, Any]
    module: nn.Module | None
    output: Tensor

    @property
    def name(self) -> str:
        """Name, as in `layer_table`."""
        return self.about["name"]

    @property
    def kind(self) -> str:
        """Kind: image, conv, fc, relu, lrn, pool, affine, scale, softmax, or another layer's."""
        return self.about["kind"]

    def maps(self) -> Tensor:
        """Return the output as (C, H, W); a vector has one row and one column."""
        return self.output if self.output.ndim == 3 else self.output[:, None, None]


def stages_of(model: nn.Module, x: Tensor) -> list[Stage]:
    """Return the stages of a network for one input.

    Layers that change nothing here (dropout at test, flattening, an adaptive pooling of maps that
    have its size already) are no stages.

    Parameters
    ----------
    model : torch.nn.Module
        A network whose layers follow one another, and which ends in logits.
    x : torch.Tensor
        (1, 3, H, W).

    Raises
    ------
    UserError
        When the layers do not follow one another, or the network does not end in a vector.
    """
    modules = named_layers(model)
    rows = list(layer_table(model, tuple(x.shape[1:])))
    found = activations(model, x, [row.name for row in rows if row.name in modules])
    image = {"name": IMAGE, "kind": "image", "shape": list(x.shape[1:])}
    field = {"start": [0, 0], "jump": [1, 1], "size": [1, 1]}
    stages = [Stage({**image, "field": field}, None, x[0].detach().float().cpu())]
    for row in rows:
        if row.name not in modules:
            raise UserError(
                "the walk takes networks whose layers follow one another, each once; "
                f"{row.name.partition(' (')[0]!r} runs more than once"
            )
        module, output = modules[row.name], found[row.name][0].float().cpu()
        before = stages[-1]
        _check_follows(row.name, module, before, output)
        if output.numel() == before.output.numel() and torch.equal(
            output.flatten(), before.output.flatten()
        ):
            if isinstance(module, nn.ReLU):  # nothing below zero: a stage all the same
                stages.append(Stage(_about(row, module), module, output))
            continue
        stages.append(Stage(_about(row, module), module, output))
    last = stages[-1].output
    if last.ndim != 1 or len(last) < 2:
        raise UserError(f"the network ends in {tuple(last.shape)}; the walk begins at logits")
    about = {"name": SOFTMAX, "kind": "softmax", "shape": list(last.shape)}
    stages.append(Stage(about, None, last.softmax(0)))
    return stages


def _check_follows(name: str, module: nn.Module, before: Stage, output: Tensor) -> None:
    given = before.output
    if output.ndim == 1:
        given = given.flatten()
    training = module.training
    module.eval()
    try:
        x = given.clone()[None]
        with torch.no_grad():
            again = module(to_network(module, x)).float().cpu()[0]
    except (RuntimeError, UserError, ValueError) as error:
        raise UserError(
            f"the walk takes networks whose layers follow one another; {name!r} does not take what"
            f" {before.name!r} gives"
        ) from error
    finally:
        module.train(training)
    if again.shape != output.shape or not torch.allclose(again, output, _SAME, _SAME):
        raise UserError(
            f"the walk takes networks whose layers follow one another; {name!r} takes something"
            f" else than {before.name!r} gives"
        )


def _about(row: Any, module: Any) -> dict[str, Any]:
    about = describe_layer(row)
    if isinstance(module, nn.Conv2d):
        if isinstance(module.padding, str) or module.padding_mode != "zeros":
            raise UserError(f"the walk takes paddings in numbers of zeros, not {row.name!r}'s")
        about["dilation"] = list(pair(module.dilation))
    elif isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        about |= {"mode": "max" if isinstance(module, nn.MaxPool2d) else "mean"}
        about["dilation"] = list(pair(getattr(module, "dilation", 1)))
        about["padding"] = list(pair(module.padding))
        about["padded"] = bool(getattr(module, "count_include_pad", False))
    elif isinstance(module, nn.AdaptiveAvgPool2d) and row.kernel is not None:
        about |= {"mode": "mean", "dilation": [1, 1], "padding": [0, 0], "padded": False}
    elif hasattr(module, "alpha") and hasattr(module, "beta") and hasattr(module, "k"):
        divided = getattr(module, "divide_alpha", True)
        about |= {
            "kind": "lrn",
            "size": module.size,
            "scale": module.alpha / module.size if divided else module.alpha,
            "beta": module.beta,
            "k": module.k,
            "groups": getattr(module, "groups", 1),
        }
    elif isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
        about["kind"] = "affine"
    elif row.kind == "drop":
        about |= {"kind": "scale", "factor": 1 - module.p}
    return about


def towers_of(stages: list[Stage]) -> int:
    """Return how many towers the network has: the groups of its convolutions."""
    return max([1, *(s.about.get("groups", 1) for s in stages if s.kind == "conv")])
