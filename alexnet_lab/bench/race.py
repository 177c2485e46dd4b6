"""A race: two nets of the bench on the same batches in the same order, trained by PyTorch.

The page does the same with ONNX Runtime Web (``widgets/training_bench/trainer.js``), from the same
starts, with the same batches, masks and crops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UserError
from ..models.step_graph import RULES, is_bias
from ..training import MomentumSGD2012
from . import patches, streams
from .switches import DROPPED, NETS, Switches, build, starts

BATCH = 32
LOOK_EVERY = 20  # steps
MOMENTUM, BIAS_FACTOR, DROP = 0.9, 2.0, 0.1
STEPS, EACH = (40, 2000), (10, 400)  # least and most


@dataclass(frozen=True)
class Plan:
    """What both sides of a race share.

    Parameters
    ----------
    net : str
        One of `NETS`.
    steps : int
        How long it lasts, 40 to 2000; a whole number of looks, which come every 20 steps.
    each : int
        Patches of each photograph to train on, 10 to 400.
    drop : bool
        Whether the rate drops by ten after two thirds of the steps.

    Raises
    ------
    UserError
        When a value is out of its range.
    """

    net: str = "two-layer"
    steps: int = 200
    each: int = 100
    drop: bool = False

    def __post_init__(self) -> None:
        if self.net not in NETS:
            raise UserError(f"net={self.net!r} is not on the bench; known: {', '.join(NETS)}")
        for name, (low, high) in (("steps", STEPS), ("each", EACH)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UserError(f"{name}={value} must be from {low} to {high}")
        if self.steps % LOOK_EVERY:
            raise UserError(f"steps={self.steps} must be a multiple of {LOOK_EVERY}")

    def rate(self, switches: Switches, step: int) -> float:
        """Return a side's rate at a step, counted from 0."""
        dropped = self.drop and step >= math.ceil(2 * self.steps / 3)
        return switches.rate * (DROP if dropped else 1.0)


