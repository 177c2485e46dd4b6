"""A linear layer on features that nobody trains any further: what they tell of the classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # of the penalty; a fifth of the images chooses one
_STEPS = 100


@dataclass(frozen=True, eq=False)
class Head:
    """Weights (classes, features) and biases (classes,), for features as they are."""

    weight: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Return logits, (N, classes)."""
        return F.linear(features, self.weight, self.bias)

    def right(self, features: Tensor, labels: Tensor) -> float:
        """Return the share of images whose largest logit is that of their label."""
        return float((self(features).argmax(1) == labels).double().mean())


def fit_head(features: Tensor, labels: Tensor, classes: int, seed: int = 0) -> Head:
    """Fit a logistic regression with a quadratic penalty.

    Parameters
    ----------
    features : torch.Tensor
        (N, D). Each is brought to mean 0 and deviation 1 while fitting.
    labels : torch.Tensor
        int64, (N,).
    classes : int
        How many there are.
    seed : int
        Of the fifth that chooses the penalty's strength; then all images are fitted.
    """
    middle, spread = features.mean(0), features.std(0).clamp_min(1e-6)
    x = (features - middle) / spread
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    asked, kept = order[: len(x) // 5], order[len(x) // 5 :]
    scores = []
    for strength in STRENGTHS:
        head = _solve(x[kept], labels[kept], classes, strength)
        scores.append(head.right(x[asked], labels[asked]))
    best = STRENGTHS[scores.index(max(scores))]
    head = _solve(x, labels, classes, best)
    weight = head.weight / spread
    return Head(weight, head.bias - weight @ middle)


def _solve(x: Tensor, labels: Tensor, classes: int, strength: float) -> Head:
    weight = torch.zeros(classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        found = F.cross_entropy(F.linear(x, weight, bias), labels)
        found = found + strength * weight.square().sum() / 2
        found.backward()
        return found

    solver.step(loss)  # type: ignore[arg-type]
    return Head(weight.detach(), bias.detach())
