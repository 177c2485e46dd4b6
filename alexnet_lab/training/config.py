"""How to train, in one frozen object, and two recipes: the one of 2012 and a modern one."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from ..errors import UserError

OPTIMIZERS = ("sgd2012", "sgd", "adamw")
SCHEDULES = ("constant", "plateau", "step", "onecycle", "cosine")
PRECISIONS = ("float32", "bf16", "fp16")

# What may differ between a run and its continuation: none of these changes a weight.
FREE_TO_CHANGE = frozenset({"log_every", "checkpoint_every", "checkpoint_seconds", "device"})


@dataclass(frozen=True)
class TrainConfig:
    """All that `fit` needs to know besides the model and the batches.

    The batch size belongs to the batches. The defaults are §5 of the paper, except that every
    parameter has the same rate and decay (see `RECIPE_2012`).

    Parameters
    ----------
    epochs : int
        Passes over the training batches.
    lr : float
        Learning rate at its highest, of the weights.
    momentum : float
        Share of the velocity that is kept at each step; unused by "adamw".
    weight_decay : float
        λ in lr·λ·w. For "adamw" it is decoupled from the gradient, for the others it is not.
    optimizer : {"sgd2012", "sgd", "adamw"}
        `MomentumSGD2012`, `torch.optim.SGD`, `torch.optim.AdamW`.
    schedule : {"constant", "plateau", "step", "onecycle", "cosine"}
        See `alexnet_lab.training.schedule`.
    milestones : tuple of int
        For "step": after these numbers of epochs the rate is multiplied by `gamma`.
    gamma : float
        Factor of one drop, for "step" and "plateau".
    patience : int
        For "plateau": epochs without a better validation error before the rate drops.
    max_drops : int
        For "plateau": the rate drops at most so often; §5 has three.
    warmup : float
        Share of all steps, 0–1, in which the rate rises from near 0; for "onecycle" and "cosine".
    final_factor : float
        Share of the highest rate, 0–1, that "onecycle" and "cosine" end at; above 0 where another
        run goes on from there.
    bias_lr_factor : float
        Rate of biases over that of weights; 2 in 2012 (``src/layer.cu:565``).
    bias_decay : bool
        Whether biases decay; they did not in 2012.
    nesterov : bool
        Nesterov momentum, for "sgd" only.
    label_smoothing : float
        Share of the target spread evenly over all classes, 0–1.
    clip_norm : float or None
        Largest Euclidean norm of all gradients together; None leaves them as they are.
    accumulate : int
        Batches whose gradients make one step; the last group of an epoch may be smaller, and
        every sample of a group weighs the same.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and matrix products; parameters stay float32. "fp16" needs CUDA.
    checkpoint_activations : bool
        Keep only the inputs of layers with weights, and recompute the rest in the backward pass.
    channels_last : bool
        Memory format of model and images; the fast one for convolutions in bf16.
    seed : int
        Of everything random inside `fit`. The caller's generators are left as they were.
    device : str
        "cpu", "cuda", "cuda:1", …; "auto" takes CUDA when there is one.
    log_every : int
        Steps between two rows of ``history.steps``.
    checkpoint_every : int or None
        Steps between two checkpoints, besides the one at the end of every epoch.
    checkpoint_seconds : float or None
        Seconds between two checkpoints, likewise.

    Examples
    --------
    >>> from alexnet_lab.training import RECIPE_2012
    >>> RECIPE_2012.replace(epochs=10).epochs
    10
    """

    epochs: int = 90
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.0005
    optimizer: str = "sgd2012"
    schedule: str = "plateau"
    milestones: tuple[int, ...] = ()
    gamma: float = 0.1
    patience: int = 5
    max_drops: int = 3
    warmup: float = 0.0
    final_factor: float = 0.0
    bias_lr_factor: float = 1.0
    bias_decay: bool = True
    nesterov: bool = False
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    accumulate: int = 1
    precision: str = "float32"
    checkpoint_activations: bool = False
    channels_last: bool = False
    seed: int = 0
    device: str = "auto"
    log_every: int = 50
    checkpoint_every: int | None = None
    checkpoint_seconds: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "milestones", tuple(self.milestones))
        for name, known in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise UserError(
                    f"unknown {name} {getattr(self, name)!r}; known: {', '.join(known)}"
                )
        for name in ("epochs", "accumulate", "log_every", "patience"):
            _require(self, name, getattr(self, name) >= 1, "must be at least 1")
        _require(self, "lr", 0 < self.lr < math.inf, "must be above 0; 0.01 is the paper's")
        _require(self, "momentum", 0 <= self.momentum < 1, "must be from 0 to below 1")
        _require(self, "gamma", 0 < self.gamma < 1, "must be between 0 and 1")
        _require(self, "warmup", 0 <= self.warmup < 1, "is a share of all steps, 0 to below 1")
        _require(self, "final_factor", 0 <= self.final_factor < 1, "must be from 0 to below 1")
        _require(
            self, "label_smoothing", 0 <= self.label_smoothing < 1, "must be from 0 to below 1"
        )
        for name in ("weight_decay", "max_drops", "bias_lr_factor"):
            _require(self, name, 0 <= getattr(self, name) < math.inf, "must not be negative")
        for name in ("clip_norm", "checkpoint_every", "checkpoint_seconds"):
            value = getattr(self, name)
            _require(self, name, value is None or value > 0, "must be above 0, or None")
        rising = all(a < b for a, b in zip(self.milestones, self.milestones[1:], strict=False))
        _require(
            self, "milestones", rising and min(self.milestones, default=1) > 0, "must rise from 1"
        )
        if self.schedule == "step" and not self.milestones:
            raise UserError("schedule 'step' needs milestones, e.g. milestones=(30, 60)")
        if self.nesterov and self.optimizer != "sgd":
            raise UserError(f"nesterov is for optimizer 'sgd', not {self.optimizer!r}")

    def replace(self, **changes: Any) -> TrainConfig:
        """Return a copy with some fields changed; unknown ones are refused."""
        _refuse_unknown(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        return dataclasses.asdict(self) | {"milestones": list(self.milestones)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> TrainConfig:
        """Build from `to_dict`'s result; fields that are left out take their defaults."""
        _refuse_unknown(fields)
        return cls(**fields)


