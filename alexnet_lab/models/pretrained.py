"""Trained networks, each with its own preprocessing and the names of its classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..data.download import Remote, UnreachableError, fetch
from ..errors import UserError
from ..weights import Opened, check_finite, load_state, load_weights, open_weights, state_for
from .preprocessing import Preprocess, default_preprocess, described_preprocess
from .recognise import recognise
from .variants import alexnet_owt, build, names

LAB = "lab.safetensors"


if TYPE_CHECKING:

    class TrainedNetwork(nn.Module):
        """What `load_pretrained` returns, for type checkers: any network, with these beside it."""

        preprocess: Preprocess
        classes: tuple[str, ...]
        description: dict[str, Any]

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
        - ``"lab"``: the network that this project trained and ships; nothing is downloaded;
        - ``"imagenet"``: torchvision's, trained on ILSVRC-2012; downloaded once by torchvision;
        - a path: weights, a checkpoint or a run's folder that `alexnet_lab.training.fit` wrote, or
          weights that others saved, as safetensors or by ``torch.save``. Which network they are for
          is found out from names and shapes.
    model : str, optional
        The network's name (`alexnet_lab.models.names`), for a file that does not say it.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the CPU, with more attributes: ``preprocess``, which takes a photograph and
        returns a tensor (3, size, size); ``classes``, a tuple of names, () where the file names
        none; ``description``, the "name" and "options" that build such a network.

    Raises
    ------
    UserError
        When there is no such file, when its weights are for no network of ours, or when there is
        no network to download from.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> lab(lab.preprocess(al.photograph("coffee"))[None]).shape
    torch.Size([1, 10])
    >>> lab.classes[:3]
    ('cassette_player', 'chain_saw', 'church')
    """
    if isinstance(source, str) and source in _NAMED:
        if model is not None:
            raise UserError(f"{source!r} is a network by itself; leave model={model!r} out")
        return _NAMED[source]()
    path = Path(source)
    if isinstance(source, str) and not path.exists() and source == path.name and not path.suffix:
        raise UserError(f"no trained network {source!r}; known: {', '.join(_NAMED)}, or a path")
    return _from_file(path, model)


def _lab() -> TrainedNetwork:
    with as_file(files("alexnet_lab.models") / "trained" / LAB) as path:
        if not path.is_file():
            raise UserError(
                "this version ships no trained network; give the path of weights"
                " that alexnet-lab train wrote, or 'imagenet'"
            )
        return _from_file(path)


def _from_file(path: Path, model: str | None = None) -> TrainedNetwork:
    opened = open_weights(path)
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
    return _finished(model, made, labels, description)


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


def _torchvisions() -> TrainedNetwork:
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
    description = {"name": "alexnet_owt", "options": {"num_classes": 1000}}
    return _finished(model, made, weights.meta["categories"], description)


def _finished(
    model: Any, made: Preprocess, classes: Iterable[str], description: dict[str, Any]
) -> TrainedNetwork:
    model.preprocess = made
    model.classes = tuple(classes)
    model.description = description
    return model.eval()


_NAMED: dict[str, Callable[[], TrainedNetwork]] = {"lab": _lab, "imagenet": _torchvisions}
