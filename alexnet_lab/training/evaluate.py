"""Errors of a model on labelled batches, and the ten views of 2012."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UserError
from . import distributed
from .modes import autocast, device_of, evaluating, precise, to_device


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`. Errors are fractions, 0–1; `loss` is the mean cross-entropy, nats.

    ``confusion[i, j]`` counts images of class i that were taken for class j; None unless asked for.
    With five classes or fewer, `top5_error` is 0 by definition.
    """

    loss: float
    top1_error: float
    top5_error: float
    samples: int
    confusion: Tensor | None = None

    def __repr__(self) -> str:
        return (
            f"top-1 error {self.top1_error:.2%}, top-5 error {self.top5_error:.2%}, "
            f"loss {self.loss:.3f} on {self.samples:,} images"
        )


def evaluate(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    *,
    precision: str = "float32",
    channels_last: bool = False,
    confusion: bool = False,
    data_parallel: bool = False,
) -> Evaluation:
    """Measure loss and errors in eval mode; every module's mode is restored.

    Parameters
    ----------
    model : nn.Module
        Images (N, 3, H, W) to logits (N, classes). Batches are moved to where it is.
    batches : iterable of (Tensor, Tensor)
        Images and labels (N,), int64. Images of five dimensions, (N, V, 3, H, W), are V views of
        each image, e.g. the ten of §4.1; their probabilities are averaged.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and matrix products.
    channels_last : bool
        Memory format of the images.
    confusion : bool
        Whether to count which class was taken for which.
    data_parallel : bool
        Whether the processes of `torchrun` share each batch. All of them must call.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.training import evaluate
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))]
    >>> 0 <= evaluate(net, batches).top1_error <= 1
    True
    """
    device = device_of(model)
    sums = torch.zeros(4, dtype=torch.float64)  # loss, wrong, wrong in five, samples
    table: Tensor | None = None
    with evaluating(model), torch.inference_mode(), autocast(device, precision):
        for x, y in batches:
            if data_parallel:
                x, y = distributed.share((x, y), batches)
            y = y.to(device)
            if x.ndim == 5:
                probabilities = predict_ten_views(
                    model, x, precision=precision, channels_last=channels_last
                )
                log_probabilities = probabilities.log()
            else:
                logits = precise(model(to_device(x, device, channels_last)))
                log_probabilities = F.log_softmax(logits, dim=1)
            best = log_probabilities.topk(min(5, log_probabilities.shape[1]), dim=1).indices
            hit = best == y[:, None]  # (N, 5)
            loss = F.nll_loss(log_probabilities, y, reduction="sum")
            wrong, wrong5 = (~hit[:, 0]).sum(), (~hit.any(dim=1)).sum()
            counted = [loss.item(), wrong.item(), wrong5.item(), len(y)]
            sums += torch.tensor(counted, dtype=torch.float64)
            if confusion:
                classes = log_probabilities.shape[1]
                pairs = torch.bincount(y * classes + best[:, 0], minlength=classes**2).cpu()
                table = pairs if table is None else table + pairs
    if data_parallel:
        sums = distributed.total(sums, device)
        table = None if table is None else distributed.total(table, device)
    loss_sum, wrong_sum, wrong5_sum, samples = sums.tolist()
    if not samples:
        raise UserError("nothing to evaluate: the batches are empty")
    if table is not None:
        side = round(len(table) ** 0.5)
        table = table.view(side, side)
    return Evaluation(
        loss_sum / samples, wrong_sum / samples, wrong5_sum / samples, int(samples), table
    )


def predict_ten_views(
    model: nn.Module, views: Tensor, *, precision: str = "float32", channels_last: bool = False
) -> Tensor:
    """Average the probabilities over the views of each image (§4.1; ``src/layer.cu:1809-1822``).

    Averaging logits instead would be a geometric mean, and give other answers.

    Parameters
    ----------
    model : nn.Module
        Images to logits.
    views : Tensor
        (N, V, 3, S, S); V is ten in the paper: four corners and the centre, and their reflections.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and matrix products.
    channels_last : bool
        Memory format of the images.

    Returns
    -------
    Tensor
        Probabilities (N, classes), float32, or float64 of a model in float64.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> views = al.data.ten_views(torch.zeros(2, 3, 36, 36), 32)
    >>> al.training.predict_ten_views(net, views).shape
    torch.Size([2, 10])
    """
    if views.ndim != 5:
        raise UserError(f"views of shape {tuple(views.shape)}; expected (N, views, 3, S, S)")
    device = device_of(model)
    with evaluating(model), torch.inference_mode(), autocast(device, precision):
        logits = precise(model(to_device(views.flatten(0, 1), device, channels_last)))
    return logits.softmax(dim=1).unflatten(0, views.shape[:2]).mean(dim=1)
