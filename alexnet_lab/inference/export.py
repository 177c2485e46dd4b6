"""Write a network as one file that the book's pages, other programs and `load_pretrained` open."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..analysis.layers import friendly_names
from ..errors import UserError
from ..files import atomic_write, json_text
from ..models.chain import Entry, describe_layers
from ..models.export_onnx import STORED, export_onnx
from ..models.preprocessing import Preprocess
from ..models.variants import build, names
from ..weights import FORMAT, check_finite, write_safetensors
from .network import Network, open_network

SUFFIXES = (".safetensors", ".onnx")


def export(
    network: Any,
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    preprocess: Preprocess | None = None,
    weights: str = "float32",
    switches: bool = False,
) -> Path:
    """Write a network as one file that the book's pages open beside the lab network.

    The file states how pictures are prepared, what the classes are called and how the layers follow
    one another, so that nothing is left to guess. *+ Your own network*, in the explorers that run
    the network in the page, takes it; so does `load_pretrained` in a notebook.

    Parameters
    ----------
    network : torch.nn.Module, str, os.PathLike or Network
        What `open_network` takes. What it does in eval mode is written; it is left as it is, on the
        device where it is.
    path : str or os.PathLike
        ``*.safetensors``, which needs no further package; or ``*.onnx``, which other runtimes open
        as well and which needs the package ``onnx``. Written whole or not at all.
    classes : sequence of str, optional
        Names of the classes, one for each logit; by default those that the network knows.
    preprocess : Preprocess, optional
        How a picture becomes an input: mean and standard deviation in 0–255, side in pixels; by
        default what the network says, else what is customary for it.
    weights : {"float32", "float16", "int8"}
        How weights are stored: in 4, 2 or 1 bytes. int8 is for ONNX alone.
    switches : bool
        For ONNX: add inputs that switch off maps, ReLUs and response norms. A page needs none.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UserError
        For another suffix, names of classes that do not fit the logits, weights that are not
        finite, layers that do not follow one another or that a page cannot run, and where the file
        cannot be written.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini(num_classes=2)
    >>> file = al.export(net, "mine.safetensors", classes=["cat", "dog"])
    >>> al.load_pretrained(file).classes
    ('cat', 'dog')
    """
    file = Path(path)
    check_target(file, weights, switches)
    opened = open_network(network)
    labels = list(opened.classes if classes is None else map(str, classes))
    if not opened.num_classes:
        raise UserError("the network ends in maps; a page needs one that ends in logits")
    if len(labels) not in (0, opened.num_classes):
        raise UserError(f"{len(labels)} names of classes for {opened.num_classes} logits")
    how = preprocess or opened.preprocess
    model, called = opened.model, friendly_names(opened.model)
    layers = describe_layers(model, names=called, input_size=how.size)
    check_finite(dict(model.state_dict()), "the network")
    about: dict[str, Any] = {"classes": labels, "preprocess": asdict(how), "layers": layers}
    known = _known_as(opened, layers)
    about |= {"model": known} if known else {}
    if file.suffix.lower() == ".onnx":
        data = export_onnx(
            model,
            weights=weights,
            switches=switches,
            names=called,
            input_size=how.size,
            about=about,
        ).data
        with atomic_write(file) as scratch:
            scratch.write_bytes(data)
        return file
    state = {name: _stored(value, weights) for name, value in model.state_dict().items()}
    check_finite(state, f"the network in {weights}")
    record = json_text({"about": about}, "what is said of the network")
    write_safetensors(file, state, {"format": FORMAT, "record": record})
    return file


def check_target(file: Path, weights: str, switches: bool) -> None:
    """Raise a UserError unless `export` can write such a file, before a network is opened."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(
            f"cannot write a network as {suffix or str(file)!r}; known: {_list(SUFFIXES)}"
        )
    if weights not in STORED:
        raise UserError(f"unknown weights {weights!r}; known: {_list(STORED)}")
    if suffix == ".safetensors" and (weights == "int8" or switches):
        what = "int8 weights" if weights == "int8" else "switches"
        raise UserError(
            f"{what} are for ONNX alone; name the file {str(file.with_suffix('.onnx'))!r}"
        )


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)


def _stored(value: Tensor, weights: str) -> Tensor:
    value = value.detach().cpu()
    if not value.is_floating_point():
        return value
    return value.half() if weights == "float16" else value.float()


def _known_as(opened: Network, layers: list[Entry]) -> dict[str, Any] | None:
    """Return a name and options that build such a network; None where it is a class of its own."""
    config = getattr(opened.model, "config", None)
    options = config.to_dict() if config else {"num_classes": opened.num_classes}
    given = opened.description
    ways = [(given.get("name"), given.get("options", {})), *((name, options) for name in names())]
    found: list[tuple[bool, dict[str, Any]]] = []
    for name, wanted in ways:
        if name not in names():
            continue
        try:
            with torch.device("meta"):
                built = build(name, **wanted)
            alike = _same(built, opened, layers)
        except UserError:  # a network of another kind takes other options
            continue
        if alike:
            of_its_class = type(built) is type(opened.model)
            found.append((of_its_class, {"name": name, "options": wanted}))
    return max(found, key=lambda one: one[0])[1] if found else None


def _same(built: nn.Module, opened: Network, layers: list[Entry]) -> bool:
    size = opened.preprocess.size
    shapes = [{n: v.shape for n, v in m.state_dict().items()} for m in (built, opened.model)]
    own = describe_layers(built, names=friendly_names(built), input_size=size)
    return shapes[0] == shapes[1] and own == layers
