"""Trained networks, each with its own preprocessing and the names of its classes."""

from __future__ import annotations

import json
import math
import operator
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..data import preprocess
from ..data.download import Remote, UnreachableError, fetch
from ..errors import UserError
from ..weights import Weights, check_finite, check_state, load_state, load_weights
from .variants import alexnet_owt, build

LAB = "lab.safetensors"


@dataclass(frozen=True)
class Preprocess:
    """What makes a photograph into one network's input.

    Parameters
    ----------
    mean : tuple of float
        Of each channel (RGB), in 0–255; subtracted.
    std : tuple of float, optional
        Divides after that, in 0–255. The recipe of 2012 does not divide.
    size : int
        Side of the input in pixels.
    resize : int
        Length of the shorter side before the central crop, in pixels.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...] | None = None
    size: int = 224
    resize: int = 256

    def __call__(self, image: Any) -> Tensor:
        """Return float32 (3, size, size) for whatever `alexnet_lab.data.preprocess` takes."""
        x = preprocess(image, size=self.size, resize=self.resize, mean=list(self.mean))
        return x if self.std is None else x / torch.tensor(self.std).view(3, 1, 1)


def load_pretrained(source: str | os.PathLike[str] = "lab") -> nn.Module:
    """Load a trained network.

    Parameters
    ----------
    source : str or os.PathLike
        - ``"lab"``: the network that this project trained and ships; nothing is downloaded;
        - ``"imagenet"``: torchvision's, trained on ILSVRC-2012; downloaded once by torchvision;
        - a path: weights or a checkpoint that `alexnet_lab.training.fit` wrote.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the CPU, with two more attributes: ``preprocess``, which takes a photograph
        and returns a tensor (3, size, size), and ``classes``, a tuple of names.

    Raises
    ------
    UserError
        When there is no such file, when it does not say what it is, or when there is no network to
        download from.

    Examples
    --------
    >>> model = load_pretrained("lab")  # doctest: +SKIP
    >>> logits = model(model.preprocess(photograph("coffee"))[None])  # doctest: +SKIP
    """
    if source == "imagenet":
        return _torchvisions()
    if source == "lab":
        with as_file(files("alexnet_lab.models") / "trained" / LAB) as path:
            if not path.is_file():
                raise UserError(
                    "this version ships no trained network; give the path of weights"
                    " that alexnet-lab train wrote, or 'imagenet'"
                )
            return _from_file(path)
    if isinstance(source, str) and not Path(source).exists() and not Path(source).suffix:
        raise UserError(f"no trained network {source!r}; known: lab, imagenet, or a path")
    return _from_file(Path(source))


def _from_file(path: Path) -> nn.Module:
    weights = load_weights(path)
    name, options = _described(weights, path)
    try:
        with torch.device("meta"):  # the weights come from the file: nothing to initialise
            model = build(name, **options)
    # Whatever a builder makes of a damaged description, it is the file that is wrong.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{str(path)!r} describes no network that this version can build: {reason}"
        ) from error
    state = _full_precision(weights)
    check_state(model, state, source=str(path))  # before memory is taken for it
    check_finite(state, source=str(path))
    model.to_empty(device="cpu")
    load_state(model, state, source=str(path))
    classes = weights.about.get("classes")
    return _finished(
        model,
        _preprocess(weights, getattr(model, "input_size", 224), path),
        [str(name) for name in classes] if isinstance(classes, list) else (),
    )


def _described(weights: Weights, path: Path) -> tuple[str, dict[str, Any]]:
    """Return the name and the options of the network that a file says it is for."""
    described = weights.about.get("model")
    described = described if isinstance(described, dict) else {}
    name, options = described.get("name"), described.get("options", {})
    if not isinstance(name, str) or not isinstance(options, dict):
        raise UserError(
            f"{str(path)!r} does not say which network it is for; build that network and load the"
            " weights with alexnet_lab.training.load_weights(path, model)"
        )
    return name, options


def _preprocess(weights: Weights, size: int, path: Path) -> Preprocess:
    """Return the preprocessing that a file describes, as far as it does."""
    how = weights.about.get("preprocess") or {}
    try:
        made = Preprocess(
            _three(how.get("mean", (0.0, 0.0, 0.0))),
            _three(how["std"]) if how.get("std") else None,
            operator.index(how.get("size", size)),
            operator.index(how.get("resize", round(size * 256 / 224))),
        )
        sound = 1 <= made.size <= made.resize <= 10_000 and 0 not in (made.std or ())
    except (TypeError, ValueError, AttributeError, OverflowError):
        sound = False
    if not sound:
        text = json.dumps(how)
        raise UserError(
            f"{str(path)!r} describes no preprocessing: {text[:200]}; it needs mean and std of"
            " three channels, and a size that is at most resize"
        )
    return made


def _three(values: Any) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    if len(found) != 3 or not all(map(math.isfinite, found)):
        raise ValueError(values)
    return found


def _full_precision(weights: Weights) -> dict[str, Tensor]:
    # Shipped weights are float16 to be small; arithmetic is done in float32.
    return {
        name: value.float() if value.is_floating_point() else value
        for name, value in weights.state.items()
    }


def _torchvisions() -> nn.Module:
    from torchvision.models import AlexNet_Weights

    weights = AlexNet_Weights.IMAGENET1K_V1
    model = alexnet_owt()
    name = weights.url.rpartition("/")[2]
    # Torch's own place and name for it, with the beginning of its digest: alexnet-owt-7be5be79.pth.
    digest = f"sha256:{name.rpartition('-')[2].partition('.')[0]}"
    try:
        file = fetch(Remote(weights.url, digest), Path(torch.hub.get_dir()) / "checkpoints")
    except UnreachableError as error:
        raise UserError(
            f"torchvision's weights could not be downloaded from {weights.url}"
            f" ({error}); they need a connection once,"
            " and load_pretrained('lab') needs none"
        ) from error
    load_weights(file, model)
    recipe = weights.transforms()
    made = Preprocess(
        tuple(255 * value for value in recipe.mean),
        tuple(255 * value for value in recipe.std),
        recipe.crop_size[0],
        recipe.resize_size[0],
    )
    return _finished(model, made, weights.meta["categories"])


def _finished(model: Any, made: Callable[[Any], Tensor], classes: Any) -> nn.Module:
    model.preprocess = made
    model.classes = tuple(classes)
    return model.eval()