class _Masked(nn.Module):
    """Dropout whose mask comes from a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        return x if self.mask is None or not self.training else x * self.mask


class Trainer:
    """One side of a race.

    Parameters
    ----------
    plan : Plan
        What both sides share.
    switches : Switches
        This side's own.
    seed : int
        Of start, order, crops and masks.
    """

    def __init__(self, plan: Plan, switches: Switches, seed: int) -> None:
        self.plan, self.switches, self.seed = plan, switches, seed
        self.step = 0
        sprite = patches.sprite()
        self._pixels = sprite.pixels()
        self._boxes = np.array(sprite.train)
        self.train = patches.positions(sprite.train, plan.each, streams.TRAIN)
        self.val = patches.positions(sprite.val, patches.VAL_EACH, streams.VAL)
        own = patches.crop(self._pixels, self.train.left, self.train.top).astype(np.float64)
        self._mean = own.mean((0, 2, 3), keepdims=True)[0]
        std = own.std((0, 2, 3), keepdims=True)[0]
        self._std = np.ones_like(std) if switches.start == "2012" else std
        self.net = build(plan.net, switches, len(sprite.names))
        self._masks: list[_Masked] = []
        for path, layer in list(self.net.named_modules()):
            if isinstance(layer, nn.Dropout):
                parent, _, name = path.rpartition(".")
                self._masks.append(_Masked())
                setattr(self.net.get_submodule(parent), name, self._masks[-1])
        self._begin()
        named = list(self.net.named_parameters())
        groups = [
            {"params": [p for n, p in named if is_bias(n) == bias], "weight_decay": decay}
            for bias, decay in ((False, switches.decay), (True, 0.0))
        ]
        self._optimizer: torch.optim.Optimizer = (
            MomentumSGD2012(groups, 1.0, MOMENTUM)
            if switches.rule == RULES[0]
            else torch.optim.SGD(groups, 1.0, MOMENTUM)
        )

    @torch.no_grad()
    def _begin(self) -> None:
        begin = starts(self.plan.net, self.net, self.switches)
        for i, (path, values) in enumerate(self.net.named_parameters()):
            name = ".".join(path.split(".")[-2:])
            if is_bias(name):
                values.fill_(begin[name])
            else:
                drawn = begin[name] * streams.normal(values.numel(), streams.WEIGHTS, self.seed, i)
                values.copy_(torch.from_numpy(drawn).view_as(values))

    def images(self, left: np.ndarray, top: np.ndarray) -> Tensor:
        """Return patches as the net is fed with them, float32 (N, 3, 32, 32)."""
        found = (patches.crop(self._pixels, left, top) - self._mean) / self._std
        return torch.from_numpy(found.astype(np.float32))

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the images and labels of a step, counted from 0."""
        count = len(self.train.labels)
        per_epoch = count // BATCH
        epoch, place = divmod(step, per_epoch)
        order = streams.shuffled(count, streams.ORDER, self.seed, epoch)
        chosen = order[place * BATCH : (place + 1) * BATCH]
        labels = self.train.labels[chosen]
        left, top = self.train.left[chosen], self.train.top[chosen]
        flip = np.zeros(BATCH, dtype=bool)
        if self.switches.crops:
            draws = streams.uniform(3 * BATCH, streams.SHIFTS, self.seed, step).reshape(BATCH, 3)
            moves = np.floor(draws[:, :2] * (2 * patches.SHIFT + 1)).astype(int) - patches.SHIFT
            box, flip = self._boxes[labels], draws[:, 2] < 0.5
            ends = box[:, :2] + box[:, 2:] - patches.SIDE
            left = np.clip(left + moves[:, 0], box[:, 0], ends[:, 0])
            top = np.clip(top + moves[:, 1], box[:, 1], ends[:, 1])
        images = self.images(left, top)
        turned = torch.from_numpy(np.flatnonzero(flip))
        images[turned] = images[turned].flip(3)
        return images, torch.from_numpy(labels)

    def advance(self, steps: int) -> dict[str, list[float | None]]:
        """Take steps; return each one's ``loss`` and ``error`` of its own batch, before it.

        A loss that is not finite is None, and the batch all wrong.
        """
        losses: list[float | None] = []
        errors: list[float | None] = []
        self.net.train()
        for _ in range(steps):
            images, labels = self.batch(self.step)
            for i, layer in enumerate(self._masks):
                layer.mask = self._mask(i) if self.switches.dropout else None
            rate = self.plan.rate(self.switches, self.step)
            factor = 0.0 if self.switches.bias == "none" else BIAS_FACTOR
            for group, by in zip(self._optimizer.param_groups, (1.0, factor), strict=True):
                group["lr"] = rate * by
            self._optimizer.zero_grad()
            logits = self.net(images)
            loss = F.cross_entropy(logits, labels)
            loss.backward()
            self._optimizer.step()
            finite = math.isfinite(loss.item())
            losses.append(loss.item() if finite else None)
            wrong = (logits.argmax(1) != labels).float().mean().item()
            errors.append(wrong if finite else 1.0)
            self.step += 1
        return {"loss": losses, "error": errors}

    def _mask(self, layer: int) -> Tensor:
        units = {"mini": (128, 64)}.get(self.plan.net) or (_last_inputs(self.net),)
        drawn = streams.uniform(
            BATCH * units[layer], streams.MASKS, self.seed, self.step, layer
        ).reshape(BATCH, -1)
        return torch.from_numpy((drawn >= DROPPED) / (1 - DROPPED)).float()

    @torch.no_grad()
    def look(self) -> dict[str, Any]:
        """Return the validation error and what the net says of each validation patch."""
        self.net.eval()
        logits = self.net(self.images(self.val.left, self.val.top))
        # A net that has diverged says nothing.
        said = np.where(logits.isfinite().all(1), logits.argmax(1), -1)
        return {"val_error": float((said != self.val.labels).mean()), "said": said.tolist()}

    def validation_pixels(self, count: int) -> np.ndarray:
        """Return the first validation patches as they are seen, uint8 (count, 3, 32, 32)."""
        return patches.crop(self._pixels, self.val.left[:count], self.val.top[:count])

    def kernels(self) -> np.ndarray:
        """Return the first layer's kernels, float32 (K, 3, 5, 5)."""
        return next(self.net.parameters()).detach().numpy().copy()


def _last_inputs(net: nn.Module) -> int:
    return [layer for layer in net.modules() if isinstance(layer, nn.Linear)][-1].in_features
