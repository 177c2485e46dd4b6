"""Trained networks, each with its own preprocessing and the names of its classes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..weights import Opened, check_finite, load_state, open_weights, state_for
from ..weights.foreign import foreign_reader
from .catalogue import PUBLISHED, open_foreign, published
from .exported import read_exported
from .preprocessing import Preprocess, default_preprocess, described_preprocess
from .recognise import recognise
from .variants import build, names

LAB = "lab.safetensors"


if TYPE_CHECKING:

    class TrainedNetwork(nn.Module):
        """What `load_pretrained` returns, for type checkers: any network, with these beside it."""

        preprocess: Preprocess
        classes: tuple[str, ...]
        description: dict[str, Any]
        towers: int
        trained_on: str

        def __call__(self, x: Tensor) -> Tensor:
            """Return the logits, (N, classes), of inputs (N, 3, size, size)."""
            ...

else:
    TrainedNetwork = nn.Module


def load_pretrained(
    source: str | os.PathLike[str] = "lab", model: str | None = None
) -> TrainedNetwork:
    """Load a trained network.

    Parameters
    ----------
    source : str or os.PathLike
        - ``"lab"``: the network that this project trained and ships; nothing is downloaded. It
          knows its own ``classes`` and nothing else;
        - ``"torchvision"`` (or ``"imagenet"``), ``"bvlc"``, ``"caffenet"``: trained on ILSVRC-2012
          by others, downloaded once from where they publish them, 244 MB each. The environment
          variable ``ALEXNET_LAB_WEIGHTS`` names a folder where their files lie already;
        - a path: an ONNX file, a caffemodel or a NumPy archive of one of these; weights, a
          checkpoint or a run's folder that `alexnet_lab.training.fit` wrote, or weights that others
          saved, as safetensors or by ``torch.save``. Which network they are for is found out from
          names and shapes.
    model : str, optional
        The network's name (`alexnet_lab.models.names`), for a file that does not say it.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the CPU, with more attributes: ``preprocess``, which takes a photograph and
        returns a tensor (3, size, size); ``classes``, a tuple of names, () where the file names
        none; ``description``, the "name" and "options" that build such a network; ``towers``, over
        how many its kernels are dealt out; ``trained_on``, the data in words, "" where the file
        does not say. Where a file holds the convolutional layers alone, the network ends in their
        maps: it has no classes and no logits.

    Raises
    ------
    UserError
        When there is no such file, when its weights are for no network of ours, or when there is
        no network to download from.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> logits = lab(lab.preprocess(al.photograph("coffee"))[None])
    >>> logits.shape == (1, len(lab.classes))
    True
    """
    if isinstance(source, str) and source in NAMED:
        if model is not None:
            raise UserError(f"{source!r} is a network by itself; leave model={model!r} out")
        return NAMED[source]()
    path = Path(source)
    if isinstance(source, str) and not path.exists() and source == path.name and not path.suffix:
        raise UserError(f"no trained network {source!r}; known: {', '.join(NAMED)}, or a path")
    return _from_file(path, model)


def _lab() -> TrainedNetwork:
    with as_file(files("alexnet_lab.models") / "trained" / LAB) as path:
        if not path.is_file():
            raise UserError(
                "this version ships no trained network; give the path of weights"
                " that alexnet-lab train wrote, or 'imagenet'"
            )
        network = _from_file(path)
        data = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["data"]
    network.trained_on = f"{data['name']}: {data['train']:,} photographs"
    return network


def _from_file(path: Path, model: str | None = None) -> TrainedNetwork:
    if path.suffix.lower() == ".onnx" and (exported := read_exported(path)):
        return _from_opened(exported)
    if foreign_reader(path):
        foreign: TrainedNetwork = open_foreign(path)
        return foreign
    return _from_opened(open_weights(path), model)


def _from_opened(opened: Opened, model: str | None = None) -> TrainedNetwork:
    if model is not None or "model" not in opened.about:
        return _found_out(opened, model)
    name, options = _described(opened)
    try:
        with torch.device("meta"):  # the weights come from the file: nothing to initialise
            built = build(name, **options)
    # Whatever a builder makes of a damaged description, it is the file that is wrong.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{opened.source} describes no network that this version can build: {reason}"
        ) from error
    state = state_for(built, opened)  # before memory is taken for it
    made = described_preprocess(opened, getattr(built, "input_size", 224))
    return _filled(built, state, opened, made, {"name": name, "options": dict(options)})


def _found_out(opened: Opened, model: str | None) -> TrainedNetwork:
    """Build the network that weights without a description are for."""
    found = recognise(opened, model)
    with torch.device("meta"):
        built = build(found.name, found.num_classes)
    config = getattr(built, "config", None)
    options = config.to_dict() if config else {"num_classes": found.num_classes}
    size = getattr(built, "input_size", 224)
    made = default_preprocess(found.name, size)
    return _filled(built, found.state, opened, made, {"name": found.name, "options": options})


def _filled(
    model: nn.Module,
    state: dict[str, Tensor],
    opened: Opened,
    made: Preprocess,
    description: dict[str, Any],
) -> TrainedNetwork:
    """Give a network without memory its weights."""
    classes = opened.about.get("classes")
    labels = [str(name) for name in classes] if isinstance(classes, list) else []
    matrices = [value for value in state.values() if value.ndim == 2]
    fits = not labels or not matrices or len(labels) == len(matrices[-1])
    if not fits and "model" not in opened.about:
        labels = []  # a list that someone else's checkpoint keeps for something else
    elif not fits:
        raise UserError(
            f"{opened.source} names {len(labels)} classes for {len(matrices[-1])} outputs;"
            " it was put together from two runs"
        )
    # Shipped weights are float16 to be small; arithmetic is done in float32.
    state = {n: v.float() if v.is_floating_point() else v for n, v in state.items()}
    check_finite(state, source=opened.source)
    model.to_empty(device="cpu")
    load_state(model, state, source=opened.source)
    return _finished(model, made, labels, description, _trained_on(opened.about))


def _described(opened: Opened) -> tuple[str, dict[str, Any]]:
    """Return the name and the options of the network that a file says it is for."""
    described = opened.about.get("model")
    described = described if isinstance(described, dict) else {}
    name, options = described.get("name"), described.get("options", {})
    if not isinstance(name, str) or not isinstance(options, dict):
        raise UserError(
            f'{opened.source} describes no network: its "model" needs a name and options; name one'
            f" by model=, of {', '.join(names())}"
        )
    return name, options


def _published(name: str) -> TrainedNetwork:
    network: TrainedNetwork = published(name).load()
    return network


def _finished(
    model: Any,
    made: Preprocess,
    classes: Iterable[str],
    description: dict[str, Any],
    trained_on: str,
) -> TrainedNetwork:
    model.preprocess = made
    model.classes = tuple(classes)
    model.description = description
    model.trained_on = trained_on
    model.towers = getattr(getattr(model, "config", None), "towers", 1)
    return model.eval()


def _trained_on(about: dict[str, Any]) -> str:
    """Return the name of the data that a file says its network was trained on."""
    data = about.get("data")
    name = data.get("name") if isinstance(data, dict) else data
    return name if isinstance(name, str) else ""


#: Names of networks that are no files, and what loads them.
NAMED: dict[str, Callable[[], TrainedNetwork]] = {
    "lab": _lab,
    **{name: partial(_published, name) for name in PUBLISHED},
    "imagenet": partial(_published, "torchvision"),
}