def _require(config: TrainConfig, name: str, holds: bool, wants: str) -> None:
    if not holds:
        raise UserError(f"{name}={getattr(config, name)!r} {wants}")


def _refuse_unknown(fields: dict[str, Any]) -> None:
    known = [field.name for field in dataclasses.fields(TrainConfig)]
    for name in fields:
        if name not in known:
            raise UserError(f"unknown training option {name!r}; known: {', '.join(known)}")


RECIPE_2012 = TrainConfig(
    # §5, for batches of 128. Deviations: "when the validation error stopped improving" was judged
    # by hand, here by five epochs without a better error; the log of the paper's own run (comments
    # in layers/layer-params-145-2010.cfg:170-176) dropped at epochs 23, 51 and 78, and treated
    # conv1 apart from epoch 68 on. float32, as then.
    epochs=90,
    lr=0.01,
    momentum=0.9,
    weight_decay=0.0005,
    optimizer="sgd2012",
    schedule="plateau",
    gamma=0.1,
    max_drops=3,
    bias_lr_factor=2.0,  # src/layer.cu:565 and the layer-params files; not in the paper
    bias_decay=False,  # the same
)
"""The training of 2012: paper §5, with the treatment of biases from the 2012 source."""

RECIPE_MODERN = TrainConfig(
    # None of these is in the paper.
    epochs=90,
    lr=0.001,  # cheatsheet's AdamW line; Loshchilov & Hutter 2019 for decoupled decay
    weight_decay=0.05,
    optimizer="adamw",
    schedule="cosine",  # Loshchilov & Hutter 2017
    warmup=0.05,  # Goyal et al. 2017
    bias_decay=False,  # He et al. 2019, "Bag of tricks": no decay on biases and norm layers
    label_smoothing=0.1,  # Szegedy et al. 2016
    clip_norm=5.0,  # against a rare exploding step; the 2012 recipe had none
    precision="bf16",
    channels_last=True,
)
"""A recipe of today for the same net: AdamW, warm-up and cosine, label smoothing, bf16."""
