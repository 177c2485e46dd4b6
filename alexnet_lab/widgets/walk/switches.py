"""Parts switched off: ``conv5:253`` is a channel, ``conv5:253<313`` one edge into it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...analysis._context import evaluating, hooked
from ...errors import UserError
from .._runtime.network_input import to_network
from .stages import Stage

_PART = re.compile(r"(\w[\w.]*):(\d+)(?:<(\d+))?")


class Part(NamedTuple):
    """A part that is off: a channel of a stage with weights, or one input of it (`source`)."""

    stage: str
    channel: int
    source: int | None


def parts_off(text: str, stages: list[Stage]) -> list[Part]:
    """Read what is off.

    Parameters
    ----------
    text : str
        Parts with spaces between. `source` counts the maps that a convolution reads, of both
        towers, or the inputs of a fully connected layer. At most one edge a stage.
    stages : list of Stage
        The network.

    Raises
    ------
    UserError
        When a part is not written so, or not there.
    """
    weighted = {s.name: (i, s) for i, s in enumerate(stages) if s.kind in ("conv", "fc")}
    found: list[Part] = []
    for word in text.split():
        match = _PART.fullmatch(word)
        if not match:
            raise UserError(f"off={word!r}; write conv5:253 for a channel, conv5:253<313 an edge")
        name, channel = match[1], int(match[2])
        source = None if match[3] is None else int(match[3])
        if name not in weighted:
            raise UserError(f"off={word!r}: only {', '.join(weighted)} can be switched off")
        index, stage = weighted[name]
        if channel >= stage.about["shape"][0]:
            raise UserError(f"off={word!r}: {name} has channels 0 to {stage.about['shape'][0] - 1}")
        if source is not None:
            inputs = range(*_inputs(stages[index - 1], stage, channel))
            if source not in inputs:
                raise UserError(f"off={word!r}: that channel reads {inputs.start} to {inputs[-1]}")
            if any(p.stage == name and p.source is not None for p in found):
                raise UserError(f"off={text!r}: one edge of {name} at a time")
        found.append(Part(name, channel, source))
    return found


def _inputs(below: Stage, stage: Stage, channel: int) -> tuple[int, int]:
    """Return first and end of what a channel reads."""
    if stage.kind == "fc":
        return 0, below.output.numel()
    groups = stage.about["groups"]
    each = below.about["shape"][0] // groups
    group = channel // (stage.about["shape"][0] // groups)
    return group * each, (group + 1) * each


def answer(model: nn.Module, x: Tensor, stages: list[Stage], off: list[Part]) -> Tensor:
    """Return the logits (classes,) with parts switched off; the network is left as it is."""
    modules: dict[str, Any] = {stage.name: stage.module for stage in stages}
    below = {s.name: stages[i - 1] for i, s in enumerate(stages)}
    by_name = {s.name: s for s in stages}
    paths = {id(module): path for path, module in model.named_modules()}
    weights = {}
    for part in off:
        if part.source is None:
            continue
        module = modules[part.stage]
        first, _ = _inputs(below[part.stage], by_name[part.stage], part.channel)
        weight = module.weight.detach().clone()
        weight[part.channel, part.source - first] = 0
        weights[f"{paths[id(module)]}.weight".lstrip(".")] = weight
    silent: dict[int, list[int]] = {}
    for part in off:
        if part.source is None:
            silent.setdefault(id(modules[part.stage]), []).append(part.channel)

    def silence(module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        kept = output.clone()
        kept[:, silent[id(module)]] = 0
        return kept

    chosen = [module for module in model.modules() if id(module) in silent]
    with evaluating(model), torch.no_grad(), hooked(chosen, after=silence):
        return torch.func.functional_call(model, weights, (to_network(model, x),))[0].float().cpu()
