"""What an attribution is, and how a model is prepared to be asked for one."""

from __future__ import annotations

import difflib
import operator
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._batch import Images, as_batch, whereabouts
from ._context import evaluating, leaving_no_hook, out_of_place
from .cautions import CAUTIONS

#: A class by number or by name, for all images or one each; None for the most probable.
Target = int | str | Sequence[int] | Sequence[str] | Tensor | None


@dataclass(frozen=True, repr=False)
class Attribution:
    """What one method says about one batch: tensors, on the device where the batch was.

    Attributes
    ----------
    values : torch.Tensor
        As the input, (N, 3, H, W); for Grad-CAM (N, 1, H, W), interpolated to the input's size.
    method : str
        saliency, integrated gradients, guided backprop, deconvnet, gradcam, guided gradcam or
        occlusion.
    target : torch.Tensor
        (N,), int64: the class whose score was explained.
    score : torch.Tensor
        (N,): that score, the model's output.
    caution : str
        What the picture may not be taken to mean, with a reference.
    layer : str or None
        The layer that Grad-CAM looked at.
    coarse : torch.Tensor or None
        Grad-CAM before interpolation, (N, 1, h, w).
    delta : torch.Tensor or None
        Integrated gradients: how far the values' sum is from the difference of the scores of input
        and baseline, (N,). 0 when the path was cut finely enough.
    """

    values: Tensor
    method: str
    target: Tensor
    score: Tensor
    caution: str
    layer: str | None = None
    coarse: Tensor | None = None
    delta: Tensor | None = None

    @property
    def signed(self) -> bool:
        """Tell whether a negative value means evidence against the class."""
        return self.method not in ("saliency", "gradcam")

    @property
    def heatmap(self) -> Tensor:
        """One value a pixel, (N, H, W).

        The greatest of the three channels for saliency, as Simonyan et al. draw it; the sum of them
        for the others, which keeps the completeness of integrated gradients. (Occlusion hides all
        channels at once and gives the three the same value: their mean.)
        """
        if self.method == "saliency":
            return self.values.amax(dim=1)
        if self.method == "occlusion":
            return self.values.mean(dim=1)
        return self.values.sum(dim=1)

    def __repr__(self) -> str:
        where = f" at {self.layer}" if self.layer else ""
        shape = "×".join(map(str, self.values.shape))
        return f"Attribution({self.method}{where}, target {self.target.tolist()}, {shape})"


@dataclass(frozen=True)
class Question:
    """A batch and the classes asked about, ready for captum."""

    x: Tensor
    target: Tensor
    score: Tensor
    home: torch.device

    def answer(self, values: Tensor, method: str, **more: object) -> Attribution:
        caution = CAUTIONS[method]
        coarse = more.get("coarse")
        if isinstance(coarse, Tensor):
            caution = caution.format(coarse="×".join(map(str, coarse.shape[2:])))
        values, target, score = (
            v.detach().to(self.home) for v in (values, self.target, self.score)
        )
        more = {k: v.to(self.home) if isinstance(v, Tensor) else v for k, v in more.items()}
        return Attribution(values, method, target, score, caution, **more)  # type: ignore[arg-type]


@contextmanager
def asking(model: nn.Module, x: Images, target: Target) -> Iterator[Question]:
    """Prepare model and batch: eval mode, nothing in place, and all as before afterwards."""
    home = whereabouts(x)
    x = as_batch(model, x)
    if x.dim() != 4:
        raise UserError(f"x of shape {tuple(x.shape)}; give (N, 3, H, W) or (3, H, W)")
    # captum hooks modules and needs gradients at their inputs, which in-place ReLUs do not allow.
    with evaluating(model), out_of_place(model), leaving_no_hook(model), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        with torch.no_grad():
            scores = model(x)
        classes = _classes(scores, target, tuple(getattr(model, "classes", ())))
        score = scores.gather(1, classes[:, None])[:, 0]
        with warnings.catch_warnings():
            # captum announces on every call that it sets hooks and removes them.
            warnings.filterwarnings("ignore", message="Setting backward hooks")
            yield Question(x, classes, score, home)


def needs_relu(model: nn.Module, method: str) -> None:
    """Raise a UserError if a model has no ReLU modules, whose gradient a method changes."""
    if not any(isinstance(module, nn.ReLU) for module in model.modules()):
        raise UserError(f"{method} changes the gradient of ReLU modules, and this model has none")


def _classes(scores: Tensor, target: Target, names: tuple[str, ...]) -> Tensor:
    if scores.dim() != 2:
        raise UserError(f"the model's output is {tuple(scores.shape)}; give one with (N, classes)")
    if target is None:
        return scores.argmax(dim=1)
    classes = torch.tensor(_numbers(target, names, scores.shape[1]), device=scores.device)
    classes = classes.expand(len(scores)) if len(classes) == 1 else classes
    if len(classes) != len(scores):
        raise UserError(f"{len(classes)} targets for {len(scores)} images")
    wrong = [int(c) for c in classes if not 0 <= c < scores.shape[1]]
    if wrong:
        raise UserError(f"target {wrong[0]}; this model has classes 0 to {scores.shape[1] - 1}")
    return classes


def _numbers(target: Any, names: tuple[str, ...], count: int) -> list[int]:
    """Return the numbers of classes that are given by number or by name."""
    if isinstance(target, Tensor):
        target = target.flatten().tolist()
    given = [target] if isinstance(target, str) or not isinstance(target, Iterable) else target
    return [_number(one, names, count) for one in given]


def _number(target: Any, names: tuple[str, ...], count: int) -> int:
    if isinstance(target, str):
        found = [i for i, name in enumerate(names) if _normalised(name) == _normalised(target)]
        if found:
            return found[0]
        if not names:
            raise UserError(
                f"target {target!r}: this model does not name its classes; give a number, 0 to"
                f" {count - 1}"
            )
        near = difflib.get_close_matches(_normalised(target), map(_normalised, names), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        listed = ", ".join(names[:12]) + ", …" * (len(names) > 12)
        raise UserError(f"target {target!r} is not a class of this model; {hint}known: {listed}")
    try:
        return operator.index(target)
    except TypeError as error:
        raise UserError(
            f"target {target!r} is not a class; give a number, 0 to {count - 1}, or a name"
        ) from error


def _normalised(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")
