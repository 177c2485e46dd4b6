"""Trained networks from files, with what they need to look at a photograph."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import UserError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..models.pretrained import Preprocess


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
    from .. import models

    return _of(models.load_pretrained(source, model))


def untrained(name: str, seed: int) -> Network:
    """Build a network by name, its weights drawn from `seed`."""
    import torch

    from .. import models

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = models.build(name)
    return _of(model.eval(), name)


def _of(model: nn.Module, name: str | None = None) -> Network:
    from ..models.preprocessing import default_preprocess

    how = getattr(model, "preprocess", None)
    if how is None:
        how = default_preprocess(name or "", getattr(model, "input_size", 224))
    network = Network(model, how, getattr(model, "classes", ()))
    config = getattr(model, "config", None)
    options = config.to_dict() if config else {"num_classes": network.outputs}
    network.description = getattr(model, "description", {"name": name, "options": options})
    return network


def _outputs(state: dict[str, Any]) -> int:
    matrices = [value for value in state.values() if value.ndim == 2]
    return len(matrices[-1]) if matrices else 0
