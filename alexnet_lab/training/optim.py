"""The momentum rule of 2012, and parameters grouped as the 2012 source groups them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .config import TrainConfig


class MomentumSGD2012(torch.optim.Optimizer):
    """Stochastic gradient descent as §5 of the paper writes it.

    v ← momentum·v − weight_decay·lr·w − lr·∇;  w ← w + v   (``src/weights.cu:152,192-195``)

    `torch.optim.SGD` keeps a velocity without the rate, v ← momentum·v + ∇ + weight_decay·w, and
    steps by −lr·v. The two are the same function as long as lr does not change. When lr drops,
    torch rescales all the accumulated velocity at once; here the old velocity goes on at the old
    rate and dies away over 1/(1 − momentum) steps.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        As for any `torch.optim.Optimizer`.
    lr : float
        ε, above 0.
    momentum : float
        Share of the velocity that is kept, 0 to below 1.
    weight_decay : float
        λ, at least 0.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> weight = torch.nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = al.training.MomentumSGD2012([weight], lr=0.1, weight_decay=0.0)
    >>> weight.grad = torch.tensor([2.0])
    >>> optimizer.step()
    >>> round(weight.item(), 6)
    0.8
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        momentum: float = 0.9,
        weight_decay: float = 0.0005,
    ) -> None:
        if not lr > 0:
            raise UserError(f"lr={lr!r} must be above 0; 0.01 is the paper's")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; parameters without a gradient stay where they are."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [w for w in group["params"] if w.grad is not None]
            if not weights:
                continue
            for w in weights:
                if not self.state[w]:
                    self.state[w]["velocity"] = torch.zeros_like(w)
            velocities: list[Tensor] = [self.state[w]["velocity"] for w in weights]
            gradients = [w.grad for w in weights]
            # One call for all tensors of a group: on a GPU these are four kernels, not 4·n.
            torch._foreach_mul_(velocities, group["momentum"])
            if group["weight_decay"]:
                torch._foreach_add_(velocities, weights, alpha=-group["weight_decay"] * group["lr"])
            torch._foreach_add_(velocities, gradients, alpha=-group["lr"])
            torch._foreach_add_(weights, velocities)
        return loss


def parameter_groups(
    model: nn.Module, *, bias_lr_factor: float = 2.0, bias_decay: float = 0.0
) -> list[dict[str, Any]]:
    """Split the trainable parameters into weights and biases.

    In 2012 biases began with twice the rate of weights and did not decay (``src/layer.cu:565``);
    the paper's "equal learning rate for all layers" leaves that out.

    Parameters
    ----------
    model : nn.Module
        Frozen parameters (``requires_grad=False``) are left out.
    bias_lr_factor : float
        Rate of biases over the rate of weights.
    bias_decay : float
        Weight decay of biases.

    Returns
    -------
    list of dict
        For any torch optimizer. ``lr_factor`` in a group is what `fit` and its schedules multiply
        the rate by. Parameters with fewer than two dimensions count as biases: the gains of norm
        layers are among them.
    """
    trainable = [p for p in model.parameters() if p.requires_grad]
    weights = [p for p in trainable if p.ndim >= 2]
    biases = [p for p in trainable if p.ndim < 2]
    groups: list[dict[str, Any]] = []
    if weights:
        groups.append({"params": weights, "lr_factor": 1.0})
    if biases:
        groups.append({"params": biases, "lr_factor": bias_lr_factor, "weight_decay": bias_decay})
    return groups


def build_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return the optimizer that `config` describes, for the parameters of `model` that train.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> from alexnet_lab.training import RECIPE_2012, build_optimizer
    >>> type(build_optimizer(al.models.alexnet_mini(), RECIPE_2012)).__name__
    'MomentumSGD2012'
    """
    groups = parameter_groups(
        model,
        bias_lr_factor=config.bias_lr_factor,
        bias_decay=config.weight_decay if config.bias_decay else 0.0,
    )
    if not groups:
        raise UserError("the model has no parameter to train; unfreeze some, or give it a new head")
    decay = config.weight_decay
    # One walk over the parameters instead of one a term: as they come, SGD and AdamW take 130 and
    # 200 ms longer for AlexNet on a CPU, a tenth of a whole step.
    fused = all(p.device.type in ("cpu", "cuda") for group in groups for p in group["params"])
    optimizer: torch.optim.Optimizer
    if config.optimizer == "sgd2012":
        optimizer = MomentumSGD2012(groups, config.lr, config.momentum, decay)
    elif config.optimizer == "sgd":
        optimizer = torch.optim.SGD(
            groups,
            config.lr,
            config.momentum,
            weight_decay=decay,
            nesterov=config.nesterov,
            fused=fused,
        )
    else:
        optimizer = torch.optim.AdamW(groups, config.lr, weight_decay=decay, fused=fused)
    set_learning_rate(optimizer, config.lr)
    return optimizer


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Give every group its rate: `lr` times the group's own ``lr_factor`` (1 without one)."""
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get("lr_factor", 1.0)
