"""A trained network with what it needs to look at a photograph."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from .. import data, models, training
from ..errors import UserError
from ..models.preprocessing import Preprocess, default_preprocess
from ..models.pretrained import NAMED


class Network:
    """A trained network, ready to use. Its repr says what it is and what it knows.

    Attributes
    ----------
    model : torch.nn.Module
        In eval mode.
    preprocess : alexnet_lab.models.Preprocess
        Makes a picture into its input.
    classes : tuple of str
        Names of the classes; empty when the file does not say.
    description : dict
        "name" and "options" that build such a network.
    source : str
        What it was opened by.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.inference.open_network("lab")
    >>> net.num_classes == len(net.classes)
    True
    """

    def __init__(
        self,
        model: nn.Module,
        preprocess: Preprocess,
        classes: Sequence[Any] = (),
        description: dict[str, Any] | None = None,
        source: str = "",
    ) -> None:
        self.model, self.preprocess, self.source = model, preprocess, source
        self.classes = tuple(str(name) for name in classes)
        self.description = description or {}

    @classmethod
    def of(cls, model: nn.Module, source: str = "") -> Network:
        """Take a model as it is; what it does not say of itself is as `models.build` makes it."""
        how = getattr(model, "preprocess", None)
        if how is None:
            how = default_preprocess(
                str(getattr(model, "description", {}).get("name", "")),
                int(getattr(model, "input_size", 224)),
            )
        made = cls(model.eval(), how, getattr(model, "classes", ()), source=source)
        config = getattr(model, "config", None)
        options = config.to_dict() if config else {"num_classes": made.num_classes}
        named = {"name": type(model).__name__, "options": options}
        made.description = getattr(model, "description", named)
        return made

    @property
    def num_classes(self) -> int:
        """Length of the logits; 0 for a network that ends in maps."""
        matrices = [value for value in self.model.state_dict().values() if value.ndim == 2]
        return len(matrices[-1]) if matrices else 0

    def inputs(self, images: Sequence[Any]) -> Tensor:
        """Return the central crops of pictures, (N, 3, S, S)."""
        return torch.stack([self.preprocess(image) for image in images])

    def views(self, images: Sequence[Any]) -> Tensor:
        """Return the ten views of §4.1 of pictures, (N, 10, 3, S, S)."""
        how = self.preprocess
        # A network for small images has no margin to shift its crop in; it gets the paper's.
        side = how.resize if how.resize > how.size else round(how.size * 256 / 224)
        whole = Network(self.model, replace(how, size=side, resize=side))
        return data.ten_views(whole.inputs(images), how.size)

    def probabilities(self, images: Sequence[Any], ten_crop: bool = False) -> Tensor:
        """Return the probabilities of all classes for pictures, (N, classes), on the CPU."""
        if not self.num_classes:
            raise UserError(
                f"{self.source or 'this network'} has no classes to choose from: its file holds"
                " the convolutional layers alone"
            )
        views = self.views(images) if ten_crop else self.inputs(images)[:, None]
        found = training.predict_ten_views(self.model, views).cpu()
        if not found.isfinite().all():
            raise UserError(
                f"{self.source or 'the network'} gives probabilities that are not numbers; its"
                " weights are too large or damaged"
            )
        return found

    def name(self, index: int) -> str:
        """Return the name of a class."""
        return self.classes[index] if index < len(self.classes) else f"class {index}"

    @property
    def known(self) -> str:
        """What it can answer, in words: the number of classes, and their names."""
        if not self.num_classes:
            return "no classes: its file holds the convolutional layers alone"
        if not self.classes:
            return f"{self.num_classes} classes, which the file does not name"
        names = list(self.classes)
        if len(names) > 20:
            names = [*names[:3], "…", names[-1]]
        return f"{len(self.classes)} classes: {', '.join(names)}"

    def __repr__(self) -> str:
        count = sum(p.numel() for p in self.model.parameters())
        how = self.preprocess
        spread = ", divided by the standard deviation" if how.std else ""
        name = self.description.get("name", type(self.model).__name__)
        return (
            f"Network({self.source!r}: {name}, {count:,} parameters; input 3×{how.size}×{how.size},"
            f" 0–255 minus the mean{spread}; knows {self.known})"
        )


def open_network(source: Any = "lab", model: str | None = None) -> Network:
    """Open a trained network by name, or the weights in any file with the network they are for.

    Parameters
    ----------
    source : str, os.PathLike, torch.nn.Module or Network
        What `alexnet_lab.load_pretrained` takes: ``"lab"``, ``"imagenet"``, or the path of weights,
        a checkpoint or a run's folder. A model, or a network that is open already, is taken as it
        is.
    model : str, optional
        The network's name, for a file that does not say it.

    Returns
    -------
    Network

    Raises
    ------
    UserError
        No such file, damaged, no weights, or weights of something else.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.inference.open_network("lab")
    >>> net.inputs([al.photograph("cat")]).shape[:2]
    torch.Size([1, 3])
    """
    if isinstance(source, Network):
        return source
    if isinstance(source, nn.Module):
        return Network.of(source)
    if not isinstance(source, str | os.PathLike):
        raise UserError(
            f"cannot open a network from a {type(source).__name__}; give a name"
            f" ({', '.join(NAMED)}), a path or a model"
        )
    return Network.of(models.load_pretrained(source, model), source=os.fspath(source))


def untrained(name: str, seed: int = 0) -> Network:
    """Build a network by name, its weights drawn from `seed`.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.inference.untrained("cifar_80sec").num_classes
    10
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = models.build(name)
    model.description = {"name": name, "options": {}}
    network = Network.of(model, source=f"{name}, untrained")
    config = getattr(model, "config", None)
    options = config.to_dict() if config else {"num_classes": network.num_classes}
    network.description = {"name": name, "options": options}
    return network
