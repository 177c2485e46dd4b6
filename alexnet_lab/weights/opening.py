"""Open a file of weights, whatever wrote it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from ..errors import UserError
from .fit import check_state, load_state
from .normalise import Found, choose, dicts_of_tensors, fitting, peculiar, plain
from .store import CHECKPOINT, WEIGHTS, read_record, read_safetensors, with_prefix
from .torch_file import Placeholder, read_torch

#: What a folder may hold: a run of ours, or what Hugging Face's libraries write.
_IN_FOLDERS = (
    WEIGHTS, CHECKPOINT, "model.safetensors", "pytorch_model.bin",
    "model.safetensors.index.json", "pytorch_model.bin.index.json",
)  # fmt: skip
_MOST_INDEX_BYTES = 10_000_000
#: How files begin that people take for weights.
_KINDS = {
    b"\x89HDF": "HDF5, as Keras writes it",
    b"\x93NUMPY": "a NumPy array",
    b"GGUF": "GGUF",
    b"\x1f\x8b": "compressed by gzip; unpack it first",
    b"version https://git-lfs": "a pointer of Git LFS; fetch the file itself by git lfs pull",
    b"<": "a web page; the download went wrong",
}


class Weights(NamedTuple):
    """Weights by parameter name, and what the file says about their model ({} if nothing)."""

    state: dict[str, Tensor]
    about: dict[str, Any]


class Opened(NamedTuple):
    """A file of weights, before it is known which network they are for.

    Attributes
    ----------
    source : str
        The path, as a message quotes it.
    found : list of Found
        Every dict of tensors in it, at least one.
    about : dict
        What the file says about its model.
    """

    source: str
    found: list[Found]
    about: dict[str, Any]


def load_weights(path: str | os.PathLike[str], model: nn.Module | None = None) -> Weights:
    """Read weights from a file, and load them into `model` if one is given.

    Parameters
    ----------
    path : str or os.PathLike
        A ``.safetensors`` file (weights or a checkpoint of `fit`), the folder of a run, a file of
        ``torch.save``, or an index of shards. The state dict may lie under any key, beside
        optimizers and settings; what wrappers put before its names (``module.``, ``_orig_mod.``,
        ``model.``) is taken off. Nothing but tensors, numbers and text is read: other pickles can
        run any code on your machine.
    model : nn.Module, optional
        Takes the weights; names and shapes must fit.

    Returns
    -------
    Weights
        ``(state, about)``; tensors on the CPU.

    Raises
    ------
    UserError
        One line: no such file, damaged, refused, or the first name or shape that does not fit.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net, other = al.models.alexnet_mini(), al.models.alexnet_mini()
    >>> al.training.save_weights("mini.safetensors", net)
    >>> weights = al.training.load_weights("mini.safetensors", other)
    >>> bool((net.classifier.fc8.weight == other.classifier.fc8.weight).all())
    True
    """
    opened = open_weights(path)
    if model is None:
        return Weights(plain(choose(opened.found, opened.source)), opened.about)
    try:
        state = state_for(model, opened)
    except UserError as error:
        if not str(error).endswith("it was made for"):
            raise
        raise UserError(
            f"{error}; alexnet_lab.load_pretrained({opened.source}) finds out which of ours that is"
        ) from error
    load_state(model, state, source=str(path))
    return Weights(state, opened.about)


def state_for(model: nn.Module, opened: Opened) -> dict[str, Tensor]:
    """Return the weights of a file under the names that `model` gives them.

    Raises
    ------
    UserError
        The first name or shape that does not fit. The model may be on the ``meta`` device.
    """
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    whole = fitting(opened.found, wanted)
    chosen = choose(whole or opened.found, opened.source)
    state = chosen.state if whole else plain(chosen)
    check_usual(state, opened.source)
    check_state(model, state, source=opened.source)
    return state


def check_usual(state: dict[str, Tensor], source: str) -> None:
    """Refuse weights that no network takes as they are: adapters, quantised ones and the like."""
    strikes = peculiar(state)
    if strikes:
        raise UserError(f"{source} holds {strikes}")


def open_weights(path: str | os.PathLike[str]) -> Opened:
    """Read every dict of tensors in a file, without choosing one.

    Raises
    ------
    UserError
        No such file, damaged, refused, or without weights.
    """
    file = Path(path)
    if file.is_dir():
        inside = [file / name for name in _IN_FOLDERS if (file / name).is_file()]
        if not inside:
            raise UserError(f"no {WEIGHTS} or {CHECKPOINT} in folder {str(path)!r}")
        file = inside[0]
    if not file.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    source = repr(str(path))
    with file.open("rb") as opened:
        start = opened.read(64)
    if file.name.endswith(".index.json"):
        tree: Any = _shards(file)
        about: dict[str, Any] = {}
    elif _is_torch(start):
        tree = read_torch(file)
        about = _classes(tree)
    else:
        _check_kind(file, start)
        tree, metadata = read_safetensors(file)
        record = read_record(metadata).get("about")
        about = record if isinstance(record, dict) else {}
        # A checkpoint has its weights under "model."; the record tells it from a net of that name.
        if "optimizer" in metadata:
            tree = with_prefix(tree, "model.")
    found = dicts_of_tensors(tree)
    if not found:
        raise UserError(f"{source} {_nothing(tree)}")
    part = re.search(r"-\d{5}-of-(\d{5})\.", file.name)
    if part:
        raise UserError(
            f"{source} is one shard of {int(part[1])}; give their folder, or the .index.json in it"
        )
    return Opened(source, found, about)


def _is_torch(start: bytes) -> bool:
    # Safetensors begins with its header's length, eight bytes that may look like anything.
    if start[8:9] == b"{":
        return False
    # A zip archive, or a bare pickle of protocol 2 and up (the format before torch 1.6).
    return start[:4] == b"PK\x03\x04" or start[:1] == b"\x80"


def _check_kind(file: Path, start: bytes) -> None:
    kind = next((what for begin, what in _KINDS.items() if start.startswith(begin)), "")
    if not start or kind:
        raise UserError(
            f"{str(file)!r} is not a safetensors file, nor one of torch.save: it is"
            f" {kind or 'empty'}"
        )


def _nothing(tree: Any) -> str:
    """Say what is in a file without weights."""
    if isinstance(tree, dict) and "param_groups" in tree:
        return "holds no state dict but an optimizer's state; give the file of the network"
    entries = tree if isinstance(tree, dict) else {"": tree}
    for key, value in entries.items():
        if isinstance(value, Placeholder):
            kind = f"{type(value).__module__}.{type(value).__qualname__}"
            where = f"under {key!r} " if key else ""
            return (
                f"refused: {where}it holds a whole {kind}, and making one could run code; save its"
                " state_dict() instead"
            )
    if isinstance(tree, (dict, list)) and not tree:
        return "holds no state dict: it is empty"
    keys = ", ".join(repr(key)[:40] for key in list(entries)[:5] if key != "")
    found = f"found {keys}" if keys else f"found a {type(tree).__name__}"
    return f"holds no state dict: expected names and tensors, {found}"


def _shards(index: Path) -> dict[str, Tensor]:
    """Read the files that an index of Hugging Face's libraries names, and put them together."""
    try:
        if index.stat().st_size > _MOST_INDEX_BYTES:
            raise ValueError
        names = sorted(
            {str(name) for name in json.loads(index.read_bytes())["weight_map"].values()}
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{str(index)!r} is not an index of shards: it has no weight_map"
        ) from error
    tensors: dict[str, Tensor] = {}
    for name in names:
        shard = index.parent / Path(name).name
        if not shard.is_file():
            raise UserError(f"{str(index)!r} names {name!r}, which is not beside it")
        tree = read_torch(shard) if name.endswith(".bin") else read_safetensors(shard)[0]
        tensors |= {k: v for found in dicts_of_tensors(tree) for k, v in found.state.items()}
    return tensors


def _classes(tree: Any) -> dict[str, Any]:
    """Return names of classes that a checkpoint carries beside its weights, as `about` has them."""
    if not isinstance(tree, dict):
        return {}
    for key in ("classes", "class_names", "class_to_idx", "idx_to_class"):
        value = tree.get(key)
        if isinstance(value, dict):
            try:
                pairs = {(v, k) if isinstance(v, int) else (int(k), v) for k, v in value.items()}
            except (TypeError, ValueError):
                continue
            value = [str(name) for _, name in sorted(pairs)]
        if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
            return {"classes": list(value)}
    return {}
