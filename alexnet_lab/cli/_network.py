"""Trained networks from files, with what they need to look at a photograph."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..models.pretrained import Preprocess

# Of torchvision's classification networks; 255 times the familiar 0.485, …, 0.229, ….
_TORCHVISION_MEAN, _TORCHVISION_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


class Network:
    """A trained network.

    Attributes
    ----------
    model : torch.nn.Module
        In eval mode.
    preprocess : alexnet_lab.models.pretrained.Preprocess
        Makes a picture into its input.
    classes : tuple of str
        Empty when the file does not say.
    description : dict
        "name" and "options" that build such a network.
    """

    def __init__(
        self,
        model: nn.Module,
        preprocess: Preprocess,
        classes: Any,
        description: dict[str, Any] | None = None,
    ) -> None:
        self.model, self.preprocess = model, preprocess
        self.classes = tuple(str(name) for name in classes)
        self.description = description or {}

    @property
    def outputs(self) -> int:
        """Length of the logits."""
        return _outputs(self.model.state_dict())

    def inputs(self, images: list[Any]) -> Tensor:
        """Return the central crops, (N, 3, S, S)."""
        import torch

        return torch.stack([self.preprocess(image) for image in images])

    def views(self, images: list[Any]) -> Tensor:
        """Return the ten views of §4.1, (N, 10, 3, S, S)."""
        from dataclasses import replace

        from .. import data

        how = self.preprocess
        # A network for small images has no margin to shift its crop in; it gets the paper's.
        side = how.resize if how.resize > how.size else round(how.size * 256 / 224)
        whole = Network(self.model, replace(how, size=side, resize=side), ())
        return data.ten_views(whole.inputs(images), how.size)

    def probabilities(self, images: list[Any], ten_crop: bool = False) -> Tensor:
        """Return (N, classes), on the CPU."""
        from .. import training

        views = self.views(images) if ten_crop else self.inputs(images)[:, None]
        return training.predict_ten_views(self.model, views).cpu()

    def name(self, index: int) -> str:
        """Return the name of a class."""
        return self.classes[index] if index < len(self.classes) else f"class {index}"


def chosen(args: argparse.Namespace) -> Network:
    """Open the network that ``--checkpoint``, ``--model`` and ``--device`` choose."""
    from ..training.modes import choose_device

    device = choose_device(args.device)
    if args.model and not args.checkpoint:
        raise UserError("--model tells what weights are for; give them by --checkpoint FILE")
    network = open_network(args.checkpoint or "lab", args.model)
    network.model.to(device)
    return network


def open_network(source: str, model: str | None = None) -> Network:
    """Open weights with the network that they are for.

    Parameters
    ----------
    source : str
        ``"lab"``, ``"imagenet"``, or the path of weights, a checkpoint or a run's folder.
    model : str, optional
        The network's name, for a file that does not say it.

    Raises
    ------
    UserError
        No such file, damaged, no weights, weights of something else.
    """
    from .. import models, training
    from ..weights import check_finite

    if source in ("lab", "imagenet") and not Path(source).exists():
        return _of(models.load_pretrained(source))
    weights = training.load_weights(source)
    if not model and weights.about.get("model"):
        said = weights.about["model"]
        network = _of(models.load_pretrained(Path(source)))
        network.description = {"name": said["name"], "options": dict(said.get("options", {}))}
        heads = _outputs(weights.state)
        if network.classes and len(network.classes) != heads:
            raise UserError(
                f"{source!r} names {len(network.classes)} classes for {heads} outputs;"
                " it was put together from two runs"
            )
        return network
    name = model or _guess(weights.state, source)
    outputs = _outputs(weights.state)
    if not outputs:
        raise UserError(f"{source!r} holds no weights of a classifier")
    built = models.build(name, outputs)
    training.load_state(built, weights.state, source=repr(source))
    check_finite(weights.state, source=repr(source))
    return _of(built.eval(), name)


def untrained(name: str, seed: int) -> Network:
    """Build a network by name, its weights drawn from `seed`."""
    import torch

    from .. import models

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = models.build(name)
    return _of(model.eval(), name)


def _of(model: nn.Module, name: str | None = None) -> Network:
    from ..data import IMAGENET_MEAN_RGB
    from ..models.pretrained import Preprocess

    how = getattr(model, "preprocess", None)
    if how is None:
        size = getattr(model, "input_size", 224)
        statistics = (_TORCHVISION_MEAN, _TORCHVISION_STD)
        mean, std = statistics if name == "alexnet_owt" else (IMAGENET_MEAN_RGB, None)
        how = Preprocess(mean, std, size, round(size * 256 / 224))
    network = Network(model, how, getattr(model, "classes", ()))
    config = getattr(model, "config", None)
    options = config.to_dict() if config else {"num_classes": network.outputs}
    network.description = {
        "name": name or ("alexnet_2012" if config else "alexnet_owt"),
        "options": options,
    }
    return network


def _guess(state: dict[str, Any], source: str) -> str:
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    if shapes.get("features.0.weight") == (64, 3, 11, 11):
        return "alexnet_owt"
    known: dict[Any, str] = {
        ((96, 3, 11, 11), (256, 48, 5, 5)): "alexnet_2012",
        ((96, 3, 11, 11), (256, 96, 5, 5)): "alexnet_one_tower",
        ((48, 3, 11, 11), (128, 48, 5, 5)): "alexnet_one_gpu",
    }
    pair = (shapes.get("features.conv1.weight"), shapes.get("features.conv2.weight"))
    found = known.get(pair)
    if found is None or "features.norm1.weight" in shapes:
        raise UserError(
            f"{source!r} does not say which network it is for; name it by --model"
            " (alexnet-lab summary --list)"
        )
    return found


def _outputs(state: dict[str, Any]) -> int:
    matrices = [value for value in state.values() if value.ndim == 2]
    return len(matrices[-1]) if matrices else 0
